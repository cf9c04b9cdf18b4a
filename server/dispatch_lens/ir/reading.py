"""What a head's tokens say about its op: attributes, types, the symbol it defines.

MLIR's custom forms share a few habits, and those are read here for any op: `: type`, `: (inputs) -> results`, `-> results`,
`into`/`to` a type, `ins(… : …) outs(… : …)`, dictionaries, `name = value` clauses, and bare `[…]` lists. An op whose result type
is implied by its meaning is listed in `_IMPLIED`. What is not understood is None or absent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from dispatch_lens.ir import attributes as attrs
from dispatch_lens.ir import known_ops, type_parser
from dispatch_lens.ir import types as mlir_types
from dispatch_lens.syntax.tree import Group, Item, Leaf, Shape

if TYPE_CHECKING:
    from dispatch_lens.ir.module import Module, Op

Type = mlir_types.Type
Answer = TypeVar("Answer")


def parse_type(module: Module, text: str) -> Type:
    """The type that `text` names, a type alias of the section expanded."""
    return type_parser.parse_type(module.aliases.get(text, text) if text.startswith("!") else text)


def parse_attribute(module: Module, text: str) -> attrs.Attribute:
    """The attribute that `text` names, an alias of the section expanded."""
    return attrs.parse_attribute(module.aliases.get(text, text) if text.startswith("#") else text)


def symbol(op: Op) -> str | None:
    """The symbol an op defines: the first `@name` of an op that introduces one, or `sym_name`."""
    items = op.shape.items
    for i, item in enumerate(items):
        if isinstance(item, Group) or item.kind in ("USE", "EQUAL", "COLON", "ARROW"):
            break
        if item.kind == "SYMBOL":
            return _defined_symbol(op, items, i, item)
    name = op.attributes.get("sym_name") if _head_spells(op, "sym_name") else None
    return name.value if isinstance(name, attrs.StringAttr) else None


def _head_spells(op: Op, word: str) -> bool:
    """Whether the word stands in the op's own text, before its first region or after its last."""
    text, regions = op.module.text, op.regions
    first, last = (regions[0].range.start, regions[-1].range.end) if regions else (op.range.end, op.range.end)
    return text.find(word, op.name_range.end, first) >= 0 or text.find(word, last, op.range.end) >= 0


_USES_SYMBOL = re.compile(r"\.(?:call|dispatch|load|store|address)(?:\.|$)")


def _defined_symbol(op: Op, items: Sequence[Item], i: int, leaf: Leaf) -> str | None:
    if op.results or _USES_SYMBOL.search(op.name) or _text(items, i + 1) == "::":
        return None
    return op.head.text(leaf).lstrip("@").strip('"')


def attributes(op: Op) -> Mapping[str, attrs.Attribute]:
    """The attributes by name: the entries of dictionaries and `name = value` clauses, those of `<{…}>` included."""
    shape = op.shape
    return _attributes(op) if shape.attributes_hold_names else _once(op, _attributes)


def _once(op: Op, read: Callable[[Op], Answer]) -> Answer:
    """What `read` says of the op, or said of an op of the same shape under the same aliases."""
    key = (read, op.shape, len(op.results))
    known = op.module.readings
    if key not in known:
        known[key] = read(op)
    return known[key]


def _attributes(op: Op) -> Mapping[str, attrs.Attribute]:
    found: dict[str, attrs.Attribute] = {}
    items = op.shape.items
    for i, item in enumerate(items):
        if isinstance(item, Group):
            for entry in _dictionary_entries(item):
                found.setdefault(*_entry(op, entry))
        elif item.kind == "WORD" and _kind(items, i + 1) == "EQUAL" and _kind(items, i + 2):
            found.setdefault(item.text, _attribute_of(op, _value_items(items, i + 2)))
        elif item.kind == "WORD" and _kind(items, i + 1) == "square" and item.text in ("low", "high"):
            found.setdefault(item.text, _attribute_of(op, items[i + 1 : i + 2]))
    _positional(op, items, found)
    return found


