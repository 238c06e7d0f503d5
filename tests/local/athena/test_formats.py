"""Every file format, with the values that are easily lost."""

import io
import json
from decimal import Decimal

import fastavro
import pyarrow as pa
import pyarrow.orc
import pytest

from tests.local.athena.conftest import PARQUET, Athena, parquet

EXACT = "12345678901234567890.123456789012345678"
AWKWARD = 'comma, "quote" 😀\nnext line'
COLUMNS = "id string, price decimal(38,18), tags array<string>, details struct<size:int,note:string>"
OPENX = "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' STORED AS TEXTFILE"
CSV = "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde' WITH SERDEPROPERTIES ('escapeChar'='\\\\')"
ROWS = [
    {"id": AWKWARD, "price": Decimal(EXACT), "tags": ["a", None], "details": {"size": 1, "note": "n"}},
    {"id": "empty", "price": None, "tags": None, "details": None},
]
ARROW = pa.table(
    {
        "id": pa.array([row["id"] for row in ROWS]),
        "price": pa.array([row["price"] for row in ROWS], pa.decimal128(38, 18)),
        "tags": pa.array([row["tags"] for row in ROWS], pa.list_(pa.string())),
        "details": pa.array([row["details"] for row in ROWS], pa.struct([("size", pa.int32()), ("note", pa.string())])),
    }
)
AVRO_SCHEMA = {
    "type": "record",
    "name": "row",
    "fields": [
        {"name": "id", "type": ["null", "string"]},
        {"name": "price", "type": ["null", {"type": "bytes", "logicalType": "decimal", "precision": 38, "scale": 18}]},
        {"name": "tags", "type": ["null", {"type": "array", "items": ["null", "string"]}]},
        {
            "name": "details",
            "type": [
                "null",
                {
                    "type": "record",
                    "name": "details",
                    "fields": [{"name": "size", "type": ["null", "int"]}, {"name": "note", "type": ["null", "string"]}],
                },
            ],
        },
    ],
}


