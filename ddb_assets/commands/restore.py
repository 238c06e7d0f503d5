"""`ddb-assets restore`: what it says, and what to do about what it doesn't restore."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from botocore.exceptions import ClientError

from ddb_assets.aws.connection import Connection
from ddb_assets.code_location import find_published_chain
from ddb_assets.commands.restore_progress import watching
from ddb_assets.commands.terminal import ERR, say
from ddb_assets.errors import UserError
from ddb_assets.restore import Outcome, Restoring, Wishes
from ddb_assets.restore.new_table import chosen_billing
from ddb_assets.restore.snapshot_items import chosen_source

NOT_RESTORED: Final = (
    "Not restored, as with AWS's own backups: time to live, streams, point-in-time recovery, tags, auto scaling, "
    "replicas, resource policy, deletion protection, alarms. The commands are in docs/restore.md"
)

_DENIED: Final = frozenset({"AccessDeniedException", "AccessDenied", "UnauthorizedOperation"})


def restore_snapshot(
    name: str,
    to: str,
    at: str | None,
    *,
    database: str | None,
    billing: str,
    read_capacity: int | None,
    write_capacity: int | None,
    indexes: bool,
    kms_key: str | None,
    keys: Sequence[str],
    items_from: str,
    max_wcu: float | None,
    max_rcu: float | None,
    compare: bool,
    listed: int,
    folder: Path,
) -> bool:
    """Restore the snapshot into the table `to`, and say what came of it. False where they differ.

    Raises:
        UserError: the snapshot isn't there, the table can't be made, or the restore was interrupted; says how to go on.
    """
    chain = find_published_chain(name, folder)
    wishes = Wishes(chosen_billing(billing), read_capacity, write_capacity, indexes, kms_key)
    with explaining(), watching(ERR) as watcher:
        outcome = Restoring(
            Connection(),
            name,
            at,
            to,
            watcher,
            database=database,
            chain=chain,
            keys=keys,
            wishes=wishes,
            items_from=chosen_source(items_from),
            max_wcu=max_wcu,
            max_rcu=max_rcu,
            compare=compare,
            listed=listed,
        ).run()
    for line in lines(outcome):
        say(line)
    if not outcome.equal:
        say(advice(outcome), ERR)
    return outcome.equal


def lines(outcome: Outcome) -> Iterator[str]:
    """What came of it; differences first."""
    named = f"{outcome.new_table}, of {outcome.name} at {outcome.snapshot_timestamp}"
    wrote = f"{outcome.items:,} items written with {outcome.wcu:,.0f} write units"
    found = outcome.comparison
    if found is None:
        yield f"{named}: {wrote}, not compared"
    else:
        yield from map(str, found.differences)
        if found.equal:
            yield f"{named}: {wrote}; {found.actual:,} items, all equal to the snapshot's"
        else:
            counts = {"missing": found.missing, "extra": found.extra, "different": found.different}
            differing = ", ".join(f"{number:,} {kind}" for kind, number in counts.items() if number)
            yield f"{named}: {wrote}; {found.actual:,} items, of {found.expected:,} in the snapshot: {differing}"
    yield NOT_RESTORED


def advice(outcome: Outcome) -> str:
    """What differences mean."""
    return (
        f"Has anything else written into {outcome.new_table}, or is time to live on? Run the same command again to "
        "compare once more; if the differences stay, delete the table and restore it anew."
    )


@contextmanager
def explaining() -> Iterator[None]:
    """Raises `UserError` in place of an interruption, and of AWS's refusal of a call that the caller may not make."""
    try:
        yield
    except KeyboardInterrupt:
        raise UserError("Interrupted. Run the same command again to go on.") from None
    except ClientError as error:
        if error.response["Error"]["Code"] not in _DENIED:
            raise
        raise UserError(
            f"{error}. docs/restore.md lists the permissions that a restore needs; run the same command again to go on."
        ) from error
