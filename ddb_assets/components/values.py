"""Values in a defs.yaml, checked: each function gives the value, or raises ValueError saying what is allowed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, Final, get_args

import dagster as dg
from pydantic import BeforeValidator

from ddb_assets.components.refusals import RefusedAt
from ddb_assets.dagster_internals import (
    VALID_TAG_KEY_EXPLANATION,
    CroniterBadDateError,
    CroniterShim,
    is_valid_cron_string,
    is_valid_strict_tag_value,
    is_valid_tag_key,
)
from ddb_assets.model.capture import CHOICES
from ddb_assets.model.table import Backfill, CatalogMethod
from ddb_assets.model.words import parse_duration
from ddb_assets.settings import key_prefix
from ddb_snapshot.allowed import is_table_name
from ddb_snapshot.columns import ColumnOptions
from ddb_snapshot.formats import OUTPUT_FORMATS
from ddb_snapshot.names import iso_instant
from ddb_snapshot.source_identity import require_name

# Beyond them neither Dagster nor cron can count to the next partition from every instant.
_EARLIEST_YEAR, _LATEST_YEAR = 1970, 2199

VIEW_NAME: Final = r"^[a-z][a-z0-9_]{0,127}$"
"""The name of a chain, which is that of its view."""


def cron(value: str) -> str:
    """A cron expression of five fields that comes at some time."""
    example = "such as '0 0 * * *' for every midnight UTC"
    if _never_comes(value):
        raise ValueError(
            f"{value!r} is a cron expression that never comes: no such day is in any year. Write one {example}"
        )
    if not is_valid_cron_string(value):
        raise ValueError(f"{value!r} is not a cron expression of five fields, {example}")
    return value


def _never_comes(value: str) -> bool:
    try:
        CroniterShim(value, datetime(2024, 1, 1)).get_next(datetime)  # type: ignore[no-untyped-call]
    except CroniterBadDateError:
        return True
    except (ValueError, KeyError):  # not a cron expression at all
        return False
    return False


def table_name(value: str) -> str:
    """A DynamoDB table's name."""
    require_name(value)
    if not is_table_name(value):
        raise ValueError(f"{value!r} is no table's name: 3 to 255 letters, digits, `_`, `-` or `.`")
    return value


def file_format(value: str) -> str:
    """The format of a snapshot's files."""
    return _one_of(value, OUTPUT_FORMATS)


def catalog_method(value: str) -> str:
    """A way of publication."""
    return _one_of(value, get_args(CatalogMethod))


def capture_method(value: str) -> str:
    """A way of capture, or auto."""
    return _one_of(value, CHOICES)


def backfill(value: str) -> str:
    """How Dagster runs a backfill."""
    return _one_of(value, get_args(Backfill))


def at_least(least: int, kind: type[int] | type[float]) -> BeforeValidator:
    """A number from `least` on: before pydantic, which takes a text of digits or a boolean for one."""

    def check(value: Any) -> Any:
        numeric = (int,) if kind is int else (int, float)
        if value is not None and (isinstance(value, bool) or not isinstance(value, numeric) or value < least):
            raise ValueError(f"{value!r} is not a{'n integer' if kind is int else ' number'} from {least} on")
        return value

    return BeforeValidator(check)


def prefix(value: str | None) -> str | None:
    """A prefix of S3 keys."""
    return None if value is None else key_prefix(value)


def pins(value: Mapping[str, str]) -> Mapping[str, str]:
    """Attributes and the types that they are pinned to."""
    return ColumnOptions(columns=value).columns


def nested(value: str) -> str:
    """How maps and lists are stored."""
    return ColumnOptions.from_json({"nested": value}).nested


def numbers(value: str) -> str:
    """How numbers are stored."""
    return ColumnOptions.from_json({"numbers": value}).numbers


def owners(value: Sequence[str]) -> Sequence[str]:
    """Owners as Dagster has them."""
    for number, owner in enumerate(value):
        if not _can_own(owner):
            raise RefusedAt((number,), f"{owner!r} is neither an e-mail address nor a team, such as team:data")
    return value


def _can_own(owner: str) -> bool:
    try:
        dg.AssetSpec("asset", owners=[owner])
    except dg.DagsterInvalidDefinitionError:
        return False
    return True


def tags(value: Mapping[str, str]) -> Mapping[str, str]:
    """Tags as Dagster has them."""
    for name, text in value.items():
        if not is_valid_tag_key(name):
            raise RefusedAt((name,), f"{name!r} is not a tag's name. {VALID_TAG_KEY_EXPLANATION}")
        if not is_valid_strict_tag_value(text):
            raise RefusedAt((name,), f"{text!r} is no tag's value: at most 63 letters, digits, `_`, `-` and `.`")
    return value


def start(value: str | None) -> str | None:
    """The first partition's instant."""
    if value is not None:
        parse_start(value)
    return value


def parse_start(value: str) -> datetime:
    """The instant, in UTC."""
    try:
        parsed = iso_instant(value)
    except ValueError:
        raise ValueError(f"{value!r} is not an instant such as 2026-11-24T00:00 or 2026-11-24") from None
    if not _EARLIEST_YEAR <= parsed.year <= _LATEST_YEAR:
        raise ValueError(f"{value!r} is not in the years {_EARLIEST_YEAR} to {_LATEST_YEAR}")
    return parsed.replace(tzinfo=timezone.utc) if parsed.tzinfo is None else parsed.astimezone(timezone.utc)


def duration(value: str | None) -> str | None:
    """A length of time."""
    if value is not None:
        parse_duration(value)
    return value


def _one_of(value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"{value!r} is not one of {', '.join(allowed)}")
    return value
