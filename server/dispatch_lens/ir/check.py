"""What is wrong with the text of a section: at most one problem an op, each with its range and one plain sentence.

Checked here is what holds for any op: its own text (`head_checks`), names that a complete function never defines, uses before
definitions, types that disagree with the definition, lists of different lengths (`list_lengths`), ops behind the end of a block,
text between ops (`stray_text`); and `misspelt_calls` of symbols, which other pieces of the section may define.
What a structured op asks of its maps and shapes is in `analysis/verify.py`. An op of an unknown dialect is no problem.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import TypeAlias

from dispatch_lens.ir import head_checks, list_lengths, reading, stray_text, types, uses, value_errors
from dispatch_lens.ir.likeness import Likeness, Pattern
from dispatch_lens.ir.lower import ISOLATED
from dispatch_lens.ir.module import Block, Module, Op, Problem
from dispatch_lens.ir.value import Operand
from dispatch_lens.text import Range

_SYMBOL_USE = re.compile(r"@(?:[A-Za-z_][\w$.\-]*|\"[^\"\\\n]*(?:\\.[^\"\\\n]*)*\")(?=[\s(:])")


def problems(module: Module) -> tuple[Problem, ...]:
    """Every problem of the section, in text order; of an op only its first."""
    found = [*module.problems, *_alias_problems(module), *_missing_brace(module), *_number_names(module)]
    first: dict[Op, Problem] = {}
    ops = _ops_to_check(module)
    of_ops = _texts(ops), _undefined(module), _dominance(module), _lengths(ops), _types_agree(ops), _early_ends(ops)
    for op, problem in chain.from_iterable(of_ops):
        first.setdefault(op, problem)
    found += first.values()
    for op in ops:
        if op.regions:
            found += stray_text.problems(module, op)
    return tuple(sorted(found, key=lambda problem: problem.range))


def _ops_to_check(module: Module) -> list[Op]:
    """All ops but those in regions that are like one in order, and use outer values with the types that these have."""
    return module.ops_after_reading(lambda region: region.like is not None and not _is_known_in_order(region.like))


def _is_known_in_order(like: Likeness) -> bool:
    return _is_in_order(like.pattern) and _has_its_types(like)


@lru_cache(maxsize=2048)
def _is_in_order(pattern: Pattern) -> bool:
    return not problems(pattern.module)


def _has_its_types(like: Likeness) -> bool:
    return all(stated is not None and stated == value.type for value, stated in zip(like.captured, like.pattern.stated))


def _missing_brace(module: Module) -> Iterator[Problem]:
    """An op after a function that names its arguments and has no body, where a `}` closes nothing."""
    if not any("closes nothing" in problem.message for problem in module.problems):
        return
    for function, op in zip(module.ops, module.ops[1:]):
        if function.shape.definitions and not function.regions and op.results:
            yield Problem(op.range, f"expected '{{' before the body of `{function.name}`")


_Found: TypeAlias = Iterator[tuple[Op, Problem]]
"""Problems and the ops that they are of."""


def _texts(ops: Iterable[Op]) -> _Found:
    """What depends on an op's shape alone: looked for once in all ops of a shape that is in order."""
    for op in ops:
        key = (_texts, op.shape)
        if key in op.module.readings:
            continue
        problem = next(head_checks.problems(op), None)
        if problem is None:
            op.module.readings[key] = None
        else:
            yield op, problem


def _undefined(module: Module) -> _Found:
    """A name that nothing defines, where the whole function is here, and its head in order."""
    for count, value in enumerate(module.free_values):
        for operand in value.uses:
            op = operand.op
            function = next((around for around in op.ancestors() if around.name in ISOLATED), None)
            if function is None or function.shape.problems:
                continue
            names = _names_in_scope(op) if count < _MOST_MISSPELT else []
            closest = difflib.get_close_matches(value.name, names, n=1, cutoff=0.8)
            hint = f"; did you mean `{closest[0]}`?" if closest else ""
            yield op, Problem(operand.range, f"`{value.name}` is not defined in this function{hint}")


_MOST_MISSPELT = 100
"""Where more names are undefined, a part of the text is missing: to look for what each is like takes time for nothing."""


def _names_in_scope(op: Op) -> list[str]:
    block = op.block
    names: list[str] = []
    while block is not None:
        names += [argument.name for argument in block.arguments]
        names += [result.name for other in block.ops for result in other.results]
        owner = block.region.op
        block = None if owner.name in ISOLATED else owner.block
    return names


