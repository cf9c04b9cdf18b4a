"""Make one reshape of two in a row, and two of one that does two things: the groups of dims composed and split."""

from __future__ import annotations

from collections.abc import Sequence

from dispatch_lens.analysis import reshapes as facts
from dispatch_lens.ir import tensor, types
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.tensor import Reassociation, Reshape
from dispatch_lens.rewrites import places, reshapes, sizes
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite


def compose(op: Op) -> Outcome:
    """One reshape of this one and the one that it reads, where one does it."""
    second = tensor.reshape(op)
    pair = facts.pair_after(second) if second is not None else None
    if second is None or pair is None or pair.effect == "identity":
        return None
    first = pair.first
    groups = _composed(first, second) if first.kind == second.kind else _of_atoms(pair)
    if groups is None:
        return Refused("the two regroup elements, which no one reshape does")
    before, after = first.source_type, second.result_type
    if before is None or after is None:
        return None
    draft = Draft(op.module)
    line = _line(op, places.spelled(first.source.value), before, after, groups)
    if line is None:
        return Refused("the new expand would need the sizes of dynamic dims, which the second reshape does not state")
    draft.replace(op, line)
    return Applied("make one reshape of the two", draft.edits())


def split(op: Op) -> Outcome:
    """Two reshapes of one that joins or splits several dims: the first of them, then the others."""
    found = tensor.reshape(op)
    wide = [i for i, group in enumerate(found.reassociation) if len(group) > 1] if found is not None else []
    if found is None or len(wide) < 2:
        return None
    before, after = found.source_type, found.result_type
    if before is None or after is None:
        return None
    stated = sizes.stated(op)
    expanded, collapsed = (after, before) if found.kind == "expand" else (before, after)
    middle = _middle(expanded, collapsed, found.reassociation, wide[0])
    draft = Draft(op.module)
    name = draft.fresh("expanded" if found.kind == "expand" else "collapsed")
    near, far = _two_groups(found.reassociation, wide[0])
    source, result = places.spelled(found.source.value), op.results[0].name
    if found.kind == "expand":
        lines = [
            reshapes.expand(op.module, source, before, middle, near, name, _middle_sizes(draft, found, stated, wide[0])),
            reshapes.expand(op.module, name, middle, after, far, result, stated),
        ]
    else:
        lines = [
            reshapes.collapse(source, before, middle, far, name),
            reshapes.collapse(name, middle, after, near, result),
        ]
    draft.replace(op, f"\n{draft.indent(op)}".join(lines))
    return Applied("make two reshapes of the one", draft.edits())


def _composed(first: Reshape, second: Reshape) -> Reassociation:
    """The groups of two collapses, or of two expands."""
    inner, outer = (first, second) if first.kind == "collapse" else (second, first)
    return tuple(tuple(dim for i in group for dim in inner.reassociation[i]) for group in outer.reassociation)


def _of_atoms(pair: facts.Pair) -> Reassociation | None:
    """The groups of the one collapse or expand that the pair is."""
    if pair.effect != "single":
        return None
    if all(len(given) == 1 for _, given in pair.atoms):
        return tuple(taken for taken, _ in pair.atoms)
    return tuple(given for _, given in pair.atoms)


def _line(op: Op, source: str, before: types.TensorType, after: types.TensorType, groups: Reassociation) -> str | None:
    """The reshape; None where an expand has dynamic sizes that the op's own text does not tell."""
    name = op.results[0].name
    if len(after.shape or ()) < len(before.shape or ()):
        return reshapes.collapse(source, before, after, groups, name)
    stated = sizes.stated(op)
    if stated is None and None in (after.shape or ()) and reshapes.states_output_shape(op.module):
        return None
    return reshapes.expand(op.module, source, before, after, groups, name, stated)


def _middle(expanded: types.TensorType, collapsed: types.TensorType, groups: Reassociation, first: int) -> types.TensorType:
    """The type that is expanded in its group `first` alone."""
    wide, narrow = expanded.shape or (), collapsed.shape or ()
    shape = [tuple(wide[dim] for dim in group) if i == first else (narrow[i],) for i, group in enumerate(groups)]
    return types.TensorType(tuple(size for sizes in shape for size in sizes), expanded.element)


def _middle_sizes(draft: Draft, of: Reshape, stated: Sequence[str] | None, first: int) -> list[str] | None:
    """The sizes of the middle tensor, of an expand that states those of its result."""
    if stated is None:
        return None
    narrow = sizes.of_value(draft, of.op, of.source.value)
    groups = enumerate(of.reassociation)
    return [size for i, group in groups for size in ([stated[dim] for dim in group] if i == first else [narrow[i]])]


def _two_groups(groups: Reassociation, first: int) -> tuple[Reassociation, Reassociation]:
    """The groups between the collapsed type and the middle one, and between that and the expanded one."""
    near = _counted([len(group) if i == first else 1 for i, group in enumerate(groups)])
    sizes = [[1] * len(group) if i == first else [len(group)] for i, group in enumerate(groups)]
    return near, _counted([size for each in sizes for size in each])


def _counted(sizes: Sequence[int]) -> Reassociation:
    found: list[tuple[int, ...]] = []
    for size in sizes:
        start = sum(map(len, found))
        found.append(tuple(range(start, start + size)))
    return tuple(found)


COMPOSE = Rewrite("compose-reshapes", "Make one reshape of the two", Aim.OTHER_FORM, compose)
SPLIT = Rewrite("split-reshape", "Make two reshapes of the one", Aim.OTHER_FORM, split)
