"""What the installed bindings say about ops."""

from __future__ import annotations

import importlib

import pytest

from dispatch_lens.compiler import op_docs

CLASSES = {
    "tensor.expand_shape": ("tensor", "ExpandShapeOp"),
    "flow.dispatch.region": ("flow", "DispatchRegionOp"),
    "linalg.generic": ("linalg", "GenericOp"),
}


@pytest.mark.parametrize("op", CLASSES)
def test_the_introduction_is_the_bindings_own(op: str) -> None:
    dialect, name = CLASSES[op]
    module = importlib.import_module(f"iree.compiler.dialects._{dialect}_ops_gen")
    stated = " ".join(getattr(module, name).__doc__.split())
    told = op_docs.introduction(op)
    assert len(told) > 20
    assert stated.startswith(told)


def test_an_introduction_does_not_lead_to_an_example_that_is_not_there() -> None:
    assert not op_docs.introduction("linalg.generic").endswith(":")


@pytest.mark.parametrize("op", ["flow.no_such_op", "nothing.here", "module"])
def test_what_the_bindings_do_not_know_has_none(op: str) -> None:
    assert op_docs.introduction(op) == ""


def test_without_an_install_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dispatch_lens.compiler.probe_main.probe", dict)
    op_docs._descriptions.cache_clear()
    assert op_docs.introduction("linalg.generic") == ""
    op_docs._descriptions.cache_clear()


def test_a_dialect_whose_name_no_file_can_have_has_no_words() -> None:
    assert op_docs.introduction(f"{'x' * 300}.op") == ""
