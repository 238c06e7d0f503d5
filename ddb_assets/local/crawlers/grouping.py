"""Which files are one table, and which of its folders are its partitions.

The rules are AWS Glue's, with one simplification: where AWS weighs a majority of similar folders, here all files below
a folder must be alike, or each folder in it is looked at by itself. Source: AWS Glue developer guide, "How does a
crawler determine when to create partitions?", "How to create a single schema for each Amazon S3 include path".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from ddb_assets.local.athena.hive_types import STRING, HiveType
from ddb_assets.local.athena.storage import DataFile
from ddb_assets.local.crawlers.classify import FileSchema
from ddb_assets.local.crawlers.inference import Columns, Conflict, merged_columns
from ddb_assets.local.crawlers.options import Options, Target

_SIMILAR: Final = 0.7
Crawled = Sequence[tuple[DataFile, FileSchema]]


@dataclass(frozen=True)
class FoundPartition:
    """A folder of a table: its values are unescaped, as the catalog has them."""

    values: tuple[str, ...]
    location: str
    files: tuple[FileSchema, ...]
    columns: Columns


@dataclass(frozen=True)
class FoundTable:
    """What the crawler would write into the catalog. A table without keys has one partition without values."""

    name: str
    location: str
    keys: tuple[str, ...]
    partitions: tuple[FoundPartition, ...]
    columns: Columns

    @property
    def files(self) -> tuple[FileSchema, ...]:
        return tuple(file for partition in self.partitions for file in partition.files)

    @property
    def name_if_taken(self) -> str:
        """The name when another location's table has its own."""
        return f"{self.name}_{hashlib.md5(self.location.encode(), usedforsecurity=False).hexdigest()}"


def tables(target: Target, crawled: Crawled, options: Options) -> Iterator[FoundTable]:
    """The tables below a target.

    Raises:
        Conflict: files below a folder that is made one table by its level have no schema in common.
    """
    if not crawled:
        return
    if options.table_level is None:
        yield from _below(target.uri, crawled, options)
        return
    for folder, files in _folders(crawled, depth=options.table_level).items():
        yield _table(folder, files, options)


def _below(folder: str, crawled: Crawled, options: Options) -> Iterator[FoundTable]:
    if _alike(folder, crawled, options):
        yield _table(folder, crawled, options)
        return
    level = folder.count("/") - 2
    deeper = [each for each in crawled if each[0].uri.count("/") - 2 > level]
    for child, files in _folders(deeper, depth=level + 1).items():
        yield from _below(child, files, options)
    for file, schema in crawled:
        if file.uri.rpartition("/")[0] + "/" == folder:
            yield _table(file.uri, [(file, schema)], options)


def _folders(crawled: Crawled, depth: int) -> dict[str, list[tuple[DataFile, FileSchema]]]:
    """The files by the folder they lie below at that depth; the bucket has depth 1."""
    found: dict[str, list[tuple[DataFile, FileSchema]]] = {}
    for file, schema in crawled:
        parts = file.uri.split("/")
        if len(parts) > depth + 2:
            found.setdefault("/".join(parts[: depth + 2]) + "/", []).append((file, schema))
    return found


def _alike(folder: str, crawled: Crawled, options: Options) -> bool:
    first = crawled[0][1]
    if any(schema.classification != first.classification for _, schema in crawled):
        return False
    if len({file.uri.count("/") for file, _ in crawled}) > 1:
        return False
    try:
        whole = _merged([schema for _, schema in crawled], options)
    except Conflict:
        return False
    return options.combine or all(len(schema.columns) >= _SIMILAR * len(whole) for _, schema in crawled)


def _table(location: str, crawled: Crawled, options: Options) -> FoundTable:
    folders: dict[str, list[FileSchema]] = {}
    for file, schema in crawled:
        folders.setdefault(file.uri[: file.uri.rfind("/") + 1], []).append(schema)
    parts = {folder: _parts(location, folder) for folder in folders}
    keys = {tuple(key for key, _ in named) for named in parts.values()}
    if len(keys) > 1:
        raise Conflict(f"The folders below {location} have different partition keys: {sorted(keys)}")
    return FoundTable(
        name=options.table_prefix + _table_name(location),
        location=location,
        keys=keys.pop(),
        partitions=tuple(
            FoundPartition(
                tuple(value for _, value in parts[folder]), folder, tuple(schemas), _merged(schemas, options)
            )
            for folder, schemas in folders.items()
        ),
        columns=_merged([schema for _, schema in crawled], options),
    )


def _merged(schemas: Sequence[FileSchema], options: Options) -> Mapping[str, HiveType]:
    """The columns of all. Where one schema is asked for, values of text files that don't agree are strings."""
    whole: Columns = {}
    for schema in schemas:
        text = options.combine and schema.classification in ("csv", "json")
        whole = merged_columns(whole, schema.columns, otherwise=STRING if text else None)
    return whole


def _parts(root: str, folder: str) -> tuple[tuple[str, str], ...]:
    """The folder's partition keys and values; a part without `=` is a value of `partition_<n>`."""
    below = folder.removeprefix(root).strip("/") if folder.startswith(root) else ""
    named = [part.partition("=") for part in below.split("/") if part]
    return tuple(
        (unquote(key).lower(), unquote(value)) if equals else (f"partition_{at}", unquote(key))
        for at, (key, equals, value) in enumerate(named)
    )


def _table_name(location: str) -> str:
    last = location.rstrip("/").rpartition("/")[2]
    return re.sub(r"[^a-z0-9_]", "_", last.lower())
