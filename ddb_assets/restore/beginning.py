"""Whether a restore may begin, go on, or must not touch the table: the journal and the table's tag have to agree."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ddb_assets.errors import UserError
from ddb_assets.restore.journal import Journal, Journals
from ddb_assets.restore.table import Table


@dataclass(frozen=True)
class Begun:
    """A restore whose table exists. `taken_up` says that an earlier run has created it."""

    journals: Journals
    journal: Journal
    etag: str
    taken_up: bool

    def noted(self, journal: Journal) -> "Begun":
        """The same with another journal. Raises `UserError` when another run has written one meanwhile."""
        return replace(self, journal=journal, etag=self.journals.write(journal, self.etag))


def begin(table: Table, journals: Journals, wanted: Journal, request: Callable[[Journal], Mapping[str, Any]]) -> Begun:
    """Create the table that `request` asks for, or take up the restore that has created it.

    A journal whose table isn't there says nothing: the table was never created, or deleted since.

    Raises:
        UserError: the table exists, and isn't one that this restore has to go on with.
    """
    described, found = table.describe(), journals.read()
    if described is not None:
        return _taken_up(table, described, journals, wanted, found)
    asked = request(wanted)
    etag = journals.write(wanted, found[1] if found else None)
    if found:
        journals.remove_marks(found[0])
    table.create(asked)
    return Begun(journals, wanted, etag, taken_up=False)


def _taken_up(
    table: Table, described: Mapping[str, Any], journals: Journals, wanted: Journal, found: tuple[Journal, str] | None
) -> Begun:
    name = table.name
    if described["TableStatus"] == "DELETING":
        raise UserError(f"DynamoDB table {name} is being deleted: run this again when it is gone.")
    tagged = table.restore_id(described)
    if tagged is None:
        fresh = " If a restore has created it this minute, try again: tags are seen late." if found else ""
        raise UserError(
            f"DynamoDB table {name} exists, and no restore has created it: nothing was written into it. Name another "
            f"table with --to.{fresh}"
        )
    if found is None or found[0].id != tagged:
        raise UserError(
            f"DynamoDB table {name} was created by a restore whose journal is gone ({journals.path}), so nobody knows "
            "what it holds: delete the table and run this again, or name another with --to."
        )
    journal, etag = found
    if not journal.same_snapshot(wanted):
        raise UserError(
            f"DynamoDB table {name} is restored from {journal.name} at {journal.snapshot_timestamp} "
            f"({journal.location}), not from {wanted.name} at {wanted.snapshot_timestamp} ({wanted.location}): go on "
            f"with `{journal.command()}`, delete the table first, or name another with --to."
        )
    if journal.verified_at:
        raise UserError(
            f"DynamoDB table {name} was restored from {journal.name} at {journal.snapshot_timestamp} and found equal "
            f"to it at {journal.verified_at}; it is never written into again. Name another table with --to."
        )
    return Begun(journals, journal, etag, taken_up=True)
