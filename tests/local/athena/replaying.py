"""Statements that a real Trino answered, run by the embedded engine, and the two answers compared."""

import json
import math
from pathlib import Path
from typing import Any

from ddb_assets.local.athena import engine
from ddb_assets.local.athena.embedded import Embedded
from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.result import Result
from ddb_assets.local.athena.session import Session
from ddb_assets.local.athena.trino_types import from_trino

RECORDED = Path(__file__).with_name("recorded")


def recorded(name: str) -> list[dict[str, Any]]:
    """A file's answers: `{"sql", "types", "rows"}` or `{"sql", "error"}`."""
    return [json.loads(line) for line in (RECORDED / f"{name}.jsonl").read_text().splitlines() if line.strip()]


def outcome(answer: dict[str, Any], session: Session) -> tuple[str, str]:
    """`same`, `both refuse`, `refused`, `different` or `answered`, and what to say of it."""
    sql = answer["sql"]
    try:
        result = engine.run(Embedded(), sql, [], session)
    except QueryError as error:
        kind = "both refuse" if "error" in answer else "refused"
        return kind, f"{sql}: {error}"
    if "error" in answer:
        return "answered", f"{sql}: {result.rows[:3]}, where Trino says {answer['error']}"
    if not _same_rows(answer, result):
        return "different", f"{sql}: {result.rows}, where Trino says {answer['rows']}"
    types = [column.type for column in result.columns]
    if types != [from_trino(kind) for kind in answer["types"]]:
        return "different", f"{sql}: columns of {types}, where Trino says {answer['types']}"
    return "same", sql


def _same_rows(answer: dict[str, Any], result: Result) -> bool:
    expected, found = answer["rows"], result.rows
    if "ORDER BY" not in answer["sql"].upper():
        expected, found = sorted(expected, key=repr), tuple(sorted(found, key=repr))
    if len(expected) != len(found):
        return False
    return all(
        len(row) == len(other) and all(same(*cell) for cell in zip(answer["types"], row, other, strict=True))
        for row, other in zip(expected, found, strict=True)
    )


def same(kind: str, expected: Any, found: str | None) -> bool:
    """Whether a cell's text is what Trino gave for this type."""
    if expected is None or found is None:
        return expected is None and found is None
    if isinstance(expected, float):
        value = float(found)
        if math.isnan(expected):
            return math.isnan(value)
        return math.isclose(value, expected, rel_tol=1e-6 if kind == "real" else 1e-14)
    if kind.startswith("map("):
        # Trino's maps come in the order of its hashes.
        return sorted(expected[1:-1].split(", ")) == sorted(found[1:-1].split(", "))
    return bool(expected == found)
