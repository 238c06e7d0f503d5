"""Partitions in Glue's Data Catalog: the calls, and a partition as a published snapshot.

Source: AWS Glue API reference, "Partition API".
"""

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlglot import exp

from ddb_assets.aws.glue_calls import AlreadyExists, EntityNotFound, GlueCalls
from ddb_assets.catalog import Published, Refused, Span
from ddb_snapshot.names import PARTITION_COLUMN

# An expression has 2,048 characters at most. Source: AWS Glue API reference, "GetPartitions".
_KEYS_A_CALL: Final = 90


@dataclass(frozen=True)
class GluePartitions:
    """The calls for one table's partitions."""

    glue: GlueCalls
    database: str
    table: str

    def get(self, snapshot_timestamp: str) -> Published | None:
        """The partition of that key, or None."""
        try:
            found = self.glue("get_partition", **self._address, PartitionValues=[snapshot_timestamp])
        except EntityNotFound:
            return None
        return published(found["Partition"])

    def within(self, span: Span) -> Iterator[Published]:
        """The partitions of the span, in any order; none when there is no such table."""
        # Keys of type string are compared as text.
        ends = ((">=", span.since), ("<", span.before))
        return self._matching(
            " AND ".join(f"{PARTITION_COLUMN} {sign} {_literal(key)}" for sign, key in ends if key is not None)
        )

    def at(self, keys: Collection[str]) -> Iterator[Published]:
        """Those of these partitions that are there, in any order."""
        wanted = sorted(keys)
        for start in range(0, len(wanted), _KEYS_A_CALL):
            some = ", ".join(map(_literal, wanted[start : start + _KEYS_A_CALL]))
            yield from self._matching(f"{PARTITION_COLUMN} IN ({some})")

    def _matching(self, expression: str) -> Iterator[Published]:
        """Those that match, or all, without their columns.

        Source: AWS Glue API reference, "GetPartitions" (Expression, ExcludeColumnSchema).
        """
        wanted = {"Expression": expression} if expression else {}
        pages = self.glue.pages("get_partitions", **self._address, ExcludeColumnSchema=True, **wanted)
        with contextlib.suppress(EntityNotFound):
            for page in pages:
                yield from map(published, page["Partitions"])

    def put(self, partition: Mapping[str, Any]) -> None:
        """Create the partition, or update the one that is there."""
        try:
            self.glue("create_partition", **self._address, PartitionInput=partition)
        except AlreadyExists:
            values = partition["Values"]
            self.glue("update_partition", **self._address, PartitionValueList=values, PartitionInput=partition)

    def update(self, partitions: Sequence[Mapping[str, Any]]) -> Sequence[Refused]:
        """Update partitions that are there, at most a hundred; those that were refused."""
        entries = [{"PartitionValueList": one["Values"], "PartitionInput": one} for one in partitions]
        answer = self.glue("batch_update_partition", **self._address, Entries=entries)
        return [_refused(error) for error in answer.get("Errors", ())]

    @property
    def _address(self) -> Mapping[str, str]:
        return {"DatabaseName": self.database, "TableName": self.table}


def published(partition: Mapping[str, Any]) -> Published:
    """A partition as the Glue API gives it, or takes it."""
    return Published(
        partition["Values"][0],
        (partition.get("StorageDescriptor") or {}).get("Location") or "",
        partition.get("Parameters") or {},
    )


def _refused(error: Mapping[str, Any]) -> Refused:
    detail = error.get("ErrorDetail", {})
    return Refused(error["PartitionValueList"][0], f"{detail.get('ErrorCode')}: {detail.get('ErrorMessage')}")


def _literal(key: str) -> str:
    return str(exp.Literal.string(key).sql(dialect="trino"))
