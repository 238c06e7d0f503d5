"""What older runs of a table have left is removed as a snapshot of it is published.

A run looks at drafts, messages and comparisons, and at the attempts of its own snapshots and the newest others, as far
as they were written in the last month: so that it costs no more as the history grows. `ddb-assets sweep` looks at all.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from ddb_assets.aws.s3 import SnapshotStore
from ddb_assets.chain.snapshot import payload
from ddb_assets.model.table import TableSpec
from ddb_assets.sweep import Grace, Ground, sweep

GRACE: Final = Grace()
"""How long a thing stays in any case."""

_NEWEST: Final = 50
_WITHIN: Final = timedelta(days=30)


def remove_leftovers(table: TableSpec, keys: Sequence[str], store: SnapshotStore, say: Callable[[str], None]) -> None:
    """Remove them. What can't be looked at or removed is said: no snapshot fails by it."""
    try:
        ground = Ground.of(payload(table), store.connection.settings())
        newest = sorted(store.snapshot_keys(str(ground.attempts).rstrip("/")))[-_NEWEST:]
        looked_at = sorted({*newest, *keys})
        swept = sweep(store.connection, ground, remove=True, keys=looked_at, within=_WITHIN, grace=GRACE)
    except Exception as error:
        say(f"What older runs of {table.table_name} left was not looked at: {type(error).__name__}: {error}")
        return
    for decision in swept.removed:
        say(f"Removed {decision.place.location}: {decision.reason}")
    for place, reason in swept.failed:
        say(f"{place.location} could not be removed: {reason}")
