"""The compilers that these tests ask: the one of this environment, and one of 2024 where a variable names it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dispatch_lens.compiler import find, protocol, worker
from shared import NO_2024, PYTHON_2024

LIMITS = protocol.Limits(start_seconds=120.0, request_seconds=120.0)


@pytest.fixture(scope="session")
def install() -> protocol.Install:
    installs = find.find_installs(find.Configured(), search_path="")
    assert installs, "these tests need the extra `compiler` of this package"
    return installs[0]


@pytest.fixture(scope="session")
def session_worker(install: protocol.Install) -> Iterator[worker.Worker]:
    assert install.python is not None
    started = worker.Worker(install.python, LIMITS)
    yield started
    started.close()


@pytest.fixture
def bindings(session_worker: worker.Worker) -> Iterator[worker.Worker]:
    yield session_worker
    session_worker.limits = LIMITS


@pytest.fixture(scope="session")
def install_2024() -> protocol.Install:
    if not PYTHON_2024:
        pytest.skip(NO_2024)
    installs = find.find_installs(find.Configured(pythons=(PYTHON_2024,)), search_path="")
    assert find.is_dated(installs[0].version), f"{PYTHON_2024} has IREE {installs[0].version}"
    return installs[0]


@pytest.fixture(scope="session")
def bindings_2024(install_2024: protocol.Install) -> Iterator[worker.Worker]:
    assert install_2024.python is not None
    started = worker.Worker(install_2024.python, LIMITS)
    yield started
    started.close()
