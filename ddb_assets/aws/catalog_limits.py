"""What the Glue Data Catalog takes of a table or a partition, asked before either is written.

Lengths are bytes of UTF-8, as AWS's page says; botocore's model of Glue has the same numbers, and a test compares them.
Sources: AWS Glue developer guide, "Table API" and "Partition API"; AWS Glue API reference, "TableInput".
Unproven: how many columns a table may have, and how large a request may be. "AWS Glue endpoints and quotas" names no
limit of either. What Glue refuses beyond these limits fails with its own message.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ddb_assets.errors import UserError


@dataclass(frozen=True)
class CatalogLimits:
    """The longest text of each kind, in bytes."""

    name: int = 255
    """Of a database, a table, a column, an owner, and a parameter's key."""
    column_type: int = 131_072
    comment: int = 255
    description: int = 2_048
    location: int = 2_056
    parameter: int = 512_000
    partition_value: int = 1_024
    view_text: int = 409_600


LIMITS: Final = CatalogLimits()


def require_storable(database: str, table: str, wanted: Mapping[str, Any], limits: CatalogLimits = LIMITS) -> None:
    """Raises `UserError`, naming table, column and limit, when a TableInput or PartitionInput has a text too long."""
    for text in _texts(wanted, limits):
        if text.bytes > text.limit:
            raise UserError(
                f"{database}.{table}: {text.what} has {text.bytes:,} bytes, and the Glue Data Catalog takes "
                f"{text.limit:,}. {text.remedy} Nothing was published."
            )


_SHORTEN: Final = "Make it shorter."
_PIN: Final = "Pin the attribute to one column of text (`columns`), in a chain with a `name` of its own."


@dataclass(frozen=True)
class _Text:
    what: str
    text: str
    limit: int
    remedy: str = _SHORTEN

    @property
    def bytes(self) -> int:
        return len(self.text.encode())


def _texts(wanted: Mapping[str, Any], limits: CatalogLimits) -> Iterator[_Text]:
    storage = wanted.get("StorageDescriptor", {})
    yield _Text("its name", wanted.get("Name", ""), limits.name, "Give this chain a shorter `name`.")
    yield _Text("its description", wanted.get("Description", ""), limits.description)
    yield _Text("its owner", wanted.get("Owner", ""), limits.name)
    yield _Text("its location", storage.get("Location", ""), limits.location, "Use a shorter `prefix`.")
    for value in wanted.get("Values", ()):
        yield _Text(f"partition value {value[:60]}", value, limits.partition_value)
    for whose, part in (("", wanted), ("the storage's ", storage), ("the SerDe's ", storage.get("SerdeInfo", {}))):
        yield from _parameters(whose, part, limits, _SHORTEN)
    for column in (*storage.get("Columns", ()), *wanted.get("PartitionKeys", ())):
        name = column["Name"]
        yield _Text(f"the name of column {name[:60]}", name, limits.name, _PIN)
        yield _Text(f"the type of column {name}", column.get("Type", ""), limits.column_type, _PIN)
        yield _Text(f"the comment of column {name}", column.get("Comment", ""), limits.comment)
        yield from _parameters(f"column {name}'s ", column, limits, _PIN)


def _parameters(whose: str, part: Mapping[str, Any], limits: CatalogLimits, remedy: str) -> Iterator[_Text]:
    for key, value in (part.get("Parameters") or {}).items():
        yield _Text(f"the key of {whose}parameter {key[:60]}", key, limits.name, remedy)
        yield _Text(f"{whose}parameter {key[:60]}", value, limits.parameter, remedy)
