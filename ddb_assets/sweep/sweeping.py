"""One table's leftovers: looked for, judged, removed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from time import monotonic
from typing import Final

from botocore.exceptions import ClientError

from ddb_assets.aws.connection import Connection
from ddb_assets.sweep.finding import find_facts, find_places, find_published, find_shown
from ddb_assets.sweep.ground import Ground
from ddb_assets.sweep.places import Place
from ddb_assets.sweep.plan import Decision, Facts, Grace, is_published, plan
from ddb_snapshot import storage
from ddb_snapshot.manifest import NAME
from ddb_snapshot.storage import NotDeleted

ASKED_EVERY: Final = timedelta(seconds=10)
"""How old what the catalog points at may be when a place is removed."""


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
    asked_every: timedelta = ASKED_EVERY,
    now: datetime | None = None,
    seen: Callable[[Place], None] = lambda place: None,
) -> Swept:
    """Judge what lies below a table's folders (of its snapshots those with these keys, or all), and remove what may go.

    With `within`, what was last written longer ago is passed over. `seen` is told of each place before it is removed.

    Raises:
        UserError: there is no such Glue job, or a journal can't be read. Nothing was removed then.
    """
    now = now or datetime.now(timezone.utc)
    found = [
        place for place in find_places(connection, ground, keys) if within is None or now - place.written <= within
    ]
    facts = find_facts(connection, ground, found, now, grace)
    decisions = plan(found, facts, grace)
    removal = _Removal(connection, ground, facts, asked_every)
    done: list[Decision] = []
    failed: list[tuple[Place, str]] = []
    for decision in decisions:
        if remove and decision.remove:
            seen(decision.place)
            try:
                done.append(removal.carry_out(decision))
                continue
            except (ClientError, NotDeleted) as error:
                failed.append((decision.place, str(error)))
        done.append(decision)
    return Swept(done, failed)


@dataclass
class _Removal:
    """Removes places that nothing points at by now, as `plan` saw it: a snapshot may have been published meanwhile.

    The chain's own table is asked for each attempt. The whole catalog is large: it is asked again when what is known of
    it is `asked_every` old.
    """

    connection: Connection
    ground: Ground
    facts: Facts
    asked_every: timedelta
    _asked: float | None = None

    def carry_out(self, decision: Decision) -> Decision:
        """What became of the place. An attempt first no longer exists, then its files are gone.

        Raises:
            ClientError: the catalog or S3 refused.
            NotDeleted: S3 refused some of the objects.
        """
        place = decision.place
        if self._published(place):
            return replace(decision, remove=False, reason="published meanwhile")
        s3 = self.connection.client("s3")
        if place.finished:
            s3.delete_object(Bucket=place.location.bucket, Key=(place.location / NAME).key)
        storage.delete_below(s3, place.location)
        return decision

    def _published(self, place: Place) -> bool:
        if self._asked is None or monotonic() - self._asked >= self.asked_every.total_seconds():
            self.facts = find_published(self.connection, self.ground, self.facts)
            self._asked = monotonic()
        elif place.kind in ("attempt", "copy") and is_published(
            place, find_shown(self.connection, self.ground, self.facts)
        ):
            return True
        return is_published(place, self.facts)