def _positional(op: Op, items: Sequence[Item], found: dict[str, attrs.Attribute]) -> None:
    """Attributes that stand without a name: a constant's value, the reassociation of a reshape."""
    if op.name.endswith(".constant") and "value" not in found:
        value = [item for item in items if not (isinstance(item, Group) and item.kind == "brace")]
        if value:
            found["value"] = _attribute_of(op, value)
    if op.name in ("tensor.expand_shape", "tensor.collapse_shape", "memref.expand_shape", "memref.collapse_shape"):
        lists = [item for item in items if isinstance(item, Group) and item.kind == "square"]
        if lists:
            found.setdefault("reassociation", _attribute_of(op, lists[:1]))


def _value_items(items: Sequence[Item], start: int) -> Sequence[Item]:
    """A clause's value: one item, with `: type` and `::@nested` after it."""
    end = start + 1
    while _text(items, end) == "::":
        end += 2
    if _kind(items, end) == "COLON" and _kind(items, start) == "NUMBER" and _kind(items, end + 1) == "TYPE":
        end += 2
    return items[start:end]


def _dictionary_entries(group: Group) -> Iterator[Sequence[Item]]:
    """The entries of an attribute dictionary, of the one inside `<{…}>`, or of `<name = …>`; nothing for any other group."""
    if group.kind == "angle" and len(group.items) == 1 and isinstance(group.items[0], Group):
        group = group.items[0]
    if group.kind != "brace" and not (group.kind == "angle" and _kind(group.items, 1) == "EQUAL"):
        return
    for entry in split(group.items, "COMMA"):
        if entry and isinstance(entry[0], Leaf) and entry[0].kind in ("WORD", "STRING", "TYPE"):
            yield entry


def _entry(op: Op, entry: Sequence[Item]) -> tuple[str, attrs.Attribute]:
    name = op.head.text(entry[0]).strip('"')
    if len(entry) < 3 or _kind(entry, 1) != "EQUAL":
        return name, attrs.UnitAttr()
    return name, _attribute_of(op, entry[2:])


def _attribute_of(op: Op, items: Sequence[Item]) -> attrs.Attribute:
    array = _array(op, items[0]) if len(items) == 1 and isinstance(items[0], Group) and items[0].kind == "square" else None
    if array is not None:
        return array
    start, end = op.head.offset(items[0].start), op.head.offset(items[-1].end)
    return _expanded(op.module, parse_attribute(op.module, op.module.text[start:end]))


def _array(op: Op, group: Group) -> attrs.ArrayAttr | None:
    """The array of the list's elements, each read by itself; None where one of them is not understood."""
    elements = split(group.items, "COMMA") if group.items else []
    if not all(elements):
        return None
    read = tuple([_attribute_of(op, element) for element in elements])
    return None if any(isinstance(element, attrs.OpaqueAttr) for element in read) else attrs.ArrayAttr(read)


def _expanded(module: Module, attribute: attrs.Attribute) -> attrs.Attribute:
    if isinstance(attribute, attrs.AliasAttr):
        text = module.aliases.get(str(attribute))
        return attrs.parse_attribute(text) if text else attribute
    if isinstance(attribute, attrs.ArrayAttr):
        return attrs.ArrayAttr(tuple(_expanded(module, element) for element in attribute.elements))
    return attribute


def split(items: Sequence[Item], kind: str) -> list[Sequence[Item]]:
    """The runs of items between tokens of a kind."""
    runs: list[list[Item]] = [[]]
    for item in items:
        if item.kind == kind:
            runs.append([])
        else:
            runs[-1].append(item)
    return list(runs)


def result_types(op: Op) -> tuple[Type | None, ...]:
    """The types of the results, as the form states or implies them."""
    if not op.results:
        return ()
    return _result_types(op) if op.name in _IMPLIED or op.shape.has_ties else _once(op, _result_types)


def _result_types(op: Op) -> tuple[Type | None, ...]:
    count = len(op.results)
    implied = _IMPLIED.get(op.name)
    if implied is not None:
        return (implied(op),) * count
    stated = _stated_result_types(op, before_count(op.shape.items))
    if len(stated) == count:
        return tuple(stated)
    if op.name.startswith(("arith.", "math.")) and stated:
        return (stated[-1] if op.name == "arith.select" else stated[0],) * count
    return (stated[0],) * count if len(stated) == 1 else (stated[-1] if count == 1 and stated else None,) * count


