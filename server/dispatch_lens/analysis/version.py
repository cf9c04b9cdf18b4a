"""Which release of the compiler a text comes from, by the spellings and headers that only some releases print.

What it does not know: the very release. It gives bounds, each with the words in the text that set it; text without any
such word could be from any release.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dispatch_lens.flags import releases
from dispatch_lens.flags.version import Version, parse_version


@dataclass(frozen=True, slots=True)
class Spoken:
    """The releases that a text can be from; None where nothing bounds them. `evidence` is what the bounds come from."""

    first: Version | None = None
    last: Version | None = None
    evidence: tuple[str, ...] = ()

    @property
    def likely(self) -> Version:
        """The newest release that the text can be from."""
        return self.last or releases.NEWEST

    @property
    def family(self) -> str:
        """`2024` for the dated releases, `3.x` for the numbered ones, `unknown` where both are possible."""
        if self.last is not None and self.last < _FIRST_NUMBERED:
            return "2024"
        return "3.x" if self.first is not None and self.first >= _FIRST_NUMBERED else "unknown"


def spoken_version(text: str) -> Spoken:
    """The releases that `text` can be from. Where bounds contradict each other (two dumps) the newer holds."""
    marks = tuple(_marks_in(text))
    first = max((mark.first for mark in marks if mark.first is not None), default=None)
    later = (mark.last for mark in marks if mark.last is not None and (first is None or mark.last >= first))
    last = min(later, default=None)
    return Spoken(first, last, tuple(mark.words.strip() for mark in marks))


@dataclass(frozen=True, slots=True)
class _Mark:
    """Words, with the first and last release that prints them."""

    words: str
    first: Version | None = None
    last: Version | None = None


def _marks_in(text: str) -> Iterator[_Mark]:
    yield from (mark for mark in _MARKS if mark.words in text)
    if _HEADER not in text:
        yield from (mark for mark in _OF_PHASES if mark.words in text)
    else:
        yield from (mark for pattern, mark in _OF_HEADERS if pattern.search(text))
        yield from _of_formation(text)


def _of_formation(text: str) -> Iterator[_Mark]:
    """What the function looks like around the pass that forms dispatches, where the whole pipeline ran.

    Since 3.7 all convolutions are generics by then (GeneralizeLinalgNamedOps.cpp), and since 3.9 a barrier stands between
    the ops and what is not one (InsertTensorBarriers.cpp).
    """
    for header in _FORMATION.finditer(text):
        end = text.find(_HEADER, header.end())
        body = text[header.end() : end if end >= 0 else len(text)]
        if any(name in body for name in _CONVOLUTIONS):
            yield _Mark("a named convolution where dispatches form", last=parse_version("3.6"))
        if "hal.tensor.export" in body and "linalg." in body and "compute_barrier" not in body:
            yield _Mark("no compute_barrier where dispatches form", last=parse_version("3.8"))


def _op(name: str, first: str = "", last: str = "") -> tuple[_Mark, _Mark]:
    """The op in its own form and in the generic one."""
    bounds = parse_version(first), parse_version(last)
    return _Mark(f" {name} ", *bounds), _Mark(f'"{name}"', *bounds)


_HEADER = "// -----// IR Dump "
_FORMATION = re.compile(r"// -----// IR Dump (?:After|Before) FormDispatchRegions")
_CONVOLUTIONS = ("linalg.conv_", "linalg.depthwise_conv_", "linalg.pooling_")

# Held to what twenty releases print (tests/fixtures/releases). Some are renames of IREE's history: passes left Flow in August
# 2024 (#18290) as bindings lost their set and type (#18296); `pack` went to linalg in February 2025; the tensor types left Flow
# in April 2025 (#20564).
_MARKS = (
    *_op("linalg.init_tensor", last="2024-04"),
    _Mark("] output_shape [", first=parse_version("2024-06")),
    _Mark("static_output_shape = ", first=parse_version("2024-06")),
    _Mark("iree-flow-form-dispatch-regions", last=parse_version("2024-07")),
    _Mark("iree-dispatch-creation-", first=parse_version("2024-08")),
    _Mark("stream.affinity.default = ", first=parse_version("2024-08")),
    _Mark("hal.interface.binding.subspan set(", last=parse_version("2024-07")),
    _Mark("hal.interface.binding.subspan layout(", first=parse_version("2024-08")),
    *_op("tensor.pack", last="3.2"),
    *_op("tensor.unpack", last="3.2"),
    *_op("linalg.pack", first="3.3"),
    *_op("linalg.unpack", first="3.3"),
    _Mark("iree.encoding.resolver = ", first=parse_version("3.3")),
    _Mark("cpu_encoding_layout<", first=parse_version("3.3"), last=parse_version("3.5")),
    _Mark("vmvx_encoding_layout<", first=parse_version("3.3"), last=parse_version("3.5")),
    _Mark("cpu_encoding_resolver<", first=parse_version("3.6")),
    _Mark("vmvx_encoding_resolver<", first=parse_version("3.6")),
    _Mark("!flow.dispatch.tensor<", last=parse_version("3.4")),
    _Mark("iree_tensor_ext.dispatch.", first=parse_version("3.4")),
    _Mark("iree_tensor_ext.dispatch.workgroup_count_from_slice\n", last=parse_version("3.6")),
    _Mark("iree_tensor_ext.dispatch.workgroup_count_from_slice %", last=parse_version("3.6")),
    _Mark("iree_tensor_ext.dispatch.workgroup_count_from_slice(", first=parse_version("3.7")),
    _Mark("iree.gpu.target = #iree_gpu", last=parse_version("3.6")),
    _Mark("iree_codegen.target_info = ", first=parse_version("3.7")),
    _Mark("iree_tensor_ext.compute_barrier.", first=parse_version("3.9")),
)

_OF_PHASES = (_Mark("hal.device.targets = [", last=parse_version("2024-07")),)
"""Of what a phase makes: inside of one newer releases print these words too."""

_OF_HEADERS = tuple(
    (re.compile(r"// -----// IR Dump \w+ " + pattern), _Mark(words, parse_version(first), parse_version(last)))
    for pattern, words, first, last in (
        (r"\w+(?<!Pass) \(iree-(?!util-)", "a header without `Pass`", "", "2024-07"),
        (r"\w+(?<!Pass) \(iree-util-", "a header of a util pass without `Pass`", "", "3.0"),
        (r"\w+Pass \(iree-util-", "a header of a util pass", "3.1", ""),
        (r"mlir::iree_compiler::IREE::VM::", "a header with the namespace of VM", "", "3.4"),
        (r"CanonicalizerPass \(iree-flow-canonicalize\)", "CanonicalizerPass (iree-flow-canonicalize)", "", "3.4"),
        (r"CanonicalizePass\b", "CanonicalizePass", "3.5", ""),
        (r"mlir::iree_compiler::IREE::ABI::", "a header with the namespace of ABI", "", "3.7"),
        (r"(?:CSE|Canonicalizer|Inliner|SymbolDCE) \(", "an MLIR pass without `Pass`", "", "3.10"),
        (r"(?:CSE|Canonicalizer|Inliner|SymbolDCE)Pass(?: \([^f)]+\)|:)", "an MLIR pass with `Pass`", "3.11", ""),
        (r"[\w:<>]+ \([\w.+-]+\)", "a header with the pass's name in brackets", "", "3.11"),
        (r"[^(\n]*?[^:(\n]: ", "a header with the pass's options", "3.12", ""),
    )
)
_FIRST_NUMBERED = Version(1, (0, 0, 0))
