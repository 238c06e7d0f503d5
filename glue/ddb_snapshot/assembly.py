"""The last step: drafts become the snapshot's files.

A draft that has the snapshot's own columns and a fair size is copied to its place inside S3. The others are gathered,
up to 128 MB together, and written again with these columns: first snapshots of tables whose attributes are sparse or
change their types, small tables, and what is left at the ends of segments.
So a small table is one file, a large one has about one for each 8 to 128 MB, and an empty one has one too, so that
Athena knows its columns.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ddb_snapshot import formats, storage, thresholds
from ddb_snapshot.drafts import Draft, Drafted, ItemsLost, Layout
from ddb_snapshot.encode.recolumn import recolumned
from ddb_snapshot.files import DataFiles
from ddb_snapshot.manifest import DataFile
from ddb_snapshot.storage import S3Path
from ddb_snapshot.tasks import Anew, Tasks


@dataclass(frozen=True)
class Source:
    """A draft to be read, and the columns that it has."""

    draft: Draft
    columns: Layout


@dataclass(frozen=True)
class Group:
    """Drafts that become one file (or more, where they grow), and the number in its name."""

    number: int
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class FilesTask:
    """What a task must know to make any group's files. `location` is the attempt's folder."""

    region: str
    location: S3Path
    output_format: str
    columns: Layout


def assemble(task: FilesTask, drafted: Drafted, tasks: Tasks) -> tuple[DataFile, ...]:
    """Make the snapshot's files of all drafts.

    Raises:
        ItemsLost: the files hold another number of rows than the drafts.
    """
    groups = grouped(drafted, task.columns)
    none: tuple[DataFile, ...] = ()
    made = tasks.fold(Anew(make_files, task), groups, _together, none, lambda _: None)
    rows, expected = sum(file.rows for file in made), sum(draft.rows for draft in drafted.drafts)
    if rows != expected:
        raise ItemsLost(f"{expected:,} rows were drafted, but {rows:,} were written.")
    return tuple(sorted(made, key=lambda file: file.path))


def grouped(drafted: Drafted, columns: Layout) -> tuple[Group, ...]:
    """Drafts in groups, in the order of their keys, so that running a job again gives the same files."""
    groups: list[list[Source]] = []
    gathered: list[Source] = []
    for draft in sorted(drafted.drafts, key=lambda draft: draft.key):
        source = Source(draft, drafted.layouts[draft.layout])
        if source.columns == columns and draft.bytes >= thresholds.now().kept_bytes:
            groups.append([source])
        else:
            if gathered and sum(one.draft.bytes for one in gathered) + draft.bytes > thresholds.now().file_bytes:
                groups.append(gathered)
                gathered = []
            gathered.append(source)
    if gathered or not groups:
        groups.append(gathered)
    return tuple(Group(number, tuple(sources)) for number, sources in enumerate(groups))


def make_files(task: FilesTask, group: Group) -> tuple[DataFile, ...]:
    """Make one group's files. Making them again makes the same ones.

    Raises:
        ItemsLost: a draft holds another number of rows than were drafted.
    """
    s3 = storage.client("s3", task.region)
    if len(group.sources) == 1 and group.sources[0].columns == task.columns:
        return (_promoted(s3, task, group),)
    with tempfile.TemporaryDirectory(prefix="ddb-snapshot-") as folder:
        files = DataFiles(s3, task.location, task.output_format, task.columns, group.number, Path(folder))
        for source in group.sources:
            rows = 0
            for part in read_file(
                s3, S3Path(task.location.bucket, source.draft.key), task.output_format, source.columns, Path(folder)
            ):
                for batch in recolumned(part, source.columns, task.columns):
                    files.write(batch)
                    rows += batch.num_rows
            if rows != source.draft.rows:
                raise ItemsLost(f"{source.draft.key}: {source.draft.rows} rows were drafted, {rows} were read.")
        return files.finish()


def read_file(s3: Any, path: S3Path, output_format: str, columns: Layout, folder: Path) -> Iterator[Any]:
    """The rows of a file in S3, in parts. The file lies in `folder` meanwhile, not in memory."""
    local = folder / "source"
    storage.download(s3, path, local)
    try:
        with local.open("rb") as opened:
            yield from formats.read_parts(output_format, opened, columns)
    finally:
        local.unlink()


def _promoted(s3: Any, task: FilesTask, group: Group) -> DataFile:
    """The group's only draft, copied to its place."""
    (source,) = group.sources
    name = f"part-{group.number:05d}{formats.by_name(task.output_format).EXTENSION}"
    storage.copy(s3, S3Path(task.location.bucket, source.draft.key), task.location / name)
    return DataFile(name, source.draft.rows, source.draft.bytes)


def _together(one: Sequence[DataFile], other: Sequence[DataFile]) -> tuple[DataFile, ...]:
    return (*one, *other)