def before_count(items: Sequence[Item]) -> Sequence[Item]:
    """The items before a `count(…) -> (index, …)` clause, whose arrow is not the op's."""
    counts = (i for i in range(len(items)) if _text(items, i) == "count" and _kind(items, i + 2) == "ARROW")
    return items[: next(counts, len(items))]


def _stated_result_types(op: Op, items: Sequence[Item]) -> list[Type | None]:
    arrow = _last(items, lambda i: items[i].kind == "ARROW")
    if arrow is not None:
        return types_after(op, items, arrow + 1)
    target = _last(items, lambda i: _text(items, i) in ("into", "to") and _kind(items, i + 1) == "TYPE")
    if target is not None:
        return types_after(op, items, target + 1)
    colon = _last(items, lambda i: items[i].kind == "COLON" and _kind(items, i + 1) in ("TYPE", "paren"))
    if colon is not None:
        return types_after(op, items, colon + 1)
    return outs_types(op, items) or _literal_type(op, items)


def _literal_type(op: Op, items: Sequence[Item]) -> list[Type | None]:
    words = {item.text for item in items if isinstance(item, Leaf)}
    if op.name.endswith(".constant") and words & {"true", "false"}:
        return [type_parser.parse_type("i1")]
    return []


def outs_types(op: Op, items: Sequence[Item]) -> list[Type | None]:
    """The types that stand in `outs(…)`."""
    outs = _last(items, lambda i: _text(items, i) == "outs" and _kind(items, i + 1) == "paren")
    group = items[outs + 1] if outs is not None else None
    if not isinstance(group, Group):
        return []
    colon = _last(group.items, lambda i: group.items[i].kind == "COLON")
    return types_after(op, group.items, colon + 1) if colon is not None else []


def types_after(op: Op, items: Sequence[Item], start: int) -> list[Type | None]:
    """The list of types that begins at `start`: `T`, `T, U`, `(T, U)`, `%tied`, `%tied as T`."""
    first = items[start] if start < len(items) else None
    if isinstance(first, Group) and first.kind == "paren":
        return types_after(op, first.items, 0) if first.items else []
    found: list[Type | None] = []
    at = start
    while at < len(items):
        type_, at = _type_at(op, items, at)
        while _kind(items, at) == "brace":
            at += 1
        if _text(items, at) == "in" and _kind(items, at + 1) == "TYPE":
            type_, at = _type_at(op, items, at + 1)
        found.append(type_)
        while _kind(items, at) == "brace":
            at += 1
        if _kind(items, at) != "COMMA":
            break
        at += 1
    return found


def _type_at(op: Op, items: Sequence[Item], at: int) -> tuple[Type | None, int]:
    kind = _kind(items, at)
    if kind == "TYPE" and _text(items, at + 1) == "as":
        return _type_at(op, items, at + 2)
    if kind == "TYPE":
        return parse_type(op.module, op.head.text(items[at])), at + 1
    if kind == "USE" and _text(items, at + 1) == "as":
        return _type_at(op, items, at + 2)
    if kind == "USE":
        return _tied_type(op, op.head.text(items[at])), at + 1
    if kind == "paren" and _kind(items, at + 1) == "ARROW":
        _, end = _type_at(op, items, at + 2)
        text = op.module.text[op.head.offset(items[at].start) : op.head.offset(items[end - 1].end)]
        return type_parser.parse_type(text), end
    return None, at + 1


def _tied_type(op: Op, name: str) -> Type | None:
    return next((operand.value.type for operand in op.operands if operand.value.name == name), None)


def operand_types(op: Op) -> tuple[Type | None, ...]:
    """The types that the form states for the operands, by their place in the text; None where it states none."""
    return _operand_types(op) if op.shape.has_ties else _once(op, _operand_types)


def _operand_types(op: Op) -> tuple[Type | None, ...]:
    places = {at: i for i, at in enumerate(op.shape.use_places)}
    found: list[Type | None] = [None] * len(op.operands)
    for i, type_ in _stated_operand_types(op, op.shape.items, places):
        found[i] = type_
    return tuple(found)


