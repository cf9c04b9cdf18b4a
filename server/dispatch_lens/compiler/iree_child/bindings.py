# pyright: basic, reportAttributeAccessIssue=false
"""IREE's bindings, or else those of MLIR alone: texts to modules, and passes run on them."""

from __future__ import annotations

import contextlib
import sys

from . import places, walking

CONTEXT_REQUESTS = 64
WARM_UP = """
func.func @warm(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %y = linalg.matmul ins(%x, %x : tensor<4x4xf32>, tensor<4x4xf32>) outs(%x : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %y : tensor<4x4xf32>
}
"""


class Refused(Exception):
    """The compiler does not take this text or these options; the argument is the sentence to show."""


class Compiler:
    """The bindings, one context for many requests, and how this version names its passes."""

    def __init__(self):
        # The bindings would load numpy for builders of constants, which doubles the start.
        sys.modules["numpy"] = None  # pyright: ignore[reportArgumentType]
        self.ir, self.passmanager, self.knows_iree = load()
        self.renew()
        self.prefix = self.find_prefix()
        self.warm()

    def warm(self):
        """Group one small op, so that the first request does not pay for loading what grouping needs."""
        with self.context, contextlib.suppress(Refused):
            self.form(self.parse(WARM_UP), None)

    def renew(self):
        self.context = self.ir.Context()
        self.context.enable_multithreading(False)
        self.served = 0

    def after_request(self):
        self.served += 1
        if self.served >= CONTEXT_REQUESTS:
            self.renew()

    def find_prefix(self):
        with self.context:
            for prefix in ("iree-dispatch-creation-", "iree-flow-"):
                if self.knows(f"builtin.module(func.func({prefix}form-dispatch-regions))"):
                    return prefix
        return "iree-dispatch-creation-"

    def knows(self, pipeline):
        try:
            self.passmanager.PassManager.parse(pipeline)
        except ValueError:
            return False
        return True

    def parse(self, text):
        """A verified module, ops of dialects that this IREE does not have allowed in their generic form."""
        self.context.allow_unregistered_dialects = True
        errors, module = self.try_parse(text)
        if module is None:
            raise Refused(sentence(errors))
        return module

    def try_parse(self, text):
        try:
            return [], self.ir.Module.parse(text)
        except self.ir.MLIRError as error:
            return [places.read_diagnostic(item) for item in error.error_diagnostics], None

    def run(self, module, pipeline):
        try:
            manager = self.passmanager.PassManager.parse(pipeline)
        except ValueError as error:
            raise Refused(f"This IREE does not know the pipeline: {places.one_line(str(error))}") from None
        try:
            manager.run(module.operation)
        except self.ir.MLIRError as error:
            raise Refused(sentence([places.read_diagnostic(item) for item in error.error_diagnostics])) from None

    def form(self, module, options):
        step = f"{self.prefix}form-dispatch-regions{braces(options)}"
        self.run(module, f"builtin.module({','.join(f'{name}({step})' for name in walking.FUNCTIONS)})")

    def flow_pipeline(self, options):
        steps = ["iree-import-public", "iree-abi-transformation-pipeline"]
        steps.append("iree-global-optimization-transformation-pipeline" + braces(options.get("global_optimization")))
        creation = braces(options.get("creation"))
        if self.prefix == "iree-flow-" and creation:
            raise Refused("This IREE has no pipeline of its own for dispatch creation, so its options cannot be set.")
        if self.prefix != "iree-flow-":
            steps.append("iree-dispatch-creation-pipeline" + creation)
        return f"builtin.module({','.join([*steps, 'iree-flow-transformation-pipeline'])})"


def load():
    """The bindings' modules, and whether they know IREE's dialects."""
    try:
        from iree.compiler import ir, passmanager  # pyright: ignore[reportMissingImports]
    except ImportError:
        from mlir import ir, passmanager  # pyright: ignore[reportMissingImports]

        return ir, passmanager, False
    return ir, passmanager, True


def braces(options):
    return "{" + " ".join(f"{name}={value}" for name, value in options.items()) + "}" if options else ""


def sentence(errors):
    if not errors:
        return "The compiler refused without saying why."
    place = errors[0]["position"]
    where = f"Line {place[0]}, column {place[1]}: " if place else ""
    return where + places.one_line(errors[0]["message"])
