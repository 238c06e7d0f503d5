"""Whatever is written when: an export is the table at its instant, and increments lead from one to the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ddb_assets.local import past
from tests.conftest import LocalAws
from tests.local.exported import Attributes, Line, Table, by_key, from_json, make_table
from tests.profiles import cases

_HOURS = 24
_SECONDS = _HOURS * 3600

# Any second; or a whole hour, so that writes and windows meet at one instant.
instants = st.one_of(
    st.integers(1, _SECONDS).map(lambda second: timedelta(seconds=second)),
    st.integers(1, _HOURS).map(lambda hour: timedelta(hours=hour)),
)
keys = st.builds(
    lambda key, sort: {"id": {"S": key}, "sort": {"N": sort}}, st.sampled_from("ab"), st.sampled_from("12")
)
numbers = st.decimals(-(10**9), 10**9, places=3).map(lambda number: f"{number.normalize() + 0:f}")
values = st.one_of(
    st.builds(lambda text: {"S": text}, st.text(max_size=4)),
    st.builds(lambda number: {"N": number}, numbers),
    st.builds(lambda binary: {"B": binary}, st.binary(max_size=3)),
    st.just({"NULL": True}),
    st.builds(lambda texts: {"SS": texts}, st.lists(st.text("xyz", min_size=1), min_size=1, max_size=3, unique=True)),
    st.builds(lambda text: {"L": [{"M": {"in": {"S": text}}}]}, st.text(max_size=3)),
)
attributes = st.dictionaries(st.sampled_from(["p", "q"]), values)


@dataclass(frozen=True)
class Put:
    key: Attributes
    attributes: Attributes

    def apply(self, client: Any, table: Table) -> None:
        client.put_item(TableName=table.name, Item={**self.key, **self.attributes})

    def result(self, _: Attributes | None) -> Attributes | None:
        return {**self.key, **self.attributes}


@dataclass(frozen=True)
class Update:
    key: Attributes
    value: Attributes

    def apply(self, client: Any, table: Table) -> None:
        client.update_item(
            TableName=table.name,
            Key=self.key,
            UpdateExpression="SET p = :v REMOVE q",
            ExpressionAttributeValues={":v": self.value},
        )

    def result(self, item: Attributes | None) -> Attributes | None:
        kept = {name: value for name, value in (item or self.key).items() if name != "q"}
        return {**kept, "p": self.value}


@dataclass(frozen=True)
class Delete:
    key: Attributes

    def apply(self, client: Any, table: Table) -> None:
        client.delete_item(TableName=table.name, Key=self.key)

    def result(self, _: Attributes | None) -> Attributes | None:
        return None


operations = st.one_of(st.builds(Put, keys, attributes), st.builds(Update, keys, values), st.builds(Delete, keys))
histories = st.lists(st.tuples(instants, operations), max_size=15).map(
    lambda dated: sorted(dated, key=lambda at: at[0])
)


@settings(max_examples=cases(12), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.lists(st.builds(Put, keys, attributes), max_size=3), history=histories, first=instants, length=instants
)
def test_exports_tell_the_table_at_every_instant(
    local_aws: LocalAws,
    before: list[Put],
    history: list[tuple[timedelta, Put | Update | Delete]],
    first: timedelta,
    length: timedelta,
) -> None:
    begun = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2 * _HOURS + 1)
    start = begun + first
    end = start + max(length, timedelta(minutes=15))
    table = make_table(local_aws, sort=True, at=begun, recover=False)
    client = table.client
    for put in before:
        put.apply(client, table)
    table.recover(at=begun)
    for offset, operation in history:
        with past.at(client, begun + offset):
            operation.apply(client, table)

    def expected(instant: datetime) -> Mapping[str, Attributes]:
        model: dict[str, Attributes | None] = {}
        done = [*before, *(operation for offset, operation in history if begun + offset < instant)]
        for operation in done:
            key = next(iter(by_key([operation.key])))
            model[key] = operation.result(model.get(key))
        return {key: item for key, item in model.items() if item is not None}

    at_start, at_end = (by_key(table.export(ExportTime=instant).items()) for instant in (start, end))
    changes = table.incremental(start, end).lines()

    assert at_start == expected(start)
    assert at_end == expected(end)
    assert merged(at_start, changes) == at_end
    assert all(old_image(change) == at_start.get(key_of(change)) for change in changes)
    now = by_key(table.items())
    assert by_key(table.export().items()) == now == expected(datetime.now(UTC))


def merged(items: Mapping[str, Attributes], changes: list[Line]) -> dict[str, Attributes]:
    merged = dict(items)
    for change in changes:
        if "NewImage" in change:
            merged[key_of(change)] = from_json(change["NewImage"])
        else:
            # A delete of what wasn't there would be a wrong line.
            del merged[key_of(change)]
    return merged


def key_of(change: Line) -> str:
    return next(iter(by_key([change["Keys"]])))


def old_image(change: Line) -> Attributes | None:
    return from_json(change["OldImage"]) if "OldImage" in change else None
