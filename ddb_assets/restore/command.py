"""`ddb-assets restore`: what it says, and what to do about what it doesn't restore."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import ClientError

from ddb_assets.errors import UserError
from ddb_assets.restore.restoring import Outcome

NOT_RESTORED: Final = (
    "Not restored, as with AWS's own backups: time to live, streams, point-in-time recovery, tags, auto scaling, "
    "replicas, resource policy, deletion protection, alarms. The commands are in docs/restore.md"
)

_DENIED: Final = frozenset({"AccessDeniedException", "AccessDenied", "UnauthorizedOperation"})


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
