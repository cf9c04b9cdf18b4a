"""What may be asked of a compiler, and what it answers.

`Compiler` is the only door through which features reach IREE; the values are plain and frozen. Lines and columns are
1-based, columns count UTF-8 bytes, as MLIR counts them; nothing here knows of documents, editors or processes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

FailureKind = Literal["crash", "timeout", "memory", "refused", "absent", "disk"]
Severity = Literal["error", "warning", "note", "remark"]
Backend = Literal["llvm-cpu", "vmvx"]

ROUNDING = 1e-5
"""The relative difference that another order of sums in f32 may make."""


class Compiler(Protocol):
    """The questions. Every method answers with a value or with a `CompilerFailure`; none raises."""

    def installs(self) -> tuple[Install, ...]: ...

    def verify(self, text: str) -> tuple[Diagnostic, ...] | CompilerFailure:
        """What the parser and the verifier say; an empty tuple is a valid text."""
        ...

    def ops(self, text: str) -> tuple[ParsedOp, ...] | CompilerFailure:
        """Every op the parser sees, in text order, outermost first."""
        ...

    def partition(self, text: str, options: Mapping[str, str]) -> Partition | CompilerFailure:
        """The groups that form-dispatch-regions makes of the text, with the options of that pass."""
        ...

    def count(self, text: str, options: PipelineOptions) -> Count | CompilerFailure:
        """How many regions, dispatch sites and executables the text becomes."""
        ...

    def inline_count(
        self, text: str, regions: Sequence[Position] | None, options: PipelineOptions
    ) -> Regrouping | CompilerFailure:
        """Dissolve the `flow.dispatch.region` ops at these positions (all of them for None) and group anew."""
        ...

    def run_pipeline(self, text: str, pipeline: str) -> str | CompilerFailure:
        """The text after a pass pipeline, spelled with today's pass names."""
        ...

    def compile_to_flow(self, text: str, flags: Sequence[str], target: Backend) -> FlowResult | CompilerFailure:
        """The flow phase of iree-compile, with flags of iree-compile."""
        ...

    def compile_fully(self, text: str, flags: Sequence[str], target: Backend) -> float | CompilerFailure:
        """Seconds that a compile to the end takes for the target."""
        ...

    def compare(self, before: Program, after: Program, inputs: Inputs, backend: Backend) -> Comparison | CompilerFailure:
        """Run both on the same random inputs."""
        ...


@dataclass(frozen=True, slots=True)
class CompilerFailure:
    """No answer: `message` is one sentence for people."""

    kind: FailureKind
    message: str


@dataclass(frozen=True, slots=True)
class Install:
    """One IREE on this machine. `kind` says how it was found; a program it lacks is None."""

    kind: Literal["configured-python", "configured-iree-opt", "environment", "path"]
    version: str
    python: str | None
    iree_opt: str | None
    iree_compile: str | None
    iree_run_module: str | None


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """1-based line and 1-based UTF-8 byte column. An op's position is that of its name, after any `%x = `."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Note:
    position: Position | None
    message: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """`artefact_of_scope`: said only because the function was printed without its module."""

    position: Position | None
    severity: Severity
    message: str
    notes: tuple[Note, ...]
    artefact_of_scope: bool


@dataclass(frozen=True, slots=True)
class ParsedOp:
    """`definers`: for each operand the line of the op that defines it, None for a block argument.

    `depth` is 0 for the module. The implicit module has no position, nor have ops that the parser makes up, such as
    the body of a named linalg op.
    """

    name: str
    position: Position | None
    depth: int
    results: int
    operands: int
    regions: int
    definers: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class RegionOp:
    name: str
    position: Position | None


@dataclass(frozen=True, slots=True)
class FormedRegion:
    """One `flow.dispatch.region` after the pass.

    `ops` are those directly inside, without the terminator, at their positions in the text that was given.
    `root` is the op whose location the compiler gave the region: the first root from 3.x on, the last consumer that
    took the role over in 2024. `preformed` regions were in the text already; their `root` is the region op itself.
    """

    function: str
    root: Position | None
    preformed: bool
    ops: tuple[RegionOp, ...]


@dataclass(frozen=True, slots=True)
class Partition:
    """`before`: regions the text already had."""

    before: int
    regions: tuple[FormedRegion, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """`regions`: after form-dispatch-regions alone. The others: after the whole pipeline, without constant evaluation.

    `sites` are `flow.dispatch` ops in functions, `initializer_sites` those in initializers, `executables` what is
    left after equal ones were merged.
    """

    regions: int
    sites: int
    initializer_sites: int
    executables: int


@dataclass(frozen=True, slots=True)
class Regrouping:
    """After `inlined` regions were dissolved: the new groups, and the counts of the whole pipeline."""

    inlined: int
    partition: Partition
    count: Count


@dataclass(frozen=True, slots=True)
class PipelineOptions:
    """Options by pass or pipeline, spelled as IREE spells them inside `{}`.

    `form` for form-dispatch-regions, `creation` for iree-dispatch-creation-pipeline (2024 has none),
    `global_optimization` for iree-global-optimization-transformation-pipeline.
    """

    form: Mapping[str, str] = field(default_factory=dict[str, str])
    creation: Mapping[str, str] = field(default_factory=dict[str, str])
    global_optimization: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class FlowResult:
    """Counts of the flow phase of iree-compile, functions of constant evaluation left out; `seconds` of wall clock.

    `sites` are dispatches of the program's functions, `executables` what they call, `initializer_sites` those of initializers.
    """

    sites: int
    executables: int
    initializer_sites: int
    seconds: float
    flow_text: str


@dataclass(frozen=True, slots=True)
class Program:
    """A text with the flags of iree-compile that it is compiled with."""

    text: str
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inputs:
    """Random inputs: floats in [-2, 2), i1 both values, i8 the whole range, wider integers in [low, high).

    `function` None is the first public one. `arguments` are by function the types of the arguments with numbers for each `?`,
    and `index=6` for a number that is a size; without them `dynamic_size` is given to each `?`. With `timed_runs`, both
    programs run that often more, in turns, for the median of their times.
    """

    function: str | None = None
    arguments: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    seed: int = 0
    dynamic_size: int = 4
    low: int = -8
    high: int = 8
    timed_runs: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """`equal_bits`: shapes, types and every byte agree. `max_abs` and `max_rel` are inf where they cannot be taken.

    The seconds are medians of wall clock, None where no time was asked for. Without `has_numbers` no output holds a finite
    number, and that they are equal shows little.
    """

    equal_bits: bool
    max_abs: float
    max_rel: float
    backend: Backend
    before_seconds: float | None = None
    after_seconds: float | None = None
    has_numbers: bool = True

    @property
    def is_same(self) -> bool:
        """Whether both computed the same, but for the rounding of sums in another order."""
        return self.equal_bits or self.max_rel <= ROUNDING


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use: seconds to start, seconds for one request, bytes of address space."""

    start_seconds: float = 60.0
    request_seconds: float = 30.0
    memory_bytes: int = 8 << 30
