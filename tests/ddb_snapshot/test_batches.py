"""Batches put together, and the wide ORC file that gathers them, with whatever release of pyarrow is installed."""

import io

import pyarrow as pa

from ddb_snapshot import formats, thresholds
from ddb_snapshot.batches import one_batch
from tests.ddb_snapshot.snapshots import Item, comparable, snapshot

SCHEMA = pa.schema([("n", pa.int64()), ("l", pa.list_(pa.struct([("s", pa.string())])))])


def batch(*rows: dict[str, object]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(list(rows), SCHEMA)


def test_all_rows_are_in_one_batch_in_order() -> None:
    first, second = {"n": 1, "l": [{"s": "a"}, None]}, {"n": None, "l": None}

    together = one_batch([batch(), batch(first), batch(second, first).slice(1)])

    assert together.to_pylist() == [first, first]
    assert together.schema == SCHEMA
    assert one_batch([batch(), batch()]).schema == SCHEMA
    assert one_batch([batch(), batch()]).num_rows == 0


def test_a_wide_orc_file_has_the_rows_of_all_its_batches() -> None:
    items: list[Item] = [{"id": {"S": str(n)}, "m": {"M": {"a": {"S": f"text {n}"}}}} for n in range(6)]
    taken = snapshot(items)
    sink = pa.BufferOutputStream()

    with thresholds.changed(orc_compressed_columns=0):
        writer = formats.by_name("orc").Writer(sink, taken.columns)
        for part in taken.rows.combine_chunks().to_batches(max_chunksize=2):
            writer.write(part)
        writer.close()

    read = formats.read("orc", io.BytesIO(sink.getvalue()), taken.columns)
    assert type(taken)(taken.census, taken.columns, read).items() == comparable(items)
