"""The rows of a published snapshot, counted by Athena and by the manifest."""

from dataclasses import dataclass

from sqlglot import exp

from ddb_assets.aws.athena import Athena
from ddb_assets.aws.s3 import SnapshotStore
from ddb_assets.catalog import Published
from ddb_assets.model.table import TableSpec
from ddb_snapshot.manifest import Manifest
from ddb_snapshot.names import PARTITION_COLUMN


@dataclass(frozen=True)
class RowCounts:
    """The rows of a published snapshot, twice counted; without a manifest there is nothing to agree with."""

    snapshot_timestamp: str
    manifest: Manifest | None
    in_athena: int

    @property
    def in_manifest(self) -> int | None:
        return None if self.manifest is None else self.manifest.row_count

    @property
    def agree(self) -> bool:
        return self.in_manifest == self.in_athena

    def __str__(self) -> str:
        said = "it has no manifest" if self.manifest is None else f"its manifest says {self.in_manifest}"
        return f" at {self.snapshot_timestamp}: Athena counts {self.in_athena} rows, {said}"


def count_rows(table: TableSpec, published: Published, athena: Athena, store: SnapshotStore) -> RowCounts:
    """Count the rows that Athena finds in a partition, beside those that its manifest names."""
    counted = _count(athena, table, published)
    return RowCounts(published.snapshot_timestamp, store.manifest(published.location), counted)


def _count(athena: Athena, table: TableSpec, published: Published) -> int:
    query = (
        exp.select(exp.Count(this=exp.Star()))
        .from_(exp.table_(table.catalog_table, db=table.database, quoted=True))
        .where(exp.column(PARTITION_COLUMN, quoted=True).eq(exp.Literal.string(published.snapshot_timestamp)))
    )
    return int(athena.run(query.sql(dialect="trino"), database=table.database).scalar() or 0)
