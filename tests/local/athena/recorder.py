"""Ask a running Trino for the examples' answers: `make record-trino TRINO=http://127.0.0.1:8080`.

Writes `recorded/examples.jsonl`. Cells are the text that GetQueryResults shows; a double is a JSON number; intervals
are in the Python client's spelling.
"""

import datetime as dt
import decimal
import json
import sys
from typing import Any
from urllib.parse import urlsplit

from ddb_assets.local.athena.functions import examples
from ddb_assets.local.athena.functions.json_text import plain_double
from tests.local.athena.replaying import RECORDED


def answer(url: str, sql: str) -> dict[str, Any]:
    """Trino's answer to one statement, or its error's name."""
    import trino

    at = urlsplit(url)
    connection = trino.dbapi.connect(
        host=at.hostname, port=at.port, user="record", catalog="awsdatacatalog", schema="default", timezone="UTC",
        legacy_primitive_types=False,
    )  # fmt: skip
    cursor = connection.cursor()
    try:
        cursor.execute(sql)
        rows = cursor.fetchall()
    except trino.exceptions.TrinoQueryError as error:
        return {"sql": sql, "error": error.error_name}
    types = [column[1] for column in cursor.description]
    return {
        "sql": sql,
        "types": types,
        "rows": [[_cell(v, t) for v, t in zip(row, types, strict=True)] for row in rows],
    }


def _cell(value: Any, kind: str) -> Any:
    return value if value is None or type(value) is float else _text(value, kind)


def _text(value: Any, kind: str = "") -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return plain_double(value) if abs(value) < float("inf") else str(value)
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        return value.hex(" ")
    if isinstance(value, dt.datetime):
        shown = f"{value.year:04d}-{value:%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}"
        return shown if value.tzinfo is None else f"{shown} {getattr(value.tzinfo, 'key', None) or value.tzname()}"
    if isinstance(value, dt.time):
        digits = int(kind[5:-1]) if kind.startswith("time(") else 3
        return f"{value:%H:%M:%S}" + (f".{value.microsecond:06d}"[: digits + 1] if digits else "")
    if isinstance(value, tuple):
        names = getattr(value, "_names", [None] * len(value))
        fields = (
            f"{name or f'field{place}'}={_text(each)}"
            for place, (name, each) in enumerate(zip(names, value, strict=True))
        )
        return "{" + ", ".join(fields) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_text, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(key)}={_text(each)}" for key, each in value.items()) + "}"
    return repr(value) if type(value).__name__ == "relativedelta" else str(value)


if __name__ == "__main__":
    lines = [json.dumps(answer(sys.argv[1], sql), ensure_ascii=False) for sql in examples.statements()]
    (RECORDED / "examples.jsonl").write_text("\n".join(lines) + "\n")
