"""What is wrong with the text of a section: at most one problem an op, each with its range and one plain sentence.

Checked here is what holds for any op: brackets and separators, types and attributes that MLIR would not read, names that a
complete function never defines, uses before definitions, types that disagree with the definition, lists of different lengths
(`list_lengths`), stray text inside regions; and `misspelt_calls` of symbols, which other pieces of the section may define.
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

from dispatch_lens.ir import (
    affine,
    attributes,
    dense_shapes,
    known_ops,
    list_lengths,
    reading,
    required_attributes,
    type_parser,
    types,
    undefined_aliases,
    uses,
)
from dispatch_lens.ir.likeness import Likeness, Pattern
from dispatch_lens.ir.lower import ISOLATED
from dispatch_lens.ir.module import Block, Module, Op, Operand, Problem
from dispatch_lens.syntax import parse
from dispatch_lens.syntax.tree import Leaf
from dispatch_lens.text import Range

_MISSPELT = 0.88
_STRAY = re.compile(r"(?:\s+|//[^\n]*)*")
_SYMBOL_USE = re.compile(r"@(?:[A-Za-z_][\w$.\-]*|\"(?:[^\"\\\n]|\\.)*\")(?=[\s(:])")
_VALUES = re.compile(r"^(?:affine_map|affine_set|dense|array|strided)\b")


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
            found += _stray_text(module, op)
    return tuple(sorted(found, key=lambda problem: problem.range))


def _ops_to_check(module: Module) -> list[Op]:
    """All ops but those in regions that are like one in order, and use outer values with the types that these have."""
    for region in module.unread:
        if region.like is not None and not (_is_in_order(region.like.pattern) and _has_its_types(region.like)):
            region.read()
    return module.read_ops


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
        problem = next((problem for check in _TEXT_CHECKS for problem in check(op)), None)
        if problem is None:
            op.module.readings[key] = None
        else:
            yield op, problem


def _syntax(op: Op) -> Iterator[Problem]:
    head = op.head
    for problem in head.shape.problems:
        if op.name in _MAY_END_WITH_COMMA and problem.message == "expected another element after ','":
            continue
        at = min(head.offset(problem.at), op.range.end)
        yield Problem(Range(at, at + 1), problem.message)


_MAY_END_WITH_COMMA = frozenset(["vm.import"])
"""Ops whose own parser takes a list that ends with a comma."""


def _constant(op: Op) -> Iterator[Problem]:
    bare = all(item.kind in ("COLON", "TYPE") for item in op.shape.items if item.kind != "brace")
    if op.name == "arith.constant" and bare and not op.is_in_generic_form:
        yield Problem(op.name_range, "expected the constant's value")


_CLAUSES = frozenset(["ins", "outs", "attributes"])


def _no_name(op: Op) -> Iterator[Problem]:
    """A clause where the op's name belongs: `%1 = ins(%a : f32)`."""
    word = op.module.text[op.name_range.start : op.name_range.end]
    if word in _CLAUSES:
        yield Problem(op.name_range, f"expected an op's name before `{word}`")


def _name(op: Op) -> Iterator[Problem]:
    if not known_ops.is_known_dialect(op.dialect) or known_ops.is_known(op.name):
        return
    closest = known_ops.closest(op.name)
    if closest and difflib.SequenceMatcher(None, op.name, closest).ratio() >= _MISSPELT:
        yield Problem(op.name_range, f"no version of IREE has an op `{op.name}`; did you mean `{closest}`?")


def _symbol(op: Op) -> Iterator[Problem]:
    """A function without the symbol that it defines, or with a word before it that says no visibility."""
    if op.name not in _DEFINING or op.is_in_generic_form:
        return
    at = next((i for i, item in enumerate(op.shape.items) if item.kind == "SYMBOL"), None)
    words = [item.text for item in op.shape.items[:at] if isinstance(item, Leaf)]
    if at is None or (op.name != "vm.func" and any(word not in _VISIBILITIES for word in words)):
        yield Problem(op.name_range, f"expected `@name` after `{op.name}`, or behind one of {', '.join(sorted(_VISIBILITIES))}")


_DEFINING = frozenset(["func.func", "util.func", "vm.func"])
_VISIBILITIES = frozenset(["private", "public", "nested"])


def _untyped(op: Op) -> Iterator[Problem]:
    """A terminator that states types of nothing: `util.return : f32`."""
    if op.name.endswith((".return", ".yield")) and op.shape.items and op.shape.items[0].kind == "COLON":
        yield Problem(op.name_range, "expected the values of these types before ':'")


_NUMBER_NAME = re.compile(r"%\d+[A-Za-z_$][\w$.\-]*")


def _number_names(module: Module) -> Iterator[Problem]:
    """Names that begin with a digit and are no numbers."""
    for match in _NUMBER_NAME.finditer(module.text):
        line = module.text[module.text.rfind("\n", 0, match.start()) + 1 : match.start()]
        if "//" not in line and line.count('"') % 2 == 0 and module.op_at(match.start()) is not None:
            yield Problem(Range(*match.span()), f"`{match.group()}` is no name: one that begins with a digit is a number")


def _values(op: Op) -> Iterator[Problem]:
    """Types and attributes in the head that MLIR would not read."""
    head = op.head
    for leaf in head.shape.leaves:
        if leaf.kind not in ("TYPE", "ATTRIBUTE"):
            continue
        for problem in value_errors(leaf.text):
            at = head.offset(leaf.start)
            yield Problem(Range(at + problem[0], at + max(problem[0] + 1, 1)), problem[1])


