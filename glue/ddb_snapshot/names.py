"""Names: of tables, partitions, columns and instants.

DynamoDB allows any UTF-8 in an attribute's name; the Data Catalog is safe with lowercase letters, digits and
underscores (Athena user guide, "Name databases, tables, and columns"). Here a name is only made safe; two
attributes whose safe names collide are told apart by the column plan.
"""

import hashlib
import re
import unicodedata
from datetime import datetime, timezone

PARTITION_COLUMN = "snapshot_timestamp"
NULLS_COLUMN = "ddb_nulls"
RESERVED_COLUMNS = frozenset({PARTITION_COLUMN, NULLS_COLUMN})

MAX_COLUMN_NAME = 200
"""Characters of a column's base name; the catalog's limit is 255 bytes and suffixes need room."""

MAX_CATALOG_NAME = 255
"""Characters of a table's or crawler's name, as of a DynamoDB table's. Source: AWS Glue API reference, "TableInput"."""

_INSTANT_SHAPE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}", re.ASCII)
_HIVE_ESCAPED = re.compile(r"[\x00-\x1f\x7f\"#%'*/:=?\\{\[\]^]")


def catalog_name(table_name: str) -> str:
    """The catalog's name of a DynamoDB table: lowercase, hyphens and dots as underscores."""
    return table_name.lower().replace("-", "_").replace(".", "_")


def snapshots_table(table_name: str) -> str:
    """The catalog table that holds all snapshots of a DynamoDB table."""
    return fitting(f"snapshots_{catalog_name(table_name)}")


def fitting(name: str) -> str:
    """`name`, cut to what the catalog takes. A cut name ends in digits of its SHA-256, so that no two become one."""
    if len(name) <= MAX_CATALOG_NAME:
        return name
    return f"{name[: MAX_CATALOG_NAME - 14]}__{name_digest(name, 12)}"


def partition_folder(snapshot_timestamp: str) -> str:
    """The partition's folder, with the value escaped as Hive, Spark and Athena escape it (a colon becomes `%3A`)."""
    escaped = _HIVE_ESCAPED.sub(lambda match: f"%{ord(match.group()):02X}", snapshot_timestamp)
    return f"{PARTITION_COLUMN}={escaped}"


def attempt_folder(attempt: str, run_id: str) -> str:
    """The folder of one run's attempt: the run's id is part of it, so that no two runs ever share one.

    An answer of StartJobRun that is lost, a retry, or a second hand gives two runs the same `attempt`.
    """
    return f"{attempt}-{run_id}" if attempt else run_id


def iso_instant(text: str) -> datetime:
    """The instant that an ISO 8601 text names, with `Z` or an offset or neither. Raises ValueError: it is none."""
    # Python 3.10 reads offsets, but no `Z`.
    return datetime.fromisoformat(f"{text[:-1]}+00:00" if text.endswith("Z") else text)


def format_instant(instant: datetime) -> str:
    """`YYYY-MM-DDTHH:MM` in UTC.

    Raises ValueError for a datetime without a timezone, since its instant is unknown.
    """
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no timezone; give an aware datetime")
    return instant.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M")


def parse_instant(text: str) -> datetime:
    """The instant that `format_instant` wrote. Raises ValueError for any other text."""
    if not _INSTANT_SHAPE.fullmatch(text):
        raise ValueError(f"{text!r} is not a snapshot_timestamp; write it as YYYY-MM-DDTHH:MM (UTC)")
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M").replace(tzinfo=timezone.utc)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a snapshot_timestamp: {error}") from None


def column_name(attribute: str) -> str:
    """A safe base name for an attribute: `[a-z_][a-z0-9_]*`, at most 200 characters, the same for ever.

    Accents are dropped, anything else unsafe becomes an underscore. A name of which nothing readable is left, or which
    is too long, carries six hexadecimal digits of the attribute's SHA-256 instead.
    """
    decomposed = unicodedata.normalize("NFKD", attribute)
    plain = "".join(char for char in decomposed if not unicodedata.combining(char)).lower()
    safe = re.sub(r"[^a-z0-9_]", "_", plain)
    if not re.search(r"[a-z0-9]", safe):
        return f"c_{name_digest(attribute)}"
    if safe[0].isdigit():
        safe = f"c_{safe}"
    if len(safe) > MAX_COLUMN_NAME:
        safe = f"{safe[: MAX_COLUMN_NAME - 8]}__{name_digest(attribute)}"
    return safe


def name_digest(attribute: str, digits: int = 6) -> str:
    """Hexadecimal digits of the SHA-256 of an attribute's exact name."""
    return hashlib.sha256(attribute.encode()).hexdigest()[:digits]