def _dominance(module: Module) -> _Found:
    """A use before the definition in the same block; where braces do not fit, blocks are not what they were meant to be."""
    if any("'{'" in problem.message or "'}'" in problem.message for problem in module.problems):
        return
    for operand in module.early_uses:
        value = operand.value
        block = value.op.block if value.op is not None else None
        if block is None or not _ordered(block) or uses.ancestor_in(block, operand.op) is None:
            continue
        related = ((value.range, "defined here"),)
        yield operand.op, Problem(operand.range, f"`{value.name}` is used before it is defined", related)


def _ordered(block: Block) -> bool:
    """Whether the order of ops counts: not in the regions of modules and executables."""
    return not block.region.op.name.endswith(("module", "executable", "executable.variant", "pattern", "rewrite"))


def _types_agree(ops: Iterable[Op]) -> _Found:
    """A type that is stated for an operand and is not the one that it was defined with."""
    for op in (op for op in ops if op.operands):
        for operand, stated in zip(op.operands, op.operand_types):
            defined = None if stated is None else operand.value.type
            if stated is None or defined is None or stated is defined or stated == defined:
                continue
            if not _is_stated(operand) or not types.surely_differ(stated, defined) or _fit_in_another_order(op):
                continue
            related = ((operand.value.range, f"defined as `{defined}`"),)
            yield op, Problem(operand.range, f"`{operand.value.name}` is a `{defined}`, and is used as a `{stated}`", related)


def _fit_in_another_order(op: Op) -> bool:
    """Whether the types are those of the operands, in an order of the op's own: `vector.store %v, %m[%i] : memref, vector`."""
    typed = [operand for operand, stated in zip(op.operands, op.operand_types) if stated is not None]
    stated = Counter(str(type_) for type_ in op.operand_types if type_ is not None)
    return Counter(str(operand.value.type) for operand in typed if operand.value.type and _is_stated(operand)) <= stated


def _early_ends(ops: Iterable[Op]) -> _Found:
    """An op that ends a block, and has others behind it."""
    for op in ops:
        if op.name in _ENDS and op.parent is not None and op.block is not None and op.block.ops[-1] is not op:
            yield op, Problem(op.name_range, f"`{op.name}` must be the last op of its block")


_ENDS = frozenset(["func.return", "util.return", "vm.return", "flow.return", "linalg.yield", "scf.yield", "cf.br", "cf.cond_br"])


def _lengths(ops: Iterable[Op]) -> _Found:
    """Lists of different lengths: looked for once in all ops of a shape that have as many results."""
    for op in ops:
        key = (_lengths, op.shape, len(op.results))
        if key not in op.module.readings:
            problem = next(list_lengths.problems(op), None)
            if problem is not None:
                yield op, problem
            else:
                op.module.readings[key] = None


def _is_stated(operand: Operand) -> bool:
    """Whether the definition spells the operand's type."""
    value = operand.value
    return value.block is not None or (value.op is not None and reading.states_result_types(value.op))


def misspelt_calls(calls: Iterable[Op], modules: Sequence[Module], text: str) -> Iterator[tuple[Op, Problem]]:
    """A symbol that is called and defined nowhere, where a very similar one is defined and named nowhere else in the text.

    `calls` are the ops that call, `modules` the pieces of the text.
    """
    symbols = {name: None for module in modules for name in module.symbols}
    for op in calls:
        match = _SYMBOL_USE.match(op.module.text, op.name_range.end + 1, op.end)
        name = match.group().lstrip("@").strip('"') if match else None
        if match is None or name is None or name in symbols or op.dialect == "vm":
            continue
        closest = difflib.get_close_matches(name, list(symbols), n=1, cutoff=0.85)
        if closest and len(re.findall(rf"@{re.escape(closest[0])}(?![\w$.\-])", text)) == 1:
            yield op, Problem(Range(*match.span()), f"`@{name}` is not defined here; did you mean `@{closest[0]}`?")


def is_call(op: Op) -> bool:
    """Whether the op calls the symbol that it names."""
    return op.name.endswith((".call", ".dispatch"))


def _alias_problems(module: Module) -> Iterator[Problem]:
    for name, body in module.own_aliases.items():
        at = module.text.find(name)
        for offset, message in value_errors.in_alias(name, body):
            yield Problem(Range(at, at + len(name)), f"in the alias `{name}`, character {offset + 1}: {message}")


_NUMBER_NAME = re.compile(r"%\d+[A-Za-z_$][\w$.\-]*")


def _number_names(module: Module) -> Iterator[Problem]:
    """Names that begin with a digit and are no numbers."""
    for match in _NUMBER_NAME.finditer(module.text):
        line = module.text[module.text.rfind("\n", 0, match.start()) + 1 : match.start()]
        if "//" not in line and line.count('"') % 2 == 0 and module.op_at(match.start()) is not None:
            yield Problem(Range(*match.span()), f"`{match.group()}` is no name: one that begins with a digit is a number")
