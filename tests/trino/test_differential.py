"""Statements from the closed list mean the same to the embedded engine and to a real Trino.

A hundred of them, two thousand with HYPOTHESIS_PROFILE=nightly. One on which the two disagree is added to
`tests/local/athena/recorded/more.jsonl` (`make record-trino STATEMENTS=…`).
"""

import pytest

from ddb_assets.local.athena.scan import Progress
from ddb_assets.local.athena.session import open_session
from tests.local.athena.conftest import clients, endpoint  # noqa: F401
from tests.local.athena.replaying import outcome
from tests.profiles import NIGHTLY
from tests.trino.conftest import Compared, Trino
from tests.trino.generated import Generator
from tests.trino.recording import recorded

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
