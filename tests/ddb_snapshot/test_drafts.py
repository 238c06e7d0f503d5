"""However items come, a few at a time or all at once, the snapshot is the same: drafts never show in its files."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddb_snapshot import assembly, formats, thresholds
from ddb_snapshot.assembly import FilesTask, assemble, grouped
from ddb_snapshot.columns import ColumnOptions, plan
from ddb_snapshot.drafts import Draft, Drafted, Drafting, DraftTask
from ddb_snapshot.encode.recolumn import recolumned
from ddb_snapshot.formats.conform import schema
from ddb_snapshot.items import canonical, to_items
from ddb_snapshot.storage import S3Path
from ddb_snapshot.tagged import TaggedSchema, read_pages
from tests.conftest import LocalAws
from tests.ddb_snapshot.snapshots import Item, comparable, items, page, snapshot
from tests.profiles import cases
from tests.properties.history import HereAndNow

BUCKET = "dynamodb-exports"
blocks = st.lists(st.lists(items, min_size=1, max_size=3), min_size=1, max_size=4)
all_options = st.builds(
    lambda options: ColumnOptions(**options),
    st.fixed_dictionaries(
        {},
        optional={
            "nested": st.just("json"),
            "numbers": st.sampled_from(["double", "string"]),
            "max_map_keys": st.sampled_from([1, 3]),
            "max_depth": st.sampled_from([1, 2]),
        },
    ),
)


@settings(max_examples=cases(150), deadline=None)
@given(blocks=blocks, options=all_options)
def test_rows_of_any_part_are_rows_of_the_whole(blocks: list[list[Item]], options: ColumnOptions) -> None:
    """What a task has written in columns of its own is the same in the columns of all items."""
    whole = snapshot(*blocks, options=options)
    for block in blocks:
        part = snapshot(block, options=options)
        batches = list(recolumned(part.rows, part.columns, whole.columns))
        rows = pa.Table.from_batches(batches, schema(whole.columns))
        expected = snapshot(block, known=whole.columns, options=options)
        assert expected.columns == whole.columns
        # In text a number may be spelt otherwise (`0` for `-0`): DynamoDB itself gives each number one spelling.
        assert comparable(to_items(rows, whole.columns)) == expected.items()
        assert [column.is_valid() for column in rows.columns] == [column.is_valid() for column in expected.rows.columns]


def drafted(
    local_aws: LocalAws, tmp_path: Path, blocks: Sequence[Sequence[Item]], output_format: str, **options: Any
) -> tuple[DraftTask, Drafted]:
    task = DraftTask(
        "us-east-1", S3Path(BUCKET, f"drafts/{tmp_path.name}/"), output_format, (), ColumnOptions(**options), {}
    )
    drafting = Drafting(task, local_aws.client("s3"), task.staging, tmp_path)
    known = TaggedSchema(task.options.limits())
    for block in blocks:
        raw = page(block)
        tagged, known = read_pages(raw, known)
        drafting.write(tagged, len(raw))
    return task, drafting.finish()


def read_all(local_aws: LocalAws, location: S3Path, files: Any, output_format: str, columns: Any) -> list[Item]:
    s3, found = local_aws.client("s3"), []
    for file in files:
        body = s3.get_object(Bucket=location.bucket, Key=location.key + file.path)["Body"].read()
        assert len(body) == file.bytes
        rows = formats.read(output_format, io.BytesIO(body), columns)
        assert rows.num_rows == file.rows
        found += [canonical(item) for item in to_items(rows, columns)]
    return found


@pytest.mark.parametrize("output_format", formats.OUTPUT_FORMATS)
def test_drafts_in_columns_of_their_own_become_one_file(
    local_aws: LocalAws, tmp_path: Path, output_format: str
) -> None:
    blocks: list[list[Item]] = [
        [{"id": {"S": "1"}, "n": {"N": "1"}, "m": {"M": {"b": {"S": "x"}}}}],
        [{"id": {"S": "2"}, "n": {"N": "1.5"}, "new": {"BOOL": True}, "m": {"M": {"a": {"S": "y"}}}}],
        [{"id": {"S": "3"}, "n": {"N": "1E+100"}, "none": {"NULL": True}, "ID": {"B": "AA=="}}],
        [{"id": {"S": "4"}, "m": {"L": [{"S": "z"}]}}, {"id": {"S": "5"}, "n": {"S": "none"}}],
    ]
    task, done = drafted(local_aws, tmp_path, blocks, output_format)
    columns = task.plan(done.census)
    location = S3Path(BUCKET, f"assembled/{tmp_path.name}/")

    files = assemble(FilesTask("us-east-1", location, output_format, columns), done, HereAndNow())

    assert len(done.drafts) > 1
    assert columns == plan(snapshot(*blocks).census, ())
    assert [file.path for file in files] == [f"part-00000{formats.by_name(output_format).EXTENSION}"]
    assert read_all(local_aws, location, files, output_format, columns) == comparable(
        [item for block in blocks for item in block]
    )


def test_draft_with_the_final_columns_is_copied_not_written_again(
    local_aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, done = drafted(local_aws, tmp_path, [[{"id": {"S": "1"}}], [{"id": {"S": "2"}}]], "parquet")
    monkeypatch.setattr(assembly, "recolumned", refuse)
    location = S3Path(BUCKET, f"assembled/{tmp_path.name}/")

    files = assemble(FilesTask("us-east-1", location, "parquet", task.plan(done.census)), done, HereAndNow())

    assert [(file.path, file.rows) for file in files] == [("part-00000.parquet", 2)]


def refuse(*_: object) -> Any:
    raise AssertionError("rows are written again")


def test_draft_is_closed_after_a_while_so_that_its_rows_are_durable(local_aws: LocalAws, tmp_path: Path) -> None:
    now = [0.0]
    task = DraftTask("us-east-1", S3Path(BUCKET, f"drafts/{tmp_path.name}/"), "parquet", (), ColumnOptions(), {})
    drafting = Drafting(task, local_aws.client("s3"), task.staging, tmp_path, clock=lambda: now[0])
    tagged, _ = read_pages(page([{"id": {"S": "1"}}]))

    drafting.write(tagged, 10)
    assert not drafting.close_if_due()
    now[0] = thresholds.now().durable_seconds
    assert drafting.close_if_due()

    assert [draft.rows for draft in drafting.state.drafts] == [1]
    assert Drafted.from_json(drafting.state.to_json()) == drafting.state


sizes = st.lists(st.tuples(st.integers(1, 200 * 2**20), st.booleans()), max_size=30)


@settings(max_examples=cases(200), deadline=None)
@given(sizes=sizes)
def test_every_draft_is_in_one_group_and_groups_are_of_a_fair_size(sizes: list[tuple[int, bool]]) -> None:
    same, other = snapshot([{"id": {"S": "1"}}]).columns, snapshot([{"id": {"S": "1"}, "x": {"S": ""}}]).columns
    all_drafts = tuple(Draft(f"{n:05d}", 1, size, int(alike)) for n, (size, alike) in enumerate(sizes))

    groups = grouped(Drafted(all_drafts, (other, same)), same)

    assert sorted(source.draft.key for group in groups for source in group.sources) == [
        draft.key for draft in all_drafts
    ]
    assert [group.number for group in groups] == list(range(len(groups)))
    written_again = [group for group in groups if group.sources and not kept(group)]
    assert all(size_of(group) <= 2**27 or len(group.sources) == 1 for group in groups)
    total = sum(size for size, _ in sizes)
    assert len(groups) <= 1 + total / thresholds.now().kept_bytes + len(written_again)


def kept(group: Any) -> bool:
    return len(group.sources) == 1 and group.sources[0].draft.layout == 1


def size_of(group: Any) -> int:
    return sum(source.draft.bytes for source in group.sources)


def test_value_that_no_column_holds_is_refused(tmp_path: Path) -> None:
    part = snapshot([{"id": {"N": "1.5"}}])
    other = snapshot([{"id": {"N": "1"}}])

    with pytest.raises(ValueError, match=r"attribute 'id': no column holds this value of type N"):
        list(recolumned(part.rows, part.columns, other.columns))
