"""Which tokens may stand side by side in an op's head, whatever the op: what every custom form of MLIR has in common.

Values are separated by commas, a colon or an arrow is followed by a type, a comma by another element. The table states only
pairs that no printed op has; a pair that some dialect uses is no problem here.
"""

from __future__ import annotations

from collections.abc import Iterator

from dispatch_lens.syntax.tree import Group, Item, Leaf, SyntaxProblem

_START, _END = "START", "END"
_VALUES = frozenset(["USE", "TYPE", "NUMBER", "STRING", "SYMBOL", "ATTRIBUTE"])
_SEPARATORS = frozenset(["COMMA", "COLON", "EQUAL", "ARROW", _END])

_NEVER_AFTER: dict[str, frozenset[str]] = {
    "COMMA": _SEPARATORS | {"REGION"},
    "COLON": _SEPARATORS | {"REGION", "STRING", "USE", "angle"},
    "EQUAL": _SEPARATORS,
    "ARROW": _SEPARATORS | {"REGION", "NUMBER", "STRING", "WORD"},
    "USE": _VALUES - {"STRING", "SYMBOL"},
    "TYPE": _VALUES | {"square", "angle", "paren"},
    "NUMBER": _VALUES | {"paren", "square"},
    "STRING": _VALUES,
    "SYMBOL": _VALUES - {"ATTRIBUTE"},
    "ATTRIBUTE": _VALUES,
    "REGION": _VALUES,
    "paren": _VALUES - {"USE", "ATTRIBUTE"},
    "square": _VALUES,
    "angle": _VALUES,
}
_WANTED = {
    "COMMA": "another element after ','",
    "COLON": "a type after ':'",
    "EQUAL": "a value after '='",
    "ARROW": "a type after '->'",
}
_NEVER_FIRST = frozenset(["COMMA", "EQUAL", "ARROW", "COLON"])
_BARE = frozenset(["util.optimization_barrier", "iree_codegen.null_pointer"])
"""Ops whose name alone is an op, so that the same may follow on the line."""

_PLACES = frozenset(["on", "from", "to", "await"])
"""Words whose `(…)` may stand in front of a type or a callee: `sizeof on(#device) tensor<4xf32>`, `-> to(#device) !hal.file`."""

_WORDS_THAT_REPEAT = frozenset(["loc", "at"])


_AFTER_IN_LIST = frozenset(["COMMA", "COLON", "ARROW", "PUNCTUATION", "square", _END])
_NEEDS_ANGLES = frozenset(["tensor", "memref", "vector", "dense", "affine_map", "affine_set", "dense_resource"])
_TYPED = frozenset(["USE", "TYPE", "ATTRIBUTE", "paren", "square", "NUMBER", "STRING"])


def problems(items: tuple[Item, ...], kind: str = "op") -> Iterator[SyntaxProblem]:
    """The pairs of neighbours that cannot be, in text order; `kind` is the bracket around the items, `op` for none."""
    typed = False
    if kind == "op" and items and items[0].kind == "COMMA":
        yield SyntaxProblem(items[0].start, "expected an operand before ','")
        return
    for i, item in enumerate(items):
        before = items[i - 1] if i else None
        after = items[i + 1] if i + 1 < len(items) else None
        typed = kind != "brace" and (
            (item.kind == "COLON" and before is not None and before.kind in _TYPED) or (typed and item.kind != "ARROW")
        )
        message = (
            _pair_message(before, item, after, kind)
            or _word_message(before, item, after, typed)
            or (
                f"an op `{_text(item)}` inside an op"
                if kind == "op" and before is None and item.kind == "WORD" and "." in _text(item) and _text(item) not in _BARE
                else None
            )
        )
        if message:
            yield SyntaxProblem(max(item.end - 1, 0), message)
            return
    for item in items:
        if isinstance(item, Group):
            yield from _group_problems(item)


def _group_problems(group: Group) -> Iterator[SyntaxProblem]:
    first = group.items[0] if group.items else None
    if isinstance(first, Leaf) and first.kind in _NEVER_FIRST:
        yield SyntaxProblem(first.start, f"expected an element before '{first.text}'")
        return
    if group.kind == "brace" and _is_dictionary(group.items):
        yield from _dictionary_problems(group.items)
    yield from problems(group.items, group.kind)


def _pair_message(before: Item | None, item: Item, after: Item | None, kind: str) -> str | None:
    following = after.kind if after else _END
    ends_list = kind == "brace" and after is None and item.kind == "COMMA" and before is not None and before.kind == "USE"
    if following in _NEVER_AFTER.get(item.kind, ()) and not ends_list and not _is_clause(before, item, after):
        if item.kind in _WANTED:
            return f"expected {_WANTED[item.kind]}" + (f", found {_shown(after)}" if after else "")
        return f"expected ',' or another separator before {_shown(after)}"
    listed = kind == "square" and isinstance(item, Group) and item.kind != "brace"
    if listed and following not in _AFTER_IN_LIST and not _is_clause(before, item, after):
        return f"expected ',' or ']' before {_shown(after)}"
    if isinstance(item, Group) and isinstance(after, Group) and _only(item, "USE") and _only(after, "TYPE"):
        return "expected ':' before the operand types"
    glued = after is not None and item.end == after.start
    if glued and following == "WORD" and item.kind in ("USE", "NUMBER", "SYMBOL"):
        return f"'{_text(after)}' cannot follow without a space"
    if item.kind == "WORD" and following == "WORD" and _text(item) == _text(after) not in _WORDS_THAT_REPEAT:
        return f"'{_text(item)}' stands twice"
    return None


