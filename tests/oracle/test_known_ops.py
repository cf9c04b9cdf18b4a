"""The table of op names against the installed compiler's registry and against real modules."""

from __future__ import annotations

import json
import re

import pytest

from dispatch_lens.ir import known_ops
from oracle import make_known_ops
from shared import SHARED, needs_shared

CORPUS = SHARED / "corpus"
OP_AT_START = re.compile(r'(?:%[^=]+ = )?"?([a-z_]\w*(?:\.[\w$]+)+)"?(?![\w$.]|\s*=)(?=[ (<@{%[]|$)')


@pytest.mark.oracle
def test_the_table_holds_the_installed_registry() -> None:
    registered = set(make_known_ops.registered_names())
    assert {"arith.addf", "flow.dispatch.workgroups", "linalg.generic", "util.func"} <= registered
    label = make_known_ops.version_label()
    stated = {name for each in known_ops.dialects() for name in known_ops.names(each) if label in known_ops.versions(name)}
    assert stated == registered


@needs_shared
def test_ops_of_the_accepted_chunks_are_known() -> None:
    tests = CORPUS / "iree-tests"
    unknown: dict[str, str] = {}
    for line in (tests / "chunks.jsonl").read_text().splitlines():
        chunk = json.loads(line)
        if chunk["accepted"]:
            text = (tests / chunk["file"]).read_bytes()[chunk["start"] : chunk["end"]].decode()
            unknown |= dict.fromkeys(unknown_names(text), chunk["file"])
    assert unknown == {}


@needs_shared
def test_ops_of_the_models_are_known() -> None:
    unknown = {name: path.name for path in (CORPUS / "models").rglob("*.mlir") for name in unknown_names(path.read_text())}
    assert unknown == {}


@pytest.mark.parametrize(
    ("misspelled", "meant"),
    [
        ("linalg.genric", "linalg.generic"),
        ("flow.dispatch.workgroup", "flow.dispatch.workgroups"),
        ("tensor.addf", "arith.addf"),
        ("linag.matmul", "linalg.matmul"),
        ("linag.matmull", "linalg.matmul"),
        ("arith.addf", "arith.addf"),
        ("nothing.like_this_at_all", None),
        ("module", None),
    ],
)
def test_a_misspelled_name_finds_its_op(misspelled: str, meant: str | None) -> None:
    assert known_ops.closest(misspelled) == meant


def test_names_and_versions() -> None:
    assert known_ops.is_known("linalg.matmul_transpose_b")
    assert known_ops.versions("linalg.matmul_transpose_b") == ("2024", "3.1")
    assert known_ops.versions("iree_tensor_ext.dispatch.tensor.load") == ("3.13",)
    assert known_ops.is_known_dialect("stream")
    assert not known_ops.is_known_dialect("no_such_dialect")
    assert not known_ops.is_known("linalg")
    assert "linalg.generic" in known_ops.names("linalg")
    assert known_ops.names("no_such_dialect") == ()


def unknown_names(text: str) -> set[str]:
    heads = {line.lstrip()[:160] for line in text.splitlines()}
    names = {match[1] for head in heads if (match := OP_AT_START.match(head))}
    return {name for name in names if not known_ops.is_known(name)}
