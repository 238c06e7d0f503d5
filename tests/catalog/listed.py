"""A catalog that is a list: what is found in it by a look at all of it is what any other way has to find."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from ddb_assets.catalog import Published, Span
from ddb_snapshot.names import format_instant, parse_instant

DATABASE = "listed"


@dataclass
class Listed:
    """Tables' snapshots by the tables' names, and how many of them were given away in how many answers."""

    tables: Mapping[str, Sequence[Published]]
    answers: list[int] = field(default_factory=list)

    def snapshots(self, database: str, table: str, span: Span) -> Iterator[Published]:
        found = [one for one in self.tables.get(table, ()) if within(one.snapshot_timestamp, span)]
        self.answers.append(len(found))
        return iter(found)


def within(key: str, span: Span) -> bool:
    return (span.since is None or key >= span.since) and (span.before is None or key < span.before)


def published(key: str, named: bool = True) -> Published:
    """A snapshot, or a partition that a crawler has added and whose attempt is not verified yet."""
    parameters = {"ddb.attempt": f"attempt-{key}", "ddb.row_count": "1"} if named else {"classification": "parquet"}
    return Published(key, f"s3://dynamodb-exports/listed/{key.replace(':', '')}/", parameters)


def keys() -> st.SearchStrategy[str]:
    """Keys of all times: near to one another, years apart, to come, and on the edges of spans that are asked for."""
    now = datetime.now(UTC).replace(minute=0)
    near = st.integers(-50, 200).map(lambda hours: now - timedelta(hours=hours))
    far = st.integers(0, 2500).map(lambda days: now - timedelta(days=days))
    edges = st.sampled_from([2, 34, 546]).flatmap(
        lambda days: st.integers(-1, 1).map(lambda minutes: now - timedelta(days=days, minutes=minutes))
    )
    ancient = st.sampled_from(["1000-01-01T00:00", "1000-01-02T23:59", "1970-01-01T00:00", "9999-12-31T23:59"])
    return st.one_of(near, far, edges, ancient.map(parse_instant)).map(format_instant)


def snapshots(most: int = 25) -> st.SearchStrategy[list[Published]]:
    """Some of them as a crawler has left them."""
    each = st.builds(published, keys(), st.sampled_from([True, True, True, False]))
    return st.lists(each, max_size=most, unique_by=lambda one: one.snapshot_timestamp)


def beginning(there: Sequence[Published]) -> st.SearchStrategy[str | None]:
    """What a view shows: nothing, one that is there, or one that was deleted since."""
    shown = [st.none(), keys()]
    return st.one_of(*shown, st.sampled_from([one.snapshot_timestamp for one in there])) if there else st.one_of(*shown)