def _is_clause(before: Item | None, item: Item, after: Item | None) -> bool:
    """Whether the pair is right all the same.

    `on(…) tensor<4xf32>`, `@x <…> "bytes"`, `llvm.icmp "eq" %a`, `({}, {})`, `async [%t] %a`, `@a(%v : T) @b(%v : T)`,
    `tensor<4xf32> [index]`.
    """
    if item.kind == "COMMA":
        return before is not None and after is not None and before.kind == after.kind == "REGION"
    if item.kind == "ARROW":
        return _text(after) in _PLACES
    if item.kind == "paren":
        is_entry = before is not None and before.kind == "SYMBOL" and after is not None and after.kind == "SYMBOL"
        return is_entry or (after is not None and after.kind in ("TYPE", "SYMBOL") and _text(before) in _PLACES)
    if item.kind == "angle":
        return before is not None and before.kind == "SYMBOL"
    if item.kind == "COLON":
        return (before is None or before.kind == "WORD") and after is not None and after.kind == "USE"
    if item.kind == "square":
        return _text(before) == "async" and after is not None and after.kind == "USE"
    if item.kind == "TYPE":
        return isinstance(after, Group) and after.kind == "square" and _only(after, "TYPE")
    return item.kind in ("STRING", "ATTRIBUTE") and before is None and after is not None and after.kind in ("USE", "SYMBOL")


def _word_message(before: Item | None, item: Item, after: Item | None, typed: bool) -> str | None:
    """Why this word cannot stand here: a type's name without its `<`, a word where a type is wanted, an op inside an op."""
    if not isinstance(item, Leaf):
        wanted = ("COLON", "ARROW", "COMMA") if typed else ("COLON", "ARROW")
        misplaced = item.kind == "angle" and before is not None and before.kind in wanted
        return "expected a type before '<'" if misplaced else None
    if item.kind != "WORD":
        return None
    if item.text in _NEEDS_ANGLES and (after is None or after.kind != "EQUAL"):
        return f"expected '<' and '>' that fit after '{item.text}'"
    follows = before.kind if before else ""
    if after is not None and after.kind == "angle" and follows in ("COLON", "ARROW", "COMMA", "EQUAL"):
        return f"'{item.text}<' is no type or attribute"
    if typed and follows == "COMMA" and (after is None or after.kind in ("COMMA", "ARROW")):
        return f"expected a type, found '{item.text}'"
    if typed and follows == "COLON" and (after is None or after.kind in ("COMMA", "ARROW", "REGION")):
        return f"expected a type, found '{item.text}'"
    return None


def _only(group: Group, kind: str) -> bool:
    return bool(group.items) and all(item.kind in (kind, "COMMA") for item in group.items)


def _is_dictionary(items: tuple[Item, ...]) -> bool:
    first = items[0] if items else None
    second = items[1] if len(items) > 1 else None
    if not isinstance(first, Leaf) or first.kind not in ("WORD", "STRING", "TYPE"):
        return False
    return second is None or second.kind in ("EQUAL", "COMMA") or _has_entry(items)


def _has_entry(items: tuple[Item, ...]) -> bool:
    """Whether an entry `, name =` stands behind the first."""
    return any(
        one.kind == "COMMA" and other.kind == "WORD" and third.kind == "EQUAL"
        for one, other, third in zip(items, items[1:], items[2:])
    )


def _dictionary_problems(items: tuple[Item, ...]) -> Iterator[SyntaxProblem]:
    """An entry of a dictionary is a name, or a name, `=` and one value with its type."""
    entry: list[Item] = []
    for item in (*items, None):
        if item is not None and item.kind != "COMMA":
            entry.append(item)
            continue
        problem = _entry_problem(entry)
        if problem:
            yield problem
            return
        entry = []


def _entry_problem(entry: list[Item]) -> SyntaxProblem | None:
    if not entry:
        return None
    if entry[0].kind not in ("WORD", "STRING", "TYPE"):
        return SyntaxProblem(entry[0].start, f"expected an attribute's name, found {_shown(entry[0])}")
    if len(entry) > 1 and entry[1].kind != "EQUAL":
        return SyntaxProblem(entry[1].start, f"expected '=' or ',' in a dictionary, found {_shown(entry[1])}")
    if len(entry) > 2 and entry[2].kind == "angle":
        return SyntaxProblem(entry[2].start, f"expected an attribute after '=', found {_shown(entry[2])}")
    if len(entry) > 5 and entry[3].kind == "COLON" and entry[5].kind in ("WORD", "STRING"):
        return SyntaxProblem(entry[5].start, f"expected ',' or '}}' in a dictionary, found {_shown(entry[5])}")
    if len(entry) > 3 and entry[3].kind not in ("COLON", "ARROW", "PUNCTUATION", "angle", "brace", "square", "paren"):
        return SyntaxProblem(entry[3].start, f"expected ',' or '}}' in a dictionary, found {_shown(entry[3])}")
    return None


def _text(item: Item | None) -> str:
    return item.text if isinstance(item, Leaf) else ""


def _shown(item: Item | None) -> str:
    if item is None:
        return "the end"
    if isinstance(item, Group):
        return {"paren": "'('", "square": "'['", "brace": "'{'", "angle": "'<'"}[item.kind]
    words = {"REGION": "a region", "USE": "a value", "SYMBOL": "a symbol"}
    return words.get(item.kind, f"'{item.text}'" if len(item.text) < 40 else "this")
