# pyright: basic, reportAttributeAccessIssue=false
"""The program of the worker process: holds IREE's bindings and answers JSON lines.

Runs under any Python from 3.9 on that can import `iree.compiler`, or else MLIR's own `mlir`, which can only verify; imports
nothing of this project but `iree_child` beside it. One request a line on stdin, one answer a line on stdout; whatever C++ or
a pass prints goes to stderr. It knows nothing of documents: a request carries one section of a dump, free of `loc(...)`, so
that an op's location is the line and the byte column of its name.
"""

from __future__ import annotations

import json
import os
import signal
import sys

from iree_child import bindings, places, requests  # pyright: ignore[reportMissingImports]


def main() -> None:
    answers = take_stdout()
    try:
        compiler = bindings.Compiler()
    except ImportError as error:
        send(answers, {"failure": {"kind": "absent", "message": f"This Python cannot import iree.compiler: {error}."}})
        return
    send(answers, {"ok": {"passes": compiler.prefix}})
    for line in sys.stdin.buffer:
        request = json.loads(line)
        arm_alarm(request.get("seconds", 0))
        send(answers, answer(compiler, request))
        arm_alarm(0)
        compiler.after_request()


def answer(compiler, request):
    try:
        with compiler.context:
            return {"ok": requests.REQUESTS[request["do"]](compiler, request)}
    except bindings.Refused as error:
        return failure("refused", str(error))
    except MemoryError:
        return failure("memory", "The compiler ran out of memory.")
    except Exception as error:
        return failure("refused", f"The compiler failed: {places.one_line(str(error)) or type(error).__name__}")


def failure(kind, message):
    return {"failure": {"kind": kind, "message": message}}


def take_stdout():
    """A private copy of stdout for the answers; whatever else is printed there ends on stderr."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def send(answers, value):
    answers.write(json.dumps(value).encode() + b"\n")
    answers.flush()


def limit_memory(limit):
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    except (ImportError, ValueError, OSError):
        return


def arm_alarm(seconds):
    """Ends this process in C++ code too, should the parent be gone; 0 disarms."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


if __name__ == "__main__":
    sys.path.pop(0)
    limit_memory(int(sys.argv[1]))
    main()
