# pyright: basic, reportAttributeAccessIssue=false
"""Where the compiler says that something stands, and what it says there."""

from __future__ import annotations

import re

SEVERITIES = ("error", "warning", "note", "remark")
POSITION = re.compile(r'"-":(\d+):(\d+)')


def position(operation):
    return place_of(operation.location)


def place_of(location):
    """[line, column] or None; a column that MLIR counts from 0 is given as 1."""
    found = POSITION.search(str(location))
    if not found or found.group(1) == "0":
        return None
    return [int(found.group(1)), max(int(found.group(2)), 1)]


def definer_line(value):
    owner = value.owner
    if not hasattr(owner, "location"):
        return None
    place = place_of(owner.location)
    return place and place[0]


def read_diagnostic(diagnostic):
    severity = str(diagnostic.severity).rsplit(".", 1)[-1].lower()
    notes = [[place_of(note.location), note.message] for note in diagnostic.notes]
    return {
        "position": place_of(diagnostic.location),
        "severity": severity if severity in SEVERITIES else "error",
        "message": diagnostic.message,
        "notes": [note for note in notes if not note[1].startswith("see current operation")],
    }


def one_line(text):
    return " ".join(text.split())[:400]
