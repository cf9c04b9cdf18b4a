"""`linalg.generic` as a value that can be changed and printed again, in MLIR's own form.

Whatever has indexing maps and a known body can be read as one: a generic itself, or a named op by its general form. The
body of a generic is kept as text, with its comments. It does not know whether a change keeps the meaning.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dispatch_lens.ir import affine, linalg, types
from dispatch_lens.ir.affine_expr import Constant, Dim, substitute
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Operand
from dispatch_lens.rewrites import named_bodies, places, regions
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Refused
from dispatch_lens.syntax.tree import Group, Leaf

_INDEX = re.compile(r"(linalg\.index\s+)(\d+)")
_COMMENT = re.compile(r"//[^\n]*")
_KNOWN = ("indexing_maps", "iterator_types", "operandSegmentSizes", "strides", "dilations", "permutation", "dimensions", "cast")


@dataclass(frozen=True, slots=True)
class Argument:
    """An operand with its type and its indexing map."""

    name: str
    type: types.Type
    map: affine.AffineMap

    @property
    def tensor(self) -> types.TensorType | None:
        return self.type if isinstance(self.type, types.TensorType) else None


@dataclass(frozen=True, slots=True)
class Generic:
    """A `linalg.generic`. `results` is the text before `=`; `body` is the region with its braces; `attributes` are others'.

    `op` is what it was read of.
    """

    op: Op
    results: str
    ins: tuple[Argument, ...]
    outs: tuple[Argument, ...]
    iterator_types: tuple[str, ...]
    body: str
    attributes: str = ""
    comments: tuple[str, ...] = ()

    @property
    def arguments(self) -> tuple[Argument, ...]:
        return self.ins + self.outs

    @property
    def num_loops(self) -> int:
        return len(self.iterator_types)

    def with_in(self, index: int, argument: Argument) -> Generic:
        return replace(self, ins=(*self.ins[:index], argument, *self.ins[index + 1 :]))

    def with_out(self, argument: Argument) -> Generic:
        """With another init, and its type for the only result."""
        return replace(self, outs=(argument,))


def read(op: linalg.StructuredOp, draft: Draft) -> Generic | Refused:
    """The op as a generic: what it is, or its general form where it is a named op."""
    if op.op.name_range.end - op.op.name_range.start != len(op.op.name):
        return Refused(f"`{op.op.name}` is written in the generic form")
    if not op.is_generic and (problem := _problem_of_unit_loops(op)) is not None:
        return problem
    body = _body(op, draft)
    if isinstance(body, Refused):
        return body
    ins, outs = _arguments(op.ins, op.in_maps), _arguments(op.inits, op.init_maps)
    if ins is None or outs is None or len(op.op.results) != len(outs):
        return Refused(f"`{op.op.name}` does not work on tensors")
    attributes = _other_attributes(op.op) if op.is_generic else ""
    head = op.op.module.text[op.op.range.start : _head_end(op.op)]
    results = op.op.module.text[op.op.range.start : op.op.name_range.start].rstrip().removesuffix("=").rstrip()
    return Generic(op.op, results, ins, outs, op.iterator_types, body, attributes, tuple(_COMMENT.findall(head)))


def text(of: Generic, draft: Draft) -> str:
    """The op as MLIR prints it, maps by their aliases; without the indentation of its first line."""
    maps = ", ".join(draft.map_text(argument.map) for argument in of.arguments)
    kinds = ", ".join(f'"{kind}"' for kind in of.iterator_types)
    results = [str(argument.type) for argument in of.outs]
    given = f" -> {results[0]}" if len(results) == 1 else f" -> ({', '.join(results)})"
    attributes = f" attrs = {of.attributes}" if of.attributes else ""
    ins = f" ins({operands(of.ins)})" if of.ins else ""
    head = f"{of.results} = linalg.generic {{indexing_maps = [{maps}], iterator_types = [{kinds}]}}"
    return f"{head}{ins} outs({operands(of.outs)}){attributes} {of.body}{given}"


def write(draft: Draft, op: Op, of: Generic, after: Sequence[str] = ()) -> None:
    """Puts the generic in the op's place, the lines `after` behind it, comments of the old head in front of it."""
    if of.comments:
        draft.insert_before(op, of.comments)
    draft.replace(op, "\n".join([text(moved(draft, of, op), draft), *(draft.indent(op) + line for line in after)]))


def moved(draft: Draft, of: Generic, at: Op) -> Generic:
    """The generic as it may stand at a later op: what its body calls by names that mean something else there has new ones."""
    return replace(of, body=regions.renamed(draft, of.body, of.op, at))


def operands(arguments: Sequence[Argument]) -> str:
    """`%a, %b : T, U`."""
    names, kinds = ", ".join(a.name for a in arguments), ", ".join(str(a.type) for a in arguments)
    return f"{names} : {kinds}"


