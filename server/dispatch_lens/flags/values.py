"""Whether `iree-compile` takes the value of a flag, before anybody waits for it to refuse.

Holds for every release of the table. Not judged: options that the table does not have, and file names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dispatch_lens.flags import table
from dispatch_lens.flags.option import Option
from dispatch_lens.flags.version import Version


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a value is refused or without effect, and the flag to write instead, where there is one."""

    text: str
    instead: str | None


def check_value(flag_text: str) -> Problem | None:
    """What is wrong with the value in `--name=value`, or None. A flag that the table does not have is not judged."""
    text = flag_text.strip()
    option = table.find(text)
    name, equals, value = text.partition("=")
    if option is None or name.lstrip("-") == option.id:
        return None
    if option.kind == "bool" and not _is_pipeline(name):
        return _check_bool(name, value) if equals else None
    if _is_pipeline(name):
        return _check_pipeline(name, value)
    return _check_other(option, name, value)


def respelled(flag_text: str, version: Version) -> str | table.Absent | None:
    """The flag with its value as that release takes it; a refused value is mended where it is clear what was meant.

    None when the table does not have the flag.
    """
    option = table.find(flag_text)
    if option is None:
        return None
    problem = check_value(flag_text)
    mended = problem.instead if problem is not None and problem.instead else flag_text
    flag = table.spelled(option, version)
    name, equals, value = mended.strip().partition("=")
    if isinstance(flag, table.Absent) or not equals:
        return flag
    if "=" in flag:
        return f"--{name.lstrip('-')}={value}" if _is_pipeline(name) else flag
    if _is_pipeline(name) and option.kind != "string":
        return flag
    return f"{flag}={value}"


def _check_bool(name: str, value: str) -> Problem | None:
    if value in ("true", "false", "1", "0"):
        return None
    meant = "false" if value.lower() in _FALSE else "true" if value.lower() in _TRUE else None
    instead = f"{name}={meant}" if meant else None
    if value.lower() in ("", "true", "false"):
        return Problem(f"{value!r} is a boolean only to older releases; 3.13 refuses it", instead or name)
    advice = f": write {instead}" if instead else ": write true or false"
    return Problem(f"{value!r} is not a boolean to any iree-compile{advice}", instead)


def _check_pipeline(name: str, value: str) -> Problem | None:
    bare = value.strip("\"'")
    if not bare:
        return None
    if not bare.startswith("builtin.module("):
        instead = f"{name}=builtin.module({bare})"
        return Problem("a pipeline that is not inside builtin.module(...) is reported and not run", instead)
    if bare.count("(") != bare.count(")"):
        return Problem("the parentheses of the pipeline do not match", None)
    if re.search(r"\bfunc\.func\(", bare):
        instead = f"{name}={bare.replace('func.func(', 'util.func(')}"
        return Problem("functions are util.func when this pipeline runs, so func.func(...) does nothing", instead)
    return None


def _check_other(option: Option, name: str, value: str) -> Problem | None:
    if option.kind == "enum" and value not in option.values:
        return Problem(f"{value!r} is none of {', '.join(option.values)}", _near(option, name, value))
    if option.kind == "int" and not re.fullmatch(r"-?(?:\d+|0x[0-9a-fA-F]+)", value):
        return Problem(f"{value!r} is not an integer", None)
    return None


def _near(option: Option, name: str, value: str) -> str | None:
    near = next((known for known in option.values if known.lstrip("O") == value.upper().lstrip("O")), None)
    return f"{name}={near}" if near else None


def _is_pipeline(name: str) -> bool:
    return name.lstrip("-") == "iree-preprocessing-pass-pipeline"


_FALSE = ("off", "no", "n", "false")
_TRUE = ("on", "yes", "y", "true")