def value_errors(text: str) -> tuple[tuple[int, str], ...]:
    """What is wrong with the text of one type or attribute: offset and message. A dialect's own body is not judged."""
    if text.startswith(("#", "!", "dense_resource", "sparse", "opaque")):
        return _body_errors(text)
    if text.startswith("affine_map"):
        return tuple((problem.offset, problem.message) for problem in affine.errors_in_map(text))
    if _VALUES.match(text):
        return _attribute_errors(text)
    return tuple((problem.offset, problem.message) for problem in type_parser.errors_in_type(text))


_NUMBER = re.compile(
    r"[-+]?(?:0x[0-9A-Fa-f]+|\d+(?:\.\d*(?:[eE][-+]?\d+)?)?)|true|false|\"(?:[^\"\\\n]|\\.)*\"|__elided__|[\[\]\s,()]"
)
_UNSEPARATED = re.compile(r"[\w.\])]\s+[-+\w.\[(]")
_EMPTY_ELEMENT = re.compile(
    r'"(?:[^"\\\n]|\\.)*"|(?P<bad>[\[({<,]\s*,|,[ \t]*[\])}>])|(?P<blank>(?<![<>=!])=\s*(?:\s=|[,\])}])|:\s+:)'
)


def _body_errors(text: str) -> tuple[tuple[int, str], ...]:
    """An element that is missing between commas, or a value, in a body that is otherwise not judged; a comma may end a line."""
    for match in _EMPTY_ELEMENT.finditer(text):
        if match.group("bad"):
            return ((match.start("bad"), "expected an element beside ','"),)
        if match.group("blank"):
            return ((match.start("blank"), f"expected a value after '{match.group()[0]}'"),)
    return ()


def _dense_errors(text: str) -> tuple[tuple[int, str], ...]:
    at = text.find("<") + 1
    end = text.rfind(">")
    while 0 < at < end:
        match = _NUMBER.match(text, at, end)
        if match is None:
            return ((at, "this is no element of a dense literal"),)
        at = match.end()
    unseparated = _UNSEPARATED.search(text, text.find("<") + 1, end)
    return ((unseparated.start() + 1, "expected ',' between elements"),) if unseparated else _body_errors(text)


def _attribute_errors(text: str) -> tuple[tuple[int, str], ...]:
    if text.startswith("dense<"):
        return _dense_errors(text)
    return tuple((problem.offset, problem.message) for problem in attributes.errors_in_attribute(text))


def _undefined(module: Module) -> _Found:
    """A name that nothing defines, where the whole function is here, and its head in order."""
    for value in module.free_values:
        for operand in value.uses:
            op = operand.op
            function = next((around for around in op.ancestors() if around.name in ISOLATED), None)
            if function is None or function.shape.problems:
                continue
            closest = difflib.get_close_matches(value.name, _names_in_scope(op), n=1, cutoff=0.8)
            hint = f"; did you mean `{closest[0]}`?" if closest else ""
            yield op, Problem(operand.range, f"`{value.name}` is not defined in this function{hint}")


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


_TEXT_CHECKS = (
    _syntax,
    _constant,
    _no_name,
    _name,
    _symbol,
    _untyped,
    _values,
    dense_shapes.problems,
    undefined_aliases.in_op,
    required_attributes.problems,
)


def _alias_problems(module: Module) -> Iterator[Problem]:
    for name, body in module.own_aliases.items():
        at = module.text.find(name)
        for offset, message in _alias_errors(name, body):
            yield Problem(Range(at, at + len(name)), f"in the alias `{name}`, character {offset + 1}: {message}")


def _alias_errors(name: str, body: str) -> tuple[tuple[int, str], ...]:
    """What is wrong with the value of an alias, which is a type's where the name begins with `!`, else an attribute's."""
    if name.startswith("!") or body.startswith("affine_map") or _VALUES.match(body):
        return value_errors(body)
    return _body_errors(body) or tuple((problem.offset, problem.message) for problem in attributes.errors_in_attribute(body))


def _stray_text(module: Module, op: Op) -> Iterator[Problem]:
    """Text inside a region that belongs to no op."""
    for block, start, end in _blocks(op):
        yield from _in_label(module.text, start, end)
        for inner in block.ops:
            yield from _stray_between(module.text, end, inner.frame.start)
            end = max(inner.end, inner.frame.name_end)
        yield from _stray_between(module.text, end, block.range.end)


def _blocks(op: Op) -> Iterator[tuple[Block, int, int]]:
    """The blocks of the op's regions that were read, with the beginning and end of each one's label."""
    for region, outlined in zip(op.regions, op.frame.regions):
        if region.is_read:
            yield from ((block, frame.start, frame.label_end) for block, frame in zip(region.blocks, outlined.blocks))


def _in_label(text: str, start: int, end: int) -> Iterator[Problem]:
    shape = parse.parse_label(text, start, end) if end > start else None
    if shape is None:
        return
    types_ = (leaf.text for leaf in shape.leaves if leaf.kind == "TYPE")
    wrong = [*(problem.message for problem in shape.problems), *(words for type_ in types_ for _, words in value_errors(type_))]
    yield from (Problem(Range(start, end), f"in a block's label: {words}") for words in wrong[:1])


def _stray_between(text: str, end: int, start: int) -> Iterator[Problem]:
    """What stands between the end of an op and the start of the next, but for space and comments."""
    if end >= start or text[end:start].isspace():
        return
    clear = _STRAY.match(text, end, start)
    at = clear.end() if clear else end
    if at < start:
        line_end = text.find("\n", at)
        yield Problem(Range(at, min(start, line_end if line_end >= 0 else start)), "this does not read as an op")