def interchanged(of: Generic, vector: Sequence[int]) -> Generic:
    """The generic with new loop i the old loop `vector[i]`; indices that its body reads follow."""
    position = {old: new for new, old in enumerate(vector)}
    return replace(
        of,
        ins=tuple(replace(a, map=affine.interchange(a.map, vector)) for a in of.ins),
        outs=tuple(replace(a, map=affine.interchange(a.map, vector)) for a in of.outs),
        iterator_types=tuple(of.iterator_types[old] for old in vector),
        body=_INDEX.sub(lambda found: f"{found[1]}{position[int(found[2])]}", of.body),
    )


def reads_place(op: Op) -> bool:
    """Whether the op's body computes with the place of an element, by `linalg.index`."""
    return "linalg.index" in op.text


def is_elementwise(op: linalg.StructuredOp) -> bool:
    """As `StructuredOp.is_elementwise`, where a dim of size 1 may also be read at 0."""
    return op.is_all_parallel and all(of.is_permutation for of in op.init_maps) and all(map(_is_plain, op.in_maps))


def _is_plain(of: affine.AffineMap) -> bool:
    dims = [dim for dim in of.result_dims if dim is not None]
    others = [expr for expr, dim in zip(of.results, of.result_dims) if dim is None]
    return of.num_symbols == 0 and len(set(dims)) == len(dims) and all(expr == Constant(0) for expr in others)


def uses_init(op: linalg.StructuredOp) -> bool:
    """Whether the op's result depends on what its inits hold: it reads that, or leaves some of it as it is."""
    if not all(of.is_projected_permutation for of in op.init_maps):
        return True
    if op.payload is None:
        return not op.only_yields_input and op.category != "elementwise"
    return any(argument.uses for argument in op.payload.arguments[len(op.ins) :])


def _body(op: linalg.StructuredOp, draft: Draft) -> str | Refused:
    if op.is_generic:
        found = op.op.regions[0].range if op.op.regions else None
        return op.op.module.text[found.start : found.end] if found is not None else Refused("the body is not in the text")
    return named_bodies.body(op, draft, draft.indent(op.op))


def _problem_of_unit_loops(op: linalg.StructuredOp) -> Refused | None:
    """What the compiler does with a generic whose image is larger than its one window: it rejects what it makes of it.

    LinalgFoldUnitExtentDims (mlir/lib/Dialect/Linalg/Transforms/DropUnitDims.cpp) writes a loop of size 1 as 0 in the maps:
    what is left of the dim is the window's loop, whose size must be the image's then. A named op has no maps to change.
    """
    ranges = op.static_loop_ranges
    left = [Constant(0) if size == 1 else Dim(loop) for loop, size in enumerate(ranges)]
    for operand, of in zip(op.operands, op.indexing_maps):
        type_ = linalg.type_of(operand)
        shape = type_.shape if isinstance(type_, types.TensorType) else None
        for size, expr in zip(shape or (), of.results):
            loop = substitute(expr, left, ())
            if isinstance(loop, Dim) and None not in (size, ranges[loop.position]) and size != ranges[loop.position]:
                return Refused(f"the compiler drops a generic's loops of size 1, and takes the {size} of an image for its window")
    return None


def _arguments(found: Sequence[Operand], maps: Sequence[affine.AffineMap]) -> tuple[Argument, ...] | None:
    arguments: list[Argument] = []
    for operand, of in zip(found, maps):
        type_ = linalg.type_of(operand)
        if type_ is None or isinstance(type_, (types.MemRefType, types.OpaqueType)) or not _fits(of, type_):
            return None
        arguments.append(Argument(places.spelled(operand.value), type_, of))
    return tuple(arguments)


def _fits(of: affine.AffineMap, type_: types.Type) -> bool:
    return not isinstance(type_, types.TensorType) or (type_.shape is not None and len(type_.shape) == len(of.results))


def _head_end(op: Op) -> int:
    return op.regions[0].range.start if op.regions else op.range.end


def _other_attributes(op: Op) -> str:
    """The attributes that the op carries besides those of every generic, as a dictionary; empty for none."""
    found: list[str] = []
    for item in op.shape.items:
        if isinstance(item, Group) and item.kind == "brace":
            found += _entries(op, item)
    return f"{{{', '.join(found)}}}" if found else ""


def _entries(op: Op, group: Group) -> list[str]:
    """The texts of a dictionary's entries, the known ones left out."""
    runs: list[list[Leaf | Group]] = [[]]
    for item in group.items:
        if item.kind == "COMMA":
            runs.append([])
        else:
            runs[-1].append(item)
    kept = [run for run in runs if run and op.head.text(run[0]).strip('"') not in _KNOWN]
    return [op.module.text[op.head.offset(run[0].start) : op.head.offset(run[-1].end)] for run in kept]