def _stated_operand_types(op: Op, items: Sequence[Item], places: Mapping[int, int]) -> Iterator[tuple[int, Type | None]]:
    for item in items:
        if isinstance(item, Group):
            yield from _stated_operand_types(op, item.items, places)
    for colon in (i for i, item in enumerate(items) if item.kind == "COLON" and _kind(items, i + 1) != "USE"):
        before = _operands_before(items, colon, places)
        stated = types_after(op, items, colon + 1)[: _TYPED_BY_RESULTS.get(op.name)]
        if len(before) == len(stated) and _types_operands(op, items, colon + 1):
            yield from zip(before, stated)
        elif len(stated) == 1 and op.name.startswith(("arith.", "math.")) and op.name != "arith.select":
            yield from ((i, stated[0]) for i in before)


_TYPED_BY_RESULTS = {"arith.addui_extended": 1}
"""Ops that state the types of their results behind the colon, and how many of these are the operands'."""


def _types_operands(op: Op, items: Sequence[Item], start: int) -> bool:
    """Whether the types from `start` on are the operands': in a clause, in front of `->`, `to`, `into`, or without results."""
    if (
        (not op.results and not known_ops.result_count(op.name))
        or items is not op.shape.items
        or op.name.startswith(("arith.", "math."))
    ):
        return True
    return any(item.kind == "ARROW" or _text(items, i + start) in ("to", "into") for i, item in enumerate(items[start:]))


def states_result_types(op: Op) -> bool:
    """Whether the result types are spelled as such, so that they can be held against the uses."""
    return op.name in _IMPLIED or op.name.startswith(("arith.", "math.")) or _has_result_types(op.shape)


@lru_cache(maxsize=32768)
def _has_result_types(shape: Shape) -> bool:
    items = shape.items
    return any(item.kind == "ARROW" or _text(items, i) in ("to", "into") for i, item in enumerate(items))


def _operands_before(items: Sequence[Item], colon: int, places: Mapping[int, int]) -> list[int]:
    """The operands that a `:` types: the names before it in its list, those in one `(…)` of a call included."""
    found: list[int] = []
    for item in items[:colon]:
        if item.kind == "COLON":
            found.clear()
        elif isinstance(item, Group) and item.kind == "paren":
            inner = [places.get(leaf.start) for leaf in item.items if leaf.kind == "USE"]
            is_typed = any(leaf.kind == "COLON" for leaf in item.items)
            found += [] if is_typed else [i for i in inner if i is not None]
        elif item.kind == "USE":
            place = places.get(item.start)
            found += [] if place is None else [place]
    return found


def _i1_like_operand(op: Op) -> Type | None:
    operand = op.operands[0].value.type if op.operands else None
    stated = _stated_result_types(op, op.shape.items)
    return _with_element(stated[0] if stated else operand, type_parser.parse_type("i1"))


def _with_element(type_: Type | None, element: Type) -> Type:
    """`element`, or the shaped type with its elements replaced."""
    if isinstance(type_, (mlir_types.TensorType, mlir_types.VectorType)):
        return replace(type_, element=element)
    return element


def _element_of_operand(op: Op) -> Type | None:
    stated = _stated_result_types(op, op.shape.items)
    source = stated[-1] if stated else (op.operands[0].value.type if op.operands else None)
    return getattr(source, "element", None)


def _index(op: Op) -> Type | None:
    return type_parser.parse_type("index")


_IMPLIED: Mapping[str, Callable[[Op], Type | None]] = {
    "arith.cmpf": _i1_like_operand,
    "arith.cmpi": _i1_like_operand,
    "math.isnan": _i1_like_operand,
    "math.isinf": _i1_like_operand,
    "math.isfinite": _i1_like_operand,
    "tensor.extract": _element_of_operand,
    "memref.load": _element_of_operand,
    "tensor.dim": _index,
    "tensor.rank": _index,
    "memref.dim": _index,
    "linalg.index": _index,
    "affine.apply": _index,
    "affine.min": _index,
    "affine.max": _index,
}


def _last(items: Sequence[Item], holds: Callable[[int], bool]) -> int | None:
    return next((i for i in range(len(items) - 1, -1, -1) if holds(i)), None)


def _kind(items: Sequence[Item], i: int) -> str:
    return items[i].kind if 0 <= i < len(items) else ""


def _text(items: Sequence[Item], i: int) -> str:
    item = items[i] if 0 <= i < len(items) else None
    return item.text if isinstance(item, Leaf) else ""
