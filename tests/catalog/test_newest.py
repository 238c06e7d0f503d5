"""The newest snapshots, found by spans of keys: the same ones that a look at every partition finds."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count, islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.data_catalog import DataCatalog
from ddb_assets.catalog import Published, Span, newest, newest_first, spans_back
from ddb_snapshot.names import format_instant
from tests.catalog.listed import DATABASE, Listed, beginning, keys, published, snapshots, within
from tests.conftest import LocalAws
from tests.profiles import cases

TABLES = count()


@given(st.data())
def test_the_newest_is_the_one_that_a_full_listing_has(data: st.DataObject) -> None:
    there = data.draw(snapshots())
    since = data.draw(beginning(there))

    assert newest(Listed({"t": there}), DATABASE, "t", since) == _newest_of_all(there)


@given(snapshots(), keys())
def test_those_before_a_key_come_newest_first_and_each_once(there: list[Published], before: str) -> None:
    catalog = Listed({"t": there})

    assert list(newest_first(catalog, DATABASE, "t", before)) == _back_from(there, before)
    assert list(newest_first(catalog, DATABASE, "t")) == _back_from(there, None)


@given(keys(), st.none() | keys())
def test_every_key_is_in_one_span(key: str, since: str | None) -> None:
    assert [within(key, span) for span in spans_back(since)].count(True) == 1


@settings(max_examples=cases(50))
@given(st.data())
def test_glue_finds_the_same(local_aws: LocalAws, data: st.DataObject) -> None:
    """The catalog's own comparison of keys, as expressions, on the server."""
    there = data.draw(snapshots())
    since, before = data.draw(beginning(there)), data.draw(keys())
    catalog, table = DataCatalog(connection=Connection()), _in_glue(local_aws, there)

    assert newest(catalog, DATABASE, table, since) == _newest_of_all(there)
    assert list(newest_first(catalog, DATABASE, table, before)) == _back_from(there, before)


def test_a_key_with_a_quote_is_compared_as_it_is(local_aws: LocalAws) -> None:
    """Others may add partitions with any value; what is asked for is always one value."""
    catalog, table = DataCatalog(connection=Connection()), _in_glue(local_aws, [published("it's"), published("its")])

    found = catalog.snapshots(DATABASE, table, Span(since="it's", before="it's "))

    assert [one.snapshot_timestamp for one in found] == ["it's"]


@pytest.mark.parametrize("asked", [0, 1, 90, 91, 200])
def test_of_some_keys_it_finds_those_that_are_there(local_aws: LocalAws, asked: int) -> None:
    now = datetime.now(UTC)
    times = [format_instant(now - timedelta(hours=back)) for back in range(asked + 1)]
    catalog, table = DataCatalog(connection=Connection()), _in_glue(local_aws, [published(key) for key in times[::2]])

    found = [one.snapshot_timestamp for one in catalog.at(DATABASE, table, set(times[1:]))]

    assert sorted(found, reverse=True) == times[2::2]


def test_without_a_table_there_is_nothing(local_aws: LocalAws) -> None:
    catalog = DataCatalog(connection=Connection())

    assert newest(catalog, DATABASE, "none", None) is None
    assert list(newest_first(catalog, DATABASE, "none")) == []


@pytest.mark.parametrize("partitions", [10, 3_000])
def test_from_the_snapshot_that_a_view_shows_on_it_is_one_call_for_what_is_newer(partitions: int) -> None:
    now = datetime.now(UTC).replace(minute=0)
    catalog = Listed({"t": [published(format_instant(now - timedelta(hours=back))) for back in range(partitions)]})

    found = newest(catalog, DATABASE, "t", format_instant(now - timedelta(hours=1)))

    assert found == published(format_instant(now))
    assert catalog.answers == [2]


def test_a_first_view_and_a_snapshot_before_need_no_look_at_all_of_them() -> None:
    now = datetime.now(UTC).replace(minute=0)
    catalog = Listed({"t": [published(format_instant(now - timedelta(hours=back))) for back in range(3_000)]})

    newest(catalog, DATABASE, "t", None)
    list(islice(newest_first(catalog, DATABASE, "t", format_instant(now)), 10))

    assert len(catalog.answers) == 2
    assert sum(catalog.answers) <= 2 * 49


def _newest_of_all(there: Sequence[Published]) -> Published | None:
    return max((one for one in there if one.attempted), key=lambda one: one.snapshot_timestamp, default=None)


def _back_from(there: Sequence[Published], before: str | None) -> Sequence[Published]:
    found = (one for one in there if before is None or one.snapshot_timestamp < before)
    return sorted(found, key=lambda one: one.snapshot_timestamp, reverse=True)


def _in_glue(local_aws: LocalAws, there: Sequence[Published]) -> str:
    """A table of its own with these partitions."""
    glue, table = local_aws.client("glue"), f"t_{next(TABLES)}"
    with suppress(glue.exceptions.AlreadyExistsException):
        glue.create_database(DatabaseInput={"Name": DATABASE})
    key = {"Name": "snapshot_timestamp", "Type": "string"}
    glue.create_table(DatabaseName=DATABASE, TableInput={"Name": table, "PartitionKeys": [key]})
    for some in _batches(there):
        entries = [
            {
                "Values": [one.snapshot_timestamp],
                "StorageDescriptor": {"Location": one.location},
                "Parameters": dict(one.parameters),
            }
            for one in some
        ]
        glue.batch_create_partition(DatabaseName=DATABASE, TableName=table, PartitionInputList=entries)
    return table


def _batches(there: Sequence[Published]) -> Iterator[Sequence[Published]]:
    for start in range(0, len(there), 100):
        yield there[start : start + 100]
