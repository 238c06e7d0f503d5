"""Values in a defs.yaml, checked: each function gives the value, or raises ValueError saying what is allowed."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, get_args

from dagster._utils.schedules import is_valid_cron_string
from pydantic import AfterValidator

from ddb_assets.chain.table import Backfill, CaptureMethod, CatalogMethod
from ddb_assets.planning.words import parse_duration
from ddb_assets.settings import key_prefix
from ddb_snapshot.columns import ColumnOptions
from ddb_snapshot.formats import OUTPUT_FORMATS

TABLE_NAME = r"^[A-Za-z0-9_.-]{3,255}$"


def cron(value: str) -> str:
    """A cron expression of five fields."""
    if not is_valid_cron_string(value):
        raise ValueError(
            f"{value!r} is not a cron expression of five fields, such as '0 0 * * *' for every midnight UTC"
        )
    return value


def table_name(value: str) -> str:
    """A DynamoDB table's name. Source: Amazon DynamoDB developer guide, "Naming rules"."""
    if not re.fullmatch(TABLE_NAME, value):
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
    return _one_of(value, get_args(CaptureMethod))


def backfill(value: str) -> str:
    """How Dagster runs a backfill."""
    return _one_of(value, get_args(Backfill))


def at_least(least: int, kind: type[int] | type[float]) -> AfterValidator:
    """A number from `least` on. Dagster hands over text too, of which pydantic's `ge` says too little."""

    def check(value: Any) -> Any:
        numeric = (int,) if kind is int else (int, float)
        if value is not None and (isinstance(value, bool) or not isinstance(value, numeric) or value < least):
            raise ValueError(f"{value!r} is not a{'n integer' if kind is int else ' number'} from {least} on")
        return value

    return AfterValidator(check)


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


def start(value: str | None) -> str | None:
    """The first partition's instant."""
    if value is not None:
        parse_start(value)
    return value


def parse_start(value: str) -> datetime:
    """The instant, in UTC."""
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value!r} is not an instant such as 2026-11-24T00:00 or 2026-11-24") from None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def duration(value: Any) -> Any:
    """A length of time, as text."""
    if value is not None:
        parse_duration(str(value))
    return value


def _one_of(value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"{value!r} is not one of {', '.join(allowed)}")
    return value
