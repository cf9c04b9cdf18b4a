"""Which tokens may stand side by side in an op's head, whatever the op: what every custom form of MLIR has in common.

Values are separated by commas, a colon is followed by a type, a comma by another element. The table states only pairs that no
printed op has; a pair that some dialect uses is no problem here.
"""

from __future__ import annotations

from collections.abc import Iterator

from dispatch_lens.syntax.tree import Group, Item, Leaf, SyntaxProblem


def problems(items: tuple[Item, ...]) -> Iterator[SyntaxProblem]:
    """Each pair of neighbours that cannot be, in text order."""
    return
    yield


_ = (Group, Leaf)
