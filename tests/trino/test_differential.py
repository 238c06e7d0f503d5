"""Statements from the closed list mean the same to the embedded engine and to a real Trino.

A hundred of them, two thousand with HYPOTHESIS_PROFILE=nightly. One on which the two disagree is added to
`tests/local/athena/recorded/more.jsonl`.
"""

from typing import Any

import pytest

from ddb_assets.local.athena.scan import Progress
from ddb_assets.local.athena.session import open_session
from ddb_assets.local.athena.trino_values import renderer, type_of
from ddb_assets.local.trino import client
from ddb_assets.local.trino.client import Address, Column
from tests.local.athena.conftest import clients, endpoint  # noqa: F401
from tests.local.athena.replaying import outcome
from tests.profiles import NIGHTLY
from tests.trino.conftest import Compared, Trino
from tests.trino.generated import Generator

_COUNT, _BLOCK = 2_000 if NIGHTLY else 100, 20


@pytest.mark.parametrize("block", range(_COUNT // _BLOCK))
def test_generated_statements_have_trinos_answer_or_none(
    trino_process: Trino,
    compared: Compared,
    endpoint: str,  # noqa: F811
    block: int,
) -> None:
    wrong = []
    for seed in range(block * _BLOCK, (block + 1) * _BLOCK):
        answered = recorded(trino_process.address, Generator(seed).statement())
        kind, told = outcome(answered, open_session(endpoint, "us-east-1", "default", Progress()))
        compared.add(f"generated statements: {kind}", "local Athena = Trino", "statements", 1)
        if kind in ("different", "answered") or (kind == "refused" and "NOT_SUPPORTED" not in told):
            wrong.append(f"{seed}: {kind}: {told}")
    assert not wrong, "\n".join(wrong)


def recorded(address: Address, sql: str) -> dict[str, Any]:
    """Trino's answer in the form of those that are kept in files."""
    try:
        answer = client.run(address, sql)
    except client.Failed as failed:
        return {"sql": sql, "error": failed.error["errorName"]}
    rows = [[_cell(column, cell) for column, cell in zip(answer.columns, row, strict=True)] for row in answer.rows]
    return {"sql": sql, "types": [_name(column) for column in answer.columns], "rows": rows}


def _name(column: Column) -> str:
    name = str(column.signature["rawType"])
    return f"{name}(" if name == "map" else name


def _cell(column: Column, cell: Any) -> Any:
    if cell is not None and _name(column) in ("double", "real"):
        return float(cell)
    return renderer(type_of(column.signature))(cell)
