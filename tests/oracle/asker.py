"""Whether two programs compute the same, asked of a child that compiles and runs both on equal random inputs."""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from dispatch_lens.analysis import dynamic_sizes
from dispatch_lens.compiler import run_main
from dispatch_lens.ir.lower import lower
from oracle.kept_answers import KeptAnswers
from shared import ROOT

CHILD = Path(__file__).with_name("ask_rewrites.py")
BACKENDS = ("llvm-cpu", "vmvx")
SECONDS = 60.0
TOO_SLOW = "too slow"
ONE_HEAP = {"MALLOC_MMAP_THRESHOLD_": "33554432", "MALLOC_TRIM_THRESHOLD_": "1073741824"}
"""Makes the C library take all memory from what was freed before."""
NARROW = re.compile(r"b?f16\b")
UNITS = {"bf16": 2.0**-7, "f16": 2.0**-10}
"""A unit in the last place of the types that are narrower than f32, relative."""
COMPUTES = re.compile(
    r"\b(?:arith\.(?!constant|cmp|select|max|min|index_cast)|math\.|linalg\.(?!generic|transpose|yield|fill|index))"
)


@contextmanager
def asking(python: str) -> Iterator[Asker]:
    """One whose child runs under this Python; at the end it prints how often it said what."""
    started = Asker(python)
    yield started
    started.close()
    print(f"\npairs: {dict(started.said)}")


class Asker:
    """A child that compiles and runs pairs; started anew where the compiler took it down. `said` counts the verdicts.

    What it answered once is not asked again, but where it crashed.
    """

    def __init__(self, python: str) -> None:
        self.python = python
        self.child: subprocess.Popen[str] | None = None
        self.kept = KeptAnswers(python, [CHILD, Path(run_main.__file__)])
        self.said: Counter[str] = Counter()

    def ask(self, before: str, after: str, seed: int) -> dict[str, object] | None:
        """The child's answer; None where it crashed. The second back end is asked alone where the first does not end."""
        question = {"before": before, "after": after, "seed": seed, "arguments": _sizes(before)}
        answer = self._answer({**question, "backends": BACKENDS})
        is_slow = answer is not None and answer["failures"] == [TOO_SLOW]
        return self._answer({**question, "backends": BACKENDS[1:]}) if is_slow else answer

    def compiles_for_a_cpu(self, text: str) -> bool:
        """Whether the first back end compiles and runs the program by itself."""
        answer = self.ask(text, text, seed=1)
        return answer is not None and answer["backend"] == "llvm-cpu"

    def form(self, text: str) -> str | None:
        """The program with the dispatch regions that the compiler forms of it; None where it fails."""
        return self._text({"form": text})

    def judged(self, before: str, after: str, seed: int) -> tuple[str, object]:
        """`equal bits`, `within 1e-5`, `different`, `not comparable` or `too slow`, and the answer that it rests on.

        Where results differ, the text before may be compiled wrongly: compilers of 2024 lose the bias of a named depthwise
        convolution. So its named ops are generalised by the compiler, and `of the general form` is right, too. Or it may
        compute `by chance`, which is said where it differs from itself where the memory holds something else.
        """
        verdict, answer = self._judged(before, after, seed)
        if verdict == "different" and (general := self._text({"generalise": before})) is not None:
            again, _ = self._judged(general, after, seed)
            verdict = "of the general form" if again in ("equal bits", "within 1e-5") else verdict
        if verdict == "different" and isinstance(answer, dict) and self._only_rounds(before, after, seed):
            verdict = "but for rounding"
        if verdict == "different" and self._computes_by_chance(before, seed):
            verdict = "by chance"
        self.said[verdict] += 1
        return verdict, answer

    def _judged(self, before: str, after: str, seed: int) -> tuple[str, object]:
        answer = self.ask(before, after, seed)
        if answer is None:
            return ("not comparable" if self.ask(before, before, seed) is None else "different"), "the compiler crashed"
        if answer["backend"] is None:
            failures = [str(failure) for failure in answer["failures"]]  # type: ignore[union-attr]
            if TOO_SLOW in failures:
                return TOO_SLOW, answer
            return ("different" if any(failure.startswith("after") for failure in failures) else "not comparable"), failures
        if answer["equal_bits"]:
            return "equal bits", answer
        near = COMPUTES.search(before) is not None and float(str(answer["max_rel"])) <= _most_apart(before)
        return ("within 1e-5" if near else "different"), answer

    def _only_rounds(self, before: str, after: str, seed: int) -> bool:
        """Whether the two are near each other in f32: a long sum of 16-bit numbers depends on its order."""
        wide = [NARROW.sub("f32", text) for text in (before, after)]
        return wide[0] != before and self._judged(wide[0], wide[1], seed)[0] in ("equal bits", "within 1e-5")

    def _computes_by_chance(self, text: str, seed: int) -> bool:
        """Whether the results change with what the memory around holds: the program reads outside of a tensor."""
        answer = self._fresh({"by chance": text, "seed": seed, "arguments": _sizes(text), "backends": BACKENDS})
        return answer is not None and answer["equal_bits"] is False

    def _text(self, question: dict[str, object]) -> str | None:
        answer = self._answer(question)
        return str(answer["text"]) if answer is not None and answer["text"] is not None else None

    def _answer(self, question: dict[str, object]) -> dict[str, object] | None:
        answer = self.kept.get(question)
        if answer is None and (answer := self._fresh(question)) is not None:
            self.kept.keep(question, answer)
        return answer

    def _fresh(self, question: dict[str, object]) -> dict[str, object] | None:
        child = self._running()
        assert child.stdin is not None and child.stdout is not None
        child.stdin.write(json.dumps(question) + "\n")
        child.stdin.flush()
        ready, _, _ = select.select([child.stdout], [], [], SECONDS)
        if not ready:
            self.close()
            return {"backend": None, "failures": [TOO_SLOW], "text": None}
        line = child.stdout.readline()
        if not line:
            child.wait()
        return json.loads(line) if line else None

    def close(self) -> None:
        if self.child is not None:
            self.child.kill()
            self.child.wait()

    def _running(self) -> subprocess.Popen[str]:
        if self.child is None or self.child.poll() is not None:
            paths = os.pathsep.join(str(ROOT / folder) for folder in ("server", "grammar"))
            self.child = subprocess.Popen(
                [self.python, str(CHILD)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env={**os.environ, **ONE_HEAP, "PYTHONPATH": paths},
            )
        return self.child


def _sizes(text: str) -> Mapping[str, tuple[str, ...]]:
    """The types of each function's arguments, with sizes that the ops agree with, where some are dynamic."""
    return dynamic_sizes.arguments(lower(text)) if "?" in text else {}


def _most_apart(text: str) -> float:
    """How far results may be apart, relative: a unit of the narrowest type, whose rounding compilers leave out between ops."""
    return next((unit for kind, unit in UNITS.items() if re.search(rf"\b(?:\d+x)*{kind}\b", text) is not None), 1e-5)