def orc(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pyarrow.orc.write_table(table, sink)
    return sink.getvalue()


def avro() -> bytes:
    sink = io.BytesIO()
    fastavro.writer(sink, fastavro.parse_schema(AVRO_SCHEMA), ROWS)
    return sink.getvalue()


def json_lines() -> bytes:
    return "".join(json.dumps(row, default=str, ensure_ascii=False) + "\n" for row in ROWS).encode()


@pytest.mark.parametrize(
    ("stored", "body"),
    [
        (PARQUET, parquet({name: ARROW[name] for name in ARROW.column_names})),
        ("STORED AS ORC", orc(ARROW)),
        (f"STORED AS AVRO TBLPROPERTIES ('avro.schema.literal'='{json.dumps(AVRO_SCHEMA)}')", avro()),
        (OPENX, json_lines()),
    ],
    ids=["parquet", "orc", "avro", "json"],
)
def test_nested_values_exact_numbers_and_awkward_text_survive(aws: Athena, stored: str, body: bytes) -> None:
    clause, _, properties = stored.partition(" TBLPROPERTIES ")
    aws.create("t", COLUMNS, clause, more=f"TBLPROPERTIES {properties}" if properties else "")
    aws.put("t/part-0", body)

    assert aws.query("SELECT * FROM t ORDER BY price") == [
        (AWKWARD, EXACT, "[a, null]", "{size=1, note=n}"),
        ("empty", None, None, None),
    ]
    assert aws.query("SELECT details.size, tags[1], price + 1 FROM t WHERE id <> 'empty'") == [
        ("1", "a", "12345678901234567891.123456789012345678")
    ]


def test_open_csv_reads_quoted_fields(aws: Athena) -> None:
    aws.create("t", "id string, price decimal(38,18), n int", CSV)
    aws.put("t/part-0.csv", f'"comma, ""quote"" 😀","{EXACT}","7"\n"b\\\\c","-0.5","8"\n'.encode())

    assert aws.query("SELECT * FROM t ORDER BY n") == [
        ('comma, "quote" 😀', EXACT, "7"),
        ("b\\c", "-0.500000000000000000", "8"),
    ]
    aws.put("t/part-1.csv", b'"x","y","z"\n')
    assert aws.reason("SELECT n FROM t").startswith("HIVE_BAD_DATA")


def test_delimited_text_reads_fields_by_position(aws: Athena) -> None:
    aws.create("t", "a string, b int", "ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\t' STORED AS TEXTFILE")
    aws.put("t/part-0", b"x\t1\ny\tnot a number\nz\n\\N\t4\n")

    assert aws.query("SELECT * FROM t ORDER BY a") == [("x", "1"), ("y", None), ("z", None), (None, "4")]


def test_a_line_that_is_no_json_object_names_the_file(aws: Athena) -> None:
    aws.create("t", "id string", OPENX)
    uri = aws.put("t/bad.json", b'{"id": "a"}\n{"id": \n')

    reason = aws.reason("SELECT id FROM t")
    assert reason.startswith("HIVE_CURSOR_ERROR: Row is not a valid JSON Object")
    assert uri in reason


def test_hidden_files_and_empty_locations_hold_no_rows(aws: Athena) -> None:
    aws.create("t", "id string")
    aws.put("t/_manifest.json", b"not parquet")
    aws.put("t/.hidden/part-0.parquet", b"not parquet")
    assert aws.query("SELECT * FROM t") == []

    aws.put("t/deeper/part-0.parquet", parquet({"id": ["a"]}))
    assert aws.query("SELECT * FROM t") == [("a",)]


def test_a_column_added_later_is_null_in_older_partitions(aws: Athena) -> None:
    aws.create("t", "id string, s struct<a:int>", partitioned=True)
    old = aws.add_partition("t", "2026-11-23T00:00")
    aws.put(f"{old}/p.parquet", parquet({"id": ["old"], "s": [{"a": 1}]}))
    storage = aws.glue.get_table(DatabaseName=aws.database, Name="t")["Table"]["StorageDescriptor"]
    storage["Columns"] = [
        {"Name": "id", "Type": "string"},
        {"Name": "s", "Type": "struct<a:int,b:string>"},
        {"Name": "price", "Type": "decimal(38,18)"},
    ]
    aws.glue.update_table(
        DatabaseName=aws.database,
        TableInput={
            "Name": "t",
            "StorageDescriptor": storage,
            "PartitionKeys": [{"Name": "snapshot_timestamp", "Type": "string"}],
        },
    )
    new = aws.add_partition("t", "2026-11-24T00:00")
    aws.put(f"{new}/p.parquet", parquet({"id": ["new"], "s": [{"a": 2, "b": "x"}], "price": [Decimal("1.5")]}))

    assert aws.query("SELECT * FROM t ORDER BY snapshot_timestamp") == [
        ("old", "{a=1, b=null}", None, "2026-11-23T00:00"),
        ("new", "{a=2, b=x}", "1.500000000000000000", "2026-11-24T00:00"),
    ]
    assert aws.query("SELECT s.b FROM t ORDER BY snapshot_timestamp") == [(None,), ("x",)]


def test_a_promoted_type_breaks_older_partitions(aws: Athena) -> None:
    aws.create("t", "id string, n string", partitioned=True)
    aws.put(f"{aws.add_partition('t', '2026-11-23T00:00')}/p.parquet", parquet({"id": ["a"], "n": ["1"]}))
    table = aws.glue.get_table(DatabaseName=aws.database, Name="t")["Table"]
    table["StorageDescriptor"]["Columns"][1]["Type"] = "double"
    aws.glue.update_table(
        DatabaseName=aws.database,
        TableInput={key: table[key] for key in ("Name", "StorageDescriptor", "PartitionKeys")},
    )

    reason = aws.reason("SELECT * FROM t")
    assert reason.startswith("HIVE_PARTITION_SCHEMA_MISMATCH")
    assert "The column 'n' in table" in reason


def test_a_file_of_another_type_than_declared_is_bad_data(aws: Athena) -> None:
    aws.create("t", "n int")
    uri = aws.put("t/p.parquet", parquet({"n": ["text"]}))

    reason = aws.reason("SELECT n FROM t")
    assert reason.startswith("HIVE_BAD_DATA: Field n's type BYTE_ARRAY in parquet file")
    assert uri in reason
