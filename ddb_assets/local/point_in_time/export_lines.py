"""What an export holds: the items before an instant, or the changes of a window, as lines of its data files.

The shape of a line is that of the Amazon DynamoDB developer guide, "DynamoDB table export output format": a deleted
item has no NewImage, one that came and went inside the window has no line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moto.dynamodb.models.dynamo_type import Item

from ddb_assets.local.point_in_time import recording
from ddb_assets.local.point_in_time.history import Change, History
from ddb_assets.local.point_in_time.request import NEW_AND_OLD_IMAGES, Window

# An incremental export is billed as 10 MB at least: unproven, see docs/aws-facts.md ("Amazon DynamoDB pricing").
_LEAST_BILLED = 10 * 1024**2


@dataclass(frozen=True)
class Line:
    """One line of a data file, and the partition key by which it's put into one."""

    partition_key: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Contents:
    """The lines of an export, and the bytes that it is billed for."""

    lines: Sequence[Line]
    billed: int


def full(history: History[Item], instant: int) -> Contents:
    """The table just prior to an instant, which is past."""
    with recording.writing:
        items = history.items_before(instant)
    lines = [Line(_partition_key(item), {"Item": item.attrs}) for item in items]
    return Contents(lines, sum(item.size() for item in items))


def incremental(history: History[Item], window: Window, keys: Sequence[str]) -> Contents:
    """The last state of each item that was written in the window. `keys` names the table's key attributes."""
    with recording.writing:
        changes = history.changes(window.start, window.end)
    size = sum(item.size() for change in changes for item in (change.old, change.new) if item is not None)
    return Contents([_line(change, window.view, keys) for change in changes], max(_LEAST_BILLED, size))


def _line(change: Change[Item], view: str, keys: Sequence[str]) -> Line:
    item = change.new if change.new is not None else change.old
    assert item is not None
    content: dict[str, Any] = {
        "Metadata": {"WriteTimestampMicros": {"N": str(change.instant)}},
        "Keys": {name: item.attrs[name] for name in keys},
    }
    if change.old is not None and view == NEW_AND_OLD_IMAGES:
        content["OldImage"] = change.old.attrs
    if change.new is not None:
        content["NewImage"] = change.new.attrs
    return Line(_partition_key(item), content)


def _partition_key(item: Item) -> str:
    return f"{item.hash_key.type}{item.hash_key.value}"
