"""What all tests share: a rule that crashes is an error here, and `--update` writes what is derived from code."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dispatch_lens.features import diagnostics


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write generated files and goldens instead of comparing them")


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update"))


@pytest.fixture(autouse=True)
def rules_raise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnostics, "RAISE_RULE_ERRORS", True)


@pytest.fixture(scope="module")
def context() -> Iterator[object]:
    """A context of the real bindings, which says nothing of what it refuses."""
    from iree.compiler import ir

    with ir.Context() as context:
        context.emit_error_diagnostics = False
        yield context
