"""The whole of it: rewrite every published snapshot, then switch to the new attempts.

    rewrite    each partition, oldest first, into a new attempt; nothing that is published changes
    journal    what is to be switched is written down; from here on the chain publishes nothing
    switch     the table, its partitions, the view
    end        the journal is removed

Each pass writes into folders of its own. Cut off anywhere and run again, it goes on: attempts that are finished are
kept, a journal is carried out as it stands. Then it looks again, so that a snapshot which the chain published meanwhile
in the old format is rewritten too.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.rewrite_journal import Journal, Step, read_journal, remove_journal, write_journal
from ddb_assets.errors import UserError
from ddb_assets.model.table import StoredTable
from ddb_assets.rewrite.attempts import Target, finished_attempt, new_id, rewrite_attempt, whole
from ddb_assets.rewrite.published import (
    PublishedTable,
    at_once,
    locations,
    nothing_published,
    published_table,
    source_manifest,
    steps,
)
from ddb_assets.rewrite.switch import require_switchable, switch
from ddb_assets.rewrite.watcher import Watcher
from ddb_snapshot.formats import OUTPUT_FORMATS
from ddb_snapshot.manifest import ManifestMissing, read


@dataclass(frozen=True)
class Outcome:
    """What was done. No partitions: all that is published was in the format already."""

    output_format: str
    partitions: int = 0
    rows: int = 0
    old_bytes: int = 0

    def with_switched(self, journal: Journal) -> "Outcome":
        """And a switch more."""
        return replace(
            self,
            partitions=self.partitions + len(journal.steps),
            rows=self.rows + sum(step.rows for step in journal.steps),
            old_bytes=self.old_bytes + sum(step.source_bytes for step in journal.steps),
        )


@dataclass(frozen=True)
class Rewriting:
    """A table's history in another format. `prefix` is the s3:// folder that holds the table's snapshots."""

    connection: Connection
    table: StoredTable
    prefix: str
    output_format: str
    watcher: Watcher

    def run(self) -> Outcome:
        """Rewrite and switch, or finish what an earlier run has begun.

        Raises:
            UserError: there is no such format; nothing is published; a switch to another format is under way; what is
                published can't be read. Says whether something has to be finished.
        """
        if self.output_format not in OUTPUT_FORMATS:
            raise UserError(f"--format {self.output_format}: not one of {', '.join(OUTPUT_FORMATS)}")
        s3, outcome = self.connection.client("s3"), Outcome(self.output_format)
        while journal := self._under_way() or self._prepared():
            switched = switch(self.connection, self.table, journal)
            remove_journal(s3, self.prefix, journal)
            self.watcher.say(f"Switched {switched} partitions of {journal.catalog_table} to {journal.after}")
            outcome = outcome.with_switched(journal)
        return outcome

    def _under_way(self) -> Journal | None:
        """The journal of a switch that was cut off."""
        journal = read_journal(self.connection.client("s3"), self.prefix)
        if journal is None:
            return None
        if journal.after != self.output_format:
            raise UserError(
                f"{journal.catalog_table} is being switched to {journal.after} since {journal.started_at}: finish that "
                f"with `{journal.command()}`, then rewrite to {self.output_format}."
            )
        self.watcher.say(f"Taking up the switch to {journal.after} that began at {journal.started_at}")
        return journal

    def _prepared(self) -> Journal | None:
        """Every attempt rewritten and the journal written; None when all is in the format already."""
        while True:
            published, to = published_table(self.connection, self.table), Target(self.output_format, new_id())
            todo = steps(self.connection, self.table, to)
            if not todo and published.output_format == self.output_format:
                return None
            if not locations(self.connection, self.table):
                raise nothing_published(self.table)
            require_switchable(self.connection, self.table, published, self.output_format)
            if journal := self._journal(published, to, self._rewrite(published, to, todo)):
                return journal

    def _rewrite(self, published: PublishedTable, to: Target, todo: tuple[Step, ...]) -> tuple[Step, ...]:
        """Each step's attempt made, or found; the steps to them."""
        s3 = self.connection.client("s3")
        self.watcher.planned(len(todo), sum(step.rows for step in todo))
        kept, made = 0, []
        for step in todo:
            source = source_manifest(s3, self.table, step.snapshot_timestamp, step.source)
            found = finished_attempt(s3, source, self.output_format, published.columns)
            if found:
                kept += 1
                self.watcher.read(step.rows, step.source_bytes)
            else:
                found = rewrite_attempt(s3, source, to, published.columns, self.watcher.read)
            made.append(replace(step, target=found.location))
            self.watcher.finished()
        if kept:
            self.watcher.say(f"{kept} of {len(todo)} snapshots had been rewritten before")
        return tuple(made)

    def _journal(self, published: PublishedTable, to: Target, made: tuple[Step, ...]) -> Journal | None:
        """The journal, written; None when meanwhile another snapshot was published, or another run has written one."""
        s3 = self.connection.client("s3")
        journal = Journal(
            table_name=self.table.table_name,
            database=self.table.database,
            catalog_table=self.table.catalog_table,
            before=published.output_format,
            after=self.output_format,
            steps=made,
            started_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
            id=to.id,
        )
        # What the journal names is never swept; a rewriting of many days may have lost an attempt before.
        if not all(at_once(lambda step: _is_whole(s3, step.target), made)):
            self.watcher.say("A rewritten attempt was removed meanwhile: rewriting it again")
            return None
        if not write_journal(s3, self.prefix, journal):
            return self._under_way()
        now = steps(self.connection, self.table, to)
        if [(step.snapshot_timestamp, step.source) for step in now] == [
            (step.snapshot_timestamp, step.source) for step in made
        ]:
            return journal
        remove_journal(s3, self.prefix, journal)
        self.watcher.say("A snapshot was published meanwhile: rewriting it too")
        return None


def _is_whole(s3: Any, location: str) -> bool:
    try:
        return whole(s3, read(s3, location))
    except ManifestMissing:
        return False
