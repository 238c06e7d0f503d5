"""What users would pick to get a DynamoDB table into Parquet: each reads it all and writes one file to S3.

Each is called with the table's name and the folder to write to, and gives the number of rows.
"""

import io
from functools import cache
from typing import Any

from benchmarks.endpoint import BUCKET
from benchmarks.measuring import CORES


def ours(table_name: str, folder: str) -> int:
    """This project's job."""
    from benchmarks.ours import scan_to_parquet

    return scan_to_parquet(table_name, f"s3://{BUCKET}/{folder}", CORES).row_count


def boto3_paginator(table_name: str, folder: str) -> int:
    """boto3's client and its paginator, values made plain by a few lines, pyarrow."""
    items: list[dict[str, Any]] = []
    for page in _client("dynamodb").get_paginator("scan").paginate(TableName=table_name):
        for item in page["Items"]:
            items.append({name: _plain(value) for name, value in item.items()})
    return _write(items, folder)


def boto3_resource(table_name: str, folder: str) -> int:
    """boto3's resource, which makes the values plain itself, pyarrow."""
    table = _resource().Table(table_name)
    items: list[dict[str, Any]] = []
    request: dict[str, Any] = {}
    while True:
        page = table.scan(**request)
        items.extend({name: _arrow_can_take(value) for name, value in item.items()} for item in page["Items"])
        if "LastEvaluatedKey" not in page:
            return _write(items, folder)
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def awswrangler(table_name: str, folder: str) -> int:
    """awswrangler's `dynamodb.read_items` and `s3.to_parquet`."""
    import awswrangler as wr

    frame = wr.dynamodb.read_items(table_name, allow_full_scan=True)
    for name in frame.columns:
        if frame[name].map(type).eq(set).any():
            frame[name] = frame[name].map(list, na_action="ignore")
    wr.s3.to_parquet(frame, f"s3://{BUCKET}/{folder}part.parquet", compression="zstd")
    return len(frame)


def _plain(value: dict[str, Any]) -> Any:
    """A tagged value without its tag. Numbers become int or float, as most do, though that rounds."""
    ((tag, inner),) = value.items()
    if tag == "N":
        return float(inner) if "." in inner or "E" in inner else int(inner)
    if tag == "M":
        return {name: _plain(member) for name, member in inner.items()}
    if tag == "L":
        return [_plain(element) for element in inner]
    if tag == "NULL":
        return None
    if tag == "NS":
        return [float(element) for element in inner]
    return inner


def _arrow_can_take(value: Any) -> Any:
    """boto3's values as Arrow takes them: no sets."""
    if isinstance(value, set):
        return list(value)
    if isinstance(value, dict):
        return {name: _arrow_can_take(member) for name, member in value.items()}
    return [_arrow_can_take(element) for element in value] if isinstance(value, list) else value


def _write(items: list[dict[str, Any]], folder: str) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Not every item has every attribute, and from_pylist takes those of the first.
    names = list(dict.fromkeys(name for item in items for name in item))
    table = pa.table({name: pa.array([item.get(name) for item in items]) for name in names})
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    _client("s3").put_object(Bucket=BUCKET, Key=f"{folder}part.parquet", Body=sink.getvalue())
    return int(table.num_rows)


@cache
def _client(service: str) -> Any:
    import boto3

    return boto3.client(service)


@cache
def _resource() -> Any:
    import boto3

    return boto3.resource("dynamodb")
