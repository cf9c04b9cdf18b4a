"""Which names an op's head uses and which it defines, told from the text around them, whatever the op.

A head defines names in `%arg = %init`, in `%value as %arg`, in a list `(%a: T, %b: U)` that a region or a symbol's signature
goes with, and in `(%i, %j) = (…)` or `(%i, %j) in (…)`. A name after `->` ties a result to an operand and is no operand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dispatch_lens.syntax.tree import Group, Item, Leaf, Role

UNLABELLED = "\x01"


def roles(shape: str, items: tuple[Item, ...]) -> Iterator[Role]:
    """One role for each name in the head, results apart, in text order. Empty where the op is in generic form."""
    if _is_generic(shape, items):
        yield from _all_uses(items)
        return
    yield from _list_roles(items, _has_region(items))


def _is_generic(shape: str, items: tuple[Item, ...]) -> bool:
    first = items[0].start if items else len(shape)
    return shape[:first].rstrip().endswith('"')


def _has_region(items: Sequence[Item]) -> bool:
    return any(
        item.text == UNLABELLED if isinstance(item, Leaf) else item.kind != "square" and _has_region(item.items) for item in items
    )


def _all_uses(items: Sequence[Item]) -> Iterator[Role]:
    for item in items:
        if isinstance(item, Group):
            yield from _all_uses(item.items)
        elif item.kind == "USE":
            yield Role("use", item.start)


def _list_roles(items: Sequence[Item], has_region: bool) -> Iterator[Role]:
    """The roles in one list of siblings, in a head that a region goes with or not."""
    results = _result_places(items)
    for i, item in enumerate(items):
        if isinstance(item, Group):
            yield from _group_roles(items, i, item, has_region)
        elif item.kind == "USE":
            yield _role(items, i, item, has_region, i in results)


def _signature_roles(items: Sequence[Item], has_region: bool) -> Iterator[Role]:
    """The roles in a list that defines each name that has a type."""
    results = _result_places(items)
    for i, item in enumerate(items):
        if isinstance(item, Group):
            yield from _group_roles(items, i, item, has_region)
        elif item.kind == "USE" and _kind(items, i + 1) == "COLON":
            yield Role("define", item.start, _type_place(items, i + 1))
        elif item.kind == "USE":
            yield _role(items, i, item, has_region, i in results)


def _group_roles(items: Sequence[Item], i: int, group: Group, has_region: bool) -> Iterator[Role]:
    if group.kind == "paren" and _kind(items, i - 1) == "ARROW":
        typed = any(inner.kind == "COLON" for inner in group.items)
        into_next = _kind(items, i - 2) == "REGION" and _each_name_typed(group.items) and _region_follows(items, i + 1)
        read = _signature_roles if into_next else _list_roles if typed else _result_list_roles
        yield from read(group.items, has_region)
        return
    if group.kind == "paren" and has_region and _is_before_signature(items, i) and _binds(group):
        yield from _binder_roles(group.items)
        return
    if group.kind == "paren" and has_region and _bare_names(group) and _is_binder(items, i):
        yield from (Role("define", leaf.start) for leaf in group.items if isinstance(leaf, Leaf) and leaf.kind == "USE")
        return
    read = _signature_roles if _is_signature(items, i, group, has_region) else _list_roles
    yield from read(group.items, has_region)


def _is_before_signature(items: Sequence[Item], i: int) -> bool:
    """Whether a list `[%id: index]` of arguments follows."""
    after = items[i + 1] if i + 1 < len(items) else None
    return isinstance(after, Group) and after.kind == "square" and _is_signature(items, i + 1, after, True)


def _binds(group: Group) -> bool:
    return all(isinstance(item, Leaf) and item.kind in ("USE", "COMMA", "EQUAL") for item in group.items)


def _binder_roles(items: Sequence[Item]) -> Iterator[Role]:
    """In `(%ref = %init, %other)[%id: index]` both names before the square brackets are arguments."""
    for i, item in enumerate(items):
        if item.kind == "USE":
            yield Role("use" if _kind(items, i - 1) == "EQUAL" else "define", item.start)


def _result_list_roles(items: Sequence[Item], has_region: bool) -> Iterator[Role]:
    """In `-> (%a, %b as T{%d}, U{%e})` the names of the list are ties; those in braces are dims, and operands."""
    for item in items:
        if isinstance(item, Group):
            yield from _list_roles(item.items, has_region)
        elif item.kind == "USE":
            yield Role("tie", item.start)


def _role(items: Sequence[Item], i: int, leaf: Leaf, has_region: bool, is_result: bool) -> Role:
    before, after = _kind(items, i - 1), _kind(items, i + 1)
    if (before == "ARROW" and after != "square" and _text(items, i + 1) != "::") or (before == "COMMA" and is_result):
        return Role("tie", leaf.start)
    if _text(items, i - 1) == "in" and _text(items, i + 1) == "as":
        return Role("tie", leaf.start)
    if before == "WORD" and _text(items, i - 1) == "as" and (has_region or after == "COLON"):
        return Role("define", leaf.start, _type_place(items, i + 1))
    if after == "EQUAL" and has_region:
        return Role("define", leaf.start, None)
    return Role("use", leaf.start)


def _result_places(items: Sequence[Item]) -> frozenset[int]:
    """Where the names stand that go on a result list, which began with `->` in the same list."""
    found: list[int] = []
    goes_on = False
    for i, item in enumerate(items):
        if goes_on and item.kind == "USE":
            found.append(i)
        goes_on = item.kind == "ARROW" or (
            goes_on and (item.kind in ("COMMA", "USE", "TYPE", "brace") or _text(items, i) == "as")
        )
    return frozenset(found)


def _is_signature(items: Sequence[Item], i: int, group: Group, has_region: bool) -> bool:
    """Whether the list defines its names: every name is typed by itself, and a region or a symbol goes with it."""
    before = _kind(items, i - 1)
    if group.kind == "square":
        return _each_name_typed(group.items) and _region_follows(items, i + 1)
    if group.kind != "paren" or not _each_name_typed(group.items):
        return False
    if before == "SYMBOL":
        return _text(items, i - 2) != "::" and _declares(items)
    if before == "EQUAL":
        return has_region
    if _text(items, i - 1) in ("ins", "outs"):
        return False
    return has_region and _region_follows(items, i + 1)


def _declares(items: Sequence[Item]) -> bool:
    """Whether the symbol is a definition's: `@f(%a: T) -> U`, and not a call's `@f(%a) : (T) -> U`."""
    at = next((i for i in range(len(items)) if _kind(items, i) == "SYMBOL"), 0)
    return _kind(items, at + 2) != "COLON"


def _region_follows(items: Sequence[Item], i: int) -> bool:
    """Whether only result types, attributes and words stand between `i` and a region."""
    while i < len(items):
        item = items[i]
        if isinstance(item, Leaf) and item.kind == "REGION":
            return item.text == UNLABELLED
        if isinstance(item, Leaf) and item.kind in ("USE", "EQUAL"):
            return False
        i += 1
    return False


def _each_name_typed(items: Sequence[Item]) -> bool:
    names = [i for i, item in enumerate(items) if isinstance(item, Leaf) and item.kind == "USE"]
    return bool(names) and all(_kind(items, i + 1) == "COLON" for i in names)


def _is_binder(items: Sequence[Item], i: int) -> bool:
    return _kind(items, i + 1) == "EQUAL" or _text(items, i + 1) == "in"


def _bare_names(group: Group) -> bool:
    return bool(group.items) and all(isinstance(item, Leaf) and item.kind in ("USE", "COMMA") for item in group.items)


def _type_place(items: Sequence[Item], colon: int) -> tuple[int, int] | None:
    if _kind(items, colon) != "COLON" or colon + 1 >= len(items):
        return None
    item = items[colon + 1]
    return item.start, item.end


def _kind(items: Sequence[Item], i: int) -> str:
    return items[i].kind if 0 <= i < len(items) else ""


def _text(items: Sequence[Item], i: int) -> str:
    item = items[i] if 0 <= i < len(items) else None
    return item.text if isinstance(item, Leaf) else ""
