"""One table's leftovers: looked for, judged, removed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from botocore.exceptions import ClientError

from ddb_assets.aws.connection import Connection
from ddb_assets.sweep.finding import find_facts, find_places, still_published
from ddb_assets.sweep.ground import Ground
from ddb_assets.sweep.places import Place
from ddb_assets.sweep.plan import Decision, Grace, plan
from ddb_snapshot import storage
from ddb_snapshot.manifest import NAME
from ddb_snapshot.storage import NotDeleted


@dataclass(frozen=True)
class Swept:
    """What was decided, and what could not be removed though it was to be, with the reason."""

    decisions: Sequence[Decision]
    failed: Sequence[tuple[Place, str]] = ()

    @property
    def removed(self) -> list[Decision]:
        """What was removed, or would be."""
        failed = {place for place, _ in self.failed}
        return [one for one in self.decisions if one.remove and one.place not in failed]


def sweep(
    connection: Connection,
    ground: Ground,
    *,
    remove: bool,
    keys: Sequence[str] | None = None,
    within: timedelta | None = None,
    grace: Grace = Grace(),  # noqa: B008 (frozen)
    now: datetime | None = None,
    seen: Callable[[Place], None] = lambda place: None,
) -> Swept:
    """Judge what lies below a table's folders (of its snapshots those with these keys, or all), and remove what may go.

    With `within`, what was last written longer ago is passed over. `seen` is told of each place before it is removed.

    Raises:
        UserError: there is no such Glue job, or a journal can't be read. Nothing was removed then.
    """
    now = now or datetime.now(UTC)
    found = [
        place for place in find_places(connection, ground, keys) if within is None or now - place.written <= within
    ]
    decisions = plan(found, find_facts(connection, ground, found, now, grace), grace)
    failed: list[tuple[Place, str]] = []
    for decision in decisions if remove else ():
        if not decision.remove:
            continue
        seen(decision.place)
        try:
            _remove(connection, ground, decision.place)
        except (ClientError, NotDeleted) as error:
            failed.append((decision.place, str(error)))
    return Swept(decisions, failed)


def _remove(connection: Connection, ground: Ground, place: Place) -> None:
    """An attempt first no longer exists, then its files are gone; one that was published meanwhile stays."""
    s3 = connection.client("s3")
    if place.kind in ("attempt", "copy") and still_published(connection, ground, place):
        raise NotDeleted(place.location, "Published", "meanwhile")
    if place.finished:
        s3.delete_object(Bucket=place.location.bucket, Key=(place.location / NAME).key)
    storage.delete_below(s3, place.location)
