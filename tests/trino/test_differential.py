"""Statements from the closed list mean the same to the embedded engine and to a real Trino.

`TRINO_URL` names a running Trino (its session zone is UTC); `DIFFERENTIAL` says how many statements: 100, or 2,000 at
night. A statement on which the two disagree is added to `tests/local/athena/recorded/more.jsonl`.
"""

import os

import pytest

from ddb_assets.local.athena.scan import Progress
from ddb_assets.local.athena.session import open_session
from tests.local.athena.conftest import clients, endpoint  # noqa: F401
from tests.local.athena.recorder import answer
from tests.local.athena.replaying import outcome
from tests.trino.generated import Generator

_URL = os.environ.get("TRINO_URL", "")
_COUNT = int(os.environ.get("DIFFERENTIAL", "100"))


@pytest.mark.skipif(not _URL, reason="TRINO_URL names no running Trino")
@pytest.mark.parametrize("block", range(max(1, _COUNT // 20)))
def test_generated_statements_have_trinos_answer_or_none(endpoint: str, block: int) -> None:  # noqa: F811
    pytest.importorskip("trino")
    wrong = []
    for seed in range(block * 20, block * 20 + 20):
        asked = answer(_URL, Generator(seed).statement())
        kind, told = outcome(asked, open_session(endpoint, "us-east-1", "default", Progress()))
        if kind in ("different", "answered") or (kind == "refused" and "NOT_SUPPORTED" not in told):
            wrong.append(f"{seed}: {kind}: {told}")
    assert wrong == []
