"""The whole of it: rewrite every published snapshot, then switch to the new attempts.

    rewrite    each partition, oldest first, into a new attempt; nothing that is published changes
    journal    what is to be switched is written down; from here on the chain publishes nothing
    switch     the table, its partitions, the view
    end        the journal is removed

Cut off anywhere and run again, it goes on: attempts that are finished are kept, a journal is carried out as it stands.
Then it looks again, so that a snapshot which the chain published meanwhile in the old format is rewritten too.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.data_catalog import DataCatalog
from ddb_assets.aws.rewrite_journal import Journal, Step, read_journal, remove_journal, write_journal
from ddb_assets.chain.table import TableSpec
from ddb_assets.errors import UserError
from ddb_assets.rewrite.attempts import finished_attempt, rewrite_attempt
from ddb_assets.rewrite.published import (
    PublishedTable,
    locations,
    nothing_published,
    published_table,
    source_manifest,
    steps,
)
from ddb_assets.rewrite.switch import switch
from ddb_assets.rewrite.watching import Watcher
from ddb_snapshot.formats import OUTPUT_FORMATS


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
    table: TableSpec
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
            remove_journal(s3, self.prefix)
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
            published = published_table(self.connection, self.table)
            todo = steps(self.connection, self.table, self.output_format)
            if not todo and published.output_format == self.output_format:
                return None
            if not locations(self.connection, self.table):
                raise nothing_published(self.table)
            # Refuses a view that isn't the chain's, before anything depends on replacing it.
            DataCatalog(connection=self.connection).shown_snapshot(self.table.database, self.table.view)
            self._rewrite(published, todo)
            if journal := self._journal(published, todo):
                return journal

    def _rewrite(self, published: PublishedTable, todo: tuple[Step, ...]) -> None:
        s3 = self.connection.client("s3")
        self.watcher.planned(len(todo), sum(step.rows for step in todo))
        kept = 0
        for step in todo:
            source = source_manifest(s3, self.table, step.snapshot_timestamp, step.source)
            if finished_attempt(s3, source, self.output_format, published.columns):
                kept += 1
                self.watcher.read(step.rows, step.source_bytes)
            else:
                rewrite_attempt(s3, source, self.output_format, published.columns, self.watcher.read)
            self.watcher.finished()
        if kept:
            self.watcher.say(f"{kept} of {len(todo)} snapshots had been rewritten before")

    def _journal(self, published: PublishedTable, todo: tuple[Step, ...]) -> Journal | None:
        """The journal, written; None when meanwhile another snapshot was published, or another run has written one."""
        s3 = self.connection.client("s3")
        journal = Journal(
            table_name=self.table.table_name,
            database=self.table.database,
            catalog_table=self.table.catalog_table,
            before=published.output_format,
            after=self.output_format,
            steps=todo,
            started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        if not write_journal(s3, self.prefix, journal):
            return self._under_way()
        if steps(self.connection, self.table, self.output_format) == todo:
            return journal
        remove_journal(s3, self.prefix)
        self.watcher.say("A snapshot was published meanwhile: rewriting it too")
        return None
