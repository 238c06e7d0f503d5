"""The same items give the same answer however the whole job captures them, and whatever sizes its drafts have."""

import io
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from ddb_snapshot import formats, job, storage, thresholds
from ddb_snapshot.arguments import Arguments
from ddb_snapshot.columns import ColumnOptions
from ddb_snapshot.formats import OUTPUT_FORMATS
from ddb_snapshot.items import to_items
from ddb_snapshot.manifest import Manifest
from ddb_snapshot.storage import S3Path
from tests.conftest import LocalAws
from tests.ddb_snapshot.native_exports import Change, write_full, write_incremental
from tests.ddb_snapshot.snapshots import Item
from tests.profiles import NIGHTLY, cases
from tests.properties.conftest import Tried
from tests.properties.history import BUCKET, HereAndNow, Silent, create_table, replace_items
from tests.properties.tables import Block, tables
from tests.properties.test_all_ways import W1, Thresholds, answer, options, spelled_items

T0 = datetime(2026, 11, 24, tzinfo=UTC)
HOUR = timedelta(hours=1)
JOBS: Sequence[Thresholds] = (
    {},
    {"block_bytes": 1, "durable_seconds": 0, "kept_bytes": 0, "file_bytes": 1, "multipart_bytes": 1},
    {"block_bytes": 300, "durable_seconds": 0, "kept_bytes": 10**12, "wide_leaves": 0, "copy_bytes": 1},
    {"file_bytes": 1, "bucket_items": 1, "shared_items": 1, "listed_bytes": 1, "looked_up_bytes": 1, "kept_bytes": 0},
)
"""One draft; many that are promoted; many that are gathered and written again; many files, buckets, lists of keys."""


@dataclass
class Place:
    """A DynamoDB table, and what it holds now."""

    aws: LocalAws
    name: str
    items: Sequence[Item] = ()

    def take(self, output_format: str, at: datetime, chosen: ColumnOptions, **how: Any) -> Manifest:
        arguments = Arguments(
            table_name=self.name,
            read_percentage=1.0,
            output_prefix=f"s3://{BUCKET}/all_ways/{self.name}",
            output_format=output_format,
            snapshot_timestamp=f"{at:%Y-%m-%dT%H:%M}",
            attempt=uuid.uuid4().hex[:8],
            column_options={
                "nested": chosen.nested,
                "numbers": chosen.numbers,
                "max_map_keys": chosen.max_map_keys,
                "max_depth": chosen.max_depth,
            },
            **how,
        )
        with patch.object(storage, "region", lambda: "us-east-1"):
            return job.run(arguments, HereAndNow, Silent())

    def items_of(self, taken: Manifest) -> dict[str, Item]:
        return spelled_items([*to_items(self.rows(taken), taken.columns)])

    def rows(self, taken: Manifest) -> pa.Table:
        s3, location = self.aws.client("s3"), S3Path.parse(taken.location)
        bodies = (storage.read(s3, location / file.path) for file in taken.files)
        return pa.concat_tables([formats.read(taken.output_format, io.BytesIO(body), taken.columns) for body in bodies])


@pytest.fixture(scope="module")
def place(local_aws: LocalAws) -> Place:
    name = f"Ways{uuid.uuid4().hex[:12]}"
    create_table(name)
    return Place(local_aws, name)


@settings(
    max_examples=cases(3),
    deadline=None,
    suppress_health_check=[*HealthCheck],
    phases=tuple(Phase) if NIGHTLY else (Phase.explicit, Phase.reuse, Phase.generate),
)
@example(blocks=W1, chosen=ColumnOptions(), output_format="parquet")
@given(blocks=tables(most_wide=8), chosen=options, output_format=st.sampled_from(OUTPUT_FORMATS))
def test_all_ways_of_capture_give_the_same_answer(
    place: Place, tried: Tried, blocks: list[Block], chosen: ColumnOptions, output_format: str
) -> None:
    """The whole job: scan, full export and increments, each with drafts and files of every size."""
    tried.cases += 1
    items = [item for block in blocks for item in block]
    put = spelled_items(items)
    replace_items(place.name, place.items, items)
    place.items = items
    s3 = place.aws.client("s3")
    full = write_full(s3, BUCKET, place.name, items, T0 + HOUR)
    # Before, there were the first block's items alone, and one that is gone by now.
    gone: Item = {"id": {"S": "gone"}, "m0": {"M": {"a": {"N": "0.1"}}}}
    before = write_full(s3, BUCKET, place.name, [*blocks[0], gone], T0)
    changed = [Change({"id": item["id"]}, 10**15 + at, item) for at, item in enumerate(items[len(blocks[0]) :])]
    changed.append(Change({"id": gone["id"]}, 10**15, None))
    window = write_incremental(s3, BUCKET, place.name, changed, (T0, T0 + HOUR))
    for forced in JOBS:
        with thresholds.changed(**forced):
            scanned = place.take(output_format, T0, chosen)
            exported = place.take(output_format, T0 + HOUR, chosen, capture="export", exports=(full,))
            first = place.take(output_format, T0, chosen, capture="export", exports=(before,))
            merged = place.take(
                output_format, T0 + HOUR, chosen, capture="incremental", exports=(window,), previous=first.location
            )
        if not forced:
            expected = answer(exported.columns, place.rows(exported))
        for taken in (scanned, exported):
            assert answer(taken.columns, place.rows(taken)) == expected
        for taken in (scanned, exported, merged):
            assert place.items_of(taken) == put
            assert taken.row_count == len(items)
        assert merged.capture.upserts == len(items) - len(blocks[0])
