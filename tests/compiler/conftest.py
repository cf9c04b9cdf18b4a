"""The compilers that these tests ask: the one of this environment, and one of 2024 where a variable names it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from dispatch_lens.compiler import find, protocol, worker

PYTHON_2024 = "DISPATCH_LENS_IREE_2024"
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
    python = os.environ.get(PYTHON_2024)
    if not python:
        pytest.skip(f"{PYTHON_2024} does not name a Python that has iree-compiler 20240724.964")
    installs = find.find_installs(find.Configured(pythons=(python,)), search_path="")
    assert find.is_dated(installs[0].version), f"{python} has IREE {installs[0].version}"
    return installs[0]


@pytest.fixture(scope="session")
def bindings_2024(install_2024: protocol.Install) -> Iterator[worker.Worker]:
    assert install_2024.python is not None
    started = worker.Worker(install_2024.python, LIMITS)
    yield started
    started.close()
