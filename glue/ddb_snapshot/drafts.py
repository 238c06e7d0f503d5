"""Drafts: what the tasks have captured, as typed files in staging, together with a census of the same values.

Which columns a snapshot has is only known when all of its items have been seen. A task doesn't wait for that: it plans
columns from what it has seen so far, writes, and begins another draft when a value fits none of them. In the end most
drafts have the snapshot's own columns and become its files as they are; the others are written again (`assembly`).
Each draft holds every value exactly, so that nothing has to be captured twice.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ddb_snapshot import thresholds, types
from ddb_snapshot.census import Census
from ddb_snapshot.columns import Column, ColumnOptions, plan
from ddb_snapshot.encode import ValueHasNoColumn, encode_parts
from ddb_snapshot.files import OpenFile
from ddb_snapshot.storage import S3Path
from ddb_snapshot.tagged import Tagged

Layout = tuple[Column, ...]


class ItemsLost(RuntimeError):
    """Fewer or more items were decoded or written than there are."""


@dataclass(frozen=True)
class Draft:
    """One typed file in staging. `layout` is the number of its columns' list in `Drafted.layouts`."""

    key: str
    rows: int
    bytes: int
    layout: int


@dataclass(frozen=True)
class Drafted:
    """What some tasks have come to, together. `raw_bytes` is the size of the DynamoDB-JSON."""

    drafts: tuple[Draft, ...] = ()
    layouts: tuple[Layout, ...] = ()
    items: int = 0
    raw_bytes: int = 0
    census: Census | None = None

    @classmethod
    def add(cls, one: "Drafted", other: "Drafted") -> "Drafted":
        """Both together. Equal lists of columns are kept once."""
        layouts = [*one.layouts]
        numbers: dict[int, int] = {}
        for number, layout in enumerate(other.layouts):
            if layout not in layouts:
                layouts.append(layout)
            numbers[number] = layouts.index(layout)
        return cls(
            drafts=one.drafts + tuple(replace(draft, layout=numbers[draft.layout]) for draft in other.drafts),
            layouts=tuple(layouts),
            items=one.items + other.items,
            raw_bytes=one.raw_bytes + other.raw_bytes,
            census=Census.merge(one.census, other.census)
            if one.census and other.census
            else one.census or other.census,
        )

    def with_draft(self, draft: Draft, columns: Layout) -> "Drafted":
        """And a draft more."""
        return Drafted.add(self, Drafted((replace(draft, layout=0),), (columns,)))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `from_json` inverts it."""
        return {
            "drafts": [asdict(draft) for draft in self.drafts],
            "layouts": [
                [[column.name, column.attribute, types.to_json(column.type)] for column in layout]
                for layout in self.layouts
            ],
            "items": self.items,
            "raw_bytes": self.raw_bytes,
            "census": self.census and self.census.to_json(),
        }

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Drafted":
        return cls(
            drafts=tuple(Draft(**draft) for draft in written["drafts"]),
            layouts=tuple(
                tuple(Column(name, attribute, types.from_json(column)) for name, attribute, column in layout)
                for layout in written["layouts"]
            ),
            items=written["items"],
            raw_bytes=written["raw_bytes"],
            census=Census.from_json(written["census"]) if written["census"] else None,
        )


@dataclass(frozen=True)
class DraftTask:
    """What a task must know to write drafts. `published` are the columns of the catalog's table, which stay as is.

    `keys` are the key attributes with their DynamoDB types, partition key first.
    """

    region: str
    staging: S3Path
    output_format: str
    published: Layout
    options: ColumnOptions
    keys: Mapping[str, str]

    def plan(self, census: Census | None) -> Layout:
        """The columns that a snapshot with this census has."""
        return plan(census or Census(limits=self.options.limits()), self.published, self.options, self.keys)


class Drafting:
    """Writes one task's drafts into `folder`, going on from `state`. Not for use from several threads at once."""

    def __init__(
        self,
        task: DraftTask,
        s3: Any,
        folder: S3Path,
        disk: Path,
        state: Drafted | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.state = state or Drafted()
        self._task = task
        self._s3 = s3
        self._folder = folder
        self._disk = disk
        self._clock = clock
        self._columns: Layout = ()
        self._file: OpenFile | None = None
        self._opened_at = 0.0

    def write(self, tagged: Tagged, raw_bytes: int) -> None:
        """Add a block's items."""
        census = Census.of(tagged)
        self.state = replace(
            self.state,
            items=self.state.items + tagged.rows,
            raw_bytes=self.state.raw_bytes + raw_bytes,
            census=Census.merge(self.state.census, census) if self.state.census else census,
        )
        for part in tagged.parts:
            try:
                self._write(Tagged((part,), tagged.schema))
            except ValueHasNoColumn:
                # The census holds this block by now, so columns that are planned again hold all of it.
                self._close()
                self._write(Tagged((part,), tagged.schema))

    def close_if_due(self) -> bool:
        """Close the draft when it is large or old enough. Whether all that was written is in S3 now."""
        if self._file is None:
            return False
        limits = thresholds.now()
        if self._file.bytes_written >= limits.file_bytes or self._clock() - self._opened_at >= limits.durable_seconds:
            self._close()
            return True
        return False

    def finish(self) -> Drafted:
        """Close the last draft; what the task has come to."""
        self._close()
        return self.state

    def _write(self, part: Tagged) -> None:
        # Values are placed before a batch is given, so a part is written whole or not at all.
        if self._file is None:
            self._columns = self._task.plan(self.state.census)
        for rows in encode_parts(part, self._columns):
            if self._file is None:
                self._file = self._open()
            self._file.write(rows)

    def _open(self) -> OpenFile:
        # A name of its own: a lost task that is still alive can't mix its rows in.
        stem = f"{len(self.state.drafts):05d}-{secrets.token_hex(4)}"
        self._opened_at = self._clock()
        return OpenFile(self._s3, self._folder, stem, self._task.output_format, self._columns, self._disk)

    def _close(self) -> None:
        if self._file is not None:
            written = self._file.close()
            draft = Draft((self._folder / written.path).key, written.rows, written.bytes, 0)
            self.state, self._file = self.state.with_draft(draft, self._columns), None
