"""`ddb-assets sweep`: what killed runs have left is removed, table by table."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from ddb_assets.aws.connection import Connection
from ddb_assets.code_location import find_payloads
from ddb_assets.commands.sweep_output import Outcome
from ddb_assets.commands.terminal import ERR, OUT, plain, say
from ddb_assets.sweep import Ground, sweep


def sweep_leftovers(name: str | None, dry: bool, folder: Path) -> bool:
    """Sweep the tables of that name, or all, and list what was done. False when something can't be removed.

    Raises:
        UserError: nothing has the name, there is no such Glue job, or a journal can't be read.
    """
    outcome = sweep_tables(find_payloads(name, folder), dry, ERR)
    if (shown := outcome.table()).row_count:
        OUT.print(shown)
    say(outcome.totals())
    return not outcome.failed


def sweep_tables(
    payloads: Sequence[Mapping[str, Any]], dry: bool, progress: Console, now: datetime | None = None
) -> Outcome:
    """Sweep one table after another; what is being done is seen on `progress`.

    Raises:
        UserError: there is no such Glue job, or a journal can't be read.
    """
    connection, done = Connection(), []
    with progress.status("") as status:
        for payload in payloads:
            ground = Ground.of(payload, connection.settings())
            status.update(plain(f"Looking through {ground.attempts}"))
            swept = sweep(
                connection,
                ground,
                remove=not dry,
                now=now,
                seen=lambda place: status.update(plain(f"Removing {place.location}")),
            )
            done.append((ground, swept))
    return Outcome(done, dry)
