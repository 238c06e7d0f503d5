"""Queries of local Athena among ten partitions and among thousands: of one instant, and of partition columns alone."""

import io
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.startup import local_aws
from ddb_assets.settings import Settings

FEW, MANY = 10, 5_000
ROUNDS = 3
_DATABASE, _COLUMNS, _BATCH = "partitions", 12, 100

QUERIES: Mapping[str, str] = {
    "all of a view that names one instant": "SELECT * FROM latest_{}",
    "rows of that view": "SELECT count(*) FROM latest_{}",
    "two hours, by a range": "SELECT max(id) FROM t_{0} WHERE snapshot_timestamp >= '2026-01-01T08:00' "
    "AND snapshot_timestamp < '2026-01-01T10:00'",
    "count(DISTINCT snapshot_timestamp)": "SELECT count(DISTINCT snapshot_timestamp) FROM t_{}",
}


@dataclass(frozen=True)
class Asked:
    """A query's seconds among few partitions and among many: when it is asked first, and the least afterwards."""

    query: str
    partitions: tuple[int, int]
    first: tuple[float, float]
    again: tuple[float, float]


def measure(few: int = FEW, many: int = MANY, rounds: int = ROUNDS) -> Sequence[Asked]:
    """Ask each query of both tables, in turns."""
    with local_aws() as client:
        client("glue").create_database(DatabaseInput={"Name": _DATABASE})
        for number in (few, many):
            _fill(client, number)
        found = []
        for name, sql in QUERIES.items():
            seconds: dict[int, list[float]] = {few: [], many: []}
            for _ in range(rounds + 1):
                for number in (few, many):
                    seconds[number].append(_seconds(client("athena"), sql.format(number)))
            first = (seconds[few][0], seconds[many][0])
            found.append(Asked(name, (few, many), first, (min(seconds[few][1:]), min(seconds[many][1:]))))
        return found


def _fill(client: Any, number: int) -> None:
    """A table of so many hours, a file and a manifest in each, as the chain writes them; and a view of the last."""
    glue, s3, bucket, table = client("glue"), client("s3"), Settings.model_construct().bucket, f"t_{number}"
    columns = [{"Name": "id", "Type": "string"}, *({"Name": f"c{n}", "Type": "bigint"} for n in range(_COLUMNS))]
    folder = f"partitions/{table}"
    storage = {
        "Columns": columns,
        "Location": f"s3://{bucket}/{folder}/",
        "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
    }
    keys = [{"Name": "snapshot_timestamp", "Type": "string"}]
    described = {"Name": table, "StorageDescriptor": storage, "PartitionKeys": keys, "TableType": "EXTERNAL_TABLE"}
    glue.create_table(DatabaseName=_DATABASE, TableInput=described)
    sink = io.BytesIO()
    pq.write_table(pa.table({"id": [str(n) for n in range(10)]} | {f"c{n}": [n] * 10 for n in range(_COLUMNS)}), sink)
    hours = [(datetime(2026, 1, 1) + timedelta(hours=hour)).strftime("%Y-%m-%dT%H:%M") for hour in range(number)]

    def attempt(hour: str) -> str:
        return f"{folder}/snapshot_timestamp={hour.replace(':', '%3A')}/attempt-1"

    def put(hour: str) -> None:
        s3.put_object(Bucket=bucket, Key=f"{attempt(hour)}/part-00000.parquet", Body=sink.getvalue())
        s3.put_object(Bucket=bucket, Key=f"{attempt(hour)}/_manifest.json", Body=b"{}")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(put, hours))
    for start in range(0, number, _BATCH):
        inputs = [
            {"Values": [hour], "StorageDescriptor": storage | {"Location": f"s3://{bucket}/{attempt(hour)}/"}}
            for hour in hours[start : start + _BATCH]
        ]
        glue.batch_create_partition(DatabaseName=_DATABASE, TableName=table, PartitionInputList=inputs)
    view = f"CREATE VIEW latest_{number} AS SELECT * FROM {table} WHERE snapshot_timestamp = '{hours[-1]}'"
    _seconds(client("athena"), view)


def _seconds(athena: Any, sql: str) -> float:
    started = time.perf_counter()
    query = athena.start_query_execution(
        QueryString=sql, QueryExecutionContext={"Database": _DATABASE}, WorkGroup=Settings.model_construct().workgroup
    )["QueryExecutionId"]
    while True:
        status = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
        if status["State"] not in ("QUEUED", "RUNNING"):
            break
        time.sleep(0.01)
    if status["State"] != "SUCCEEDED":
        raise RuntimeError(f"{sql}: {status.get('StateChangeReason')}")
    return time.perf_counter() - started
