"""What a compiler says of texts that rewrites made: how many dispatches run, and whether two texts compute the same.

A text whose constants the printer left out is filled in for it. Each text is counted once. Where results differ, the compiler
may be wrong about the named ops of the text before: those of 2024 lose the bias of a depthwise convolution. So that text is also
run in the general form that the compiler itself gives to named ops, and what computes the same as that is right.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dispatch_lens.analysis import dynamic_sizes
from dispatch_lens.compiler import protocol
from dispatch_lens.features.document import Document
from dispatch_lens.features.filled import filled
from dispatch_lens.features.trial import resume
from dispatch_lens.ir.lower import lower

TARGET: protocol.Backend = "llvm-cpu"
_BACKENDS: tuple[protocol.Backend, ...] = (TARGET, "vmvx")
_GENERALISE = "builtin.module(linalg-generalize-named-ops)"
_NO_DATA_TILING = "--iree-opt-data-tiling=false"
"""Compilers of 2024 crash when they tile the data of some generics."""


def start_flags(uri: str, text: str) -> tuple[str, ...]:
    """Where the compile begins, for a text out of the middle of the compiler."""
    found = resume.resumable(Document(uri, 0, filled(text)), None)
    return found.flags if isinstance(found, resume.Resumable) else ()


@dataclass
class Prover:
    """The compiler, asked with the flags that a text and those made of it need."""

    compiler: protocol.Compiler
    flags: tuple[str, ...]
    counted: dict[str, int | protocol.CompilerFailure] = field(default_factory=dict[str, "int | protocol.CompilerFailure"])

    def count(self, text: str) -> int | protocol.CompilerFailure:
        """The dispatches that run, by a compile of the flow phase."""
        if text not in self.counted:
            answer = self.compiler.compile_to_flow(filled(text), self.flags, TARGET)
            self.counted[text] = answer if isinstance(answer, protocol.CompilerFailure) else answer.sites
        return self.counted[text]

    def equal(self, before: str, after: str) -> bool | None:
        """Whether both compute the same; None where the text before cannot be run, so that there is nothing to compare.

        False where the text before compiles to the end, and the one after does not.
        """
        for backend in _BACKENDS:
            answer = self._same(self.program(before), self.program(after), backend)
            if answer is not None:
                return answer or self._equals_general_form(before, after, backend) is True
            if self._compiles(before, backend):
                return self._fails_alike(before, after, backend)
        return self._equals_general_form(before, after, TARGET)

    def _fails_alike(self, before: str, after: str, backend: protocol.Backend) -> bool | None:
        """None where both compile, and already the one before cannot be run."""
        alone = self.program(before)
        runs = self._same(alone, alone, backend) is not None
        return None if not runs and self._compiles(after, backend) else False

    def _compiles(self, text: str, backend: protocol.Backend) -> bool:
        program = self.program(text)
        answer = self.compiler.compile_fully(program.text, program.flags, backend)
        return not isinstance(answer, protocol.CompilerFailure)

    def program(self, text: str) -> protocol.Program:
        return protocol.Program(filled(text), self.flags)

    def general_form(self, text: str) -> protocol.Program | protocol.CompilerFailure:
        """The program with its named ops as the generics that they stand for."""
        general = self.compiler.run_pipeline(filled(text), _GENERALISE)
        failed = isinstance(general, protocol.CompilerFailure)
        return general if failed else protocol.Program(general, (*self.flags, _NO_DATA_TILING))

    def _equals_general_form(self, before: str, after: str, backend: protocol.Backend) -> bool | None:
        general = self.general_form(before)
        failed = isinstance(general, protocol.CompilerFailure)
        return None if failed else self._same(general, self.program(after), backend)

    def _same(self, before: protocol.Program, after: protocol.Program, backend: protocol.Backend) -> bool | None:
        inputs = protocol.Inputs(arguments=dynamic_sizes.arguments(lower(before.text)) if "?" in before.text else {})
        answer = self.compiler.compare(before, after, inputs, backend)
        return None if isinstance(answer, protocol.CompilerFailure) else answer.is_same
