"""The data files of many partitions by few calls: the table's folder is listed once, not each partition's."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from ddb_assets.local.athena.catalog import Partition, Table
from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.storage import DataFile, Storage, folder, is_data


@dataclass(frozen=True)
class Limits:
    """From how many partitions on the table's folder is listed, and how many objects for each of them it may hold."""

    partitions: int = 16
    objects: int = 20


LIMITS: Final = Limits()


def files_of(
    storage: Storage, table: Table, partitions: Sequence[Partition], limits: Limits = LIMITS
) -> Callable[[Partition], list[DataFile]]:
    """A function that gives a partition's data files, in key order.

    Partitions that lie elsewhere than the table are listed one by one, as all are where the table's folder holds much
    that is of none of them.
    """
    listed = _listed(storage, table, limits.objects * len(partitions)) if len(partitions) >= limits.partitions else None

    def files(partition: Partition) -> list[DataFile]:
        found = None if listed is None else listed.below(partition.storage.location)
        return storage.data_files(partition.storage.location) if found is None else list(found)

    return files


@dataclass(frozen=True)
class _Listed:
    """All objects of a folder, in key order."""

    bucket: str
    prefix: str
    objects: Sequence[DataFile]
    keys: Sequence[str]

    def below(self, location: str) -> Iterator[DataFile] | None:
        """The data files of a location; None where it is not in this folder."""
        bucket, prefix = folder(location)
        if bucket != self.bucket or not prefix.startswith(self.prefix):
            return None
        return self._below(prefix)

    def _below(self, prefix: str) -> Iterator[DataFile]:
        for place in range(bisect_left(self.keys, prefix), len(self.keys)):
            if not self.keys[place].startswith(prefix):
                return
            if is_data(self.objects[place], prefix):
                yield self.objects[place]


def _listed(storage: Storage, table: Table, most: int) -> _Listed | None:
    try:
        bucket, prefix = folder(table.storage.location)
        objects = list(islice(storage.objects(bucket, prefix), most + 1))
    except QueryError:
        # The table's own location need not be there: no file is read from it.
        return None
    if len(objects) > most:
        return None
    objects.sort(key=lambda file: file.key)
    return _Listed(bucket, prefix, objects, [file.key for file in objects])
