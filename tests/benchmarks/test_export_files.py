"""Exports that the benchmarks write are read by the job as AWS's are."""

from pathlib import Path

import boto3

from benchmarks.datasets import nested
from benchmarks.endpoint import BUCKET, serving
from benchmarks.export_files import EXPORT_INSTANT, upload_export, write_export
from ddb_snapshot.capture.native_export import FULL, file_blocks, read_export
from ddb_snapshot.names import parse_instant
from ddb_snapshot.storage import S3Path


def test_export_is_whole_and_holds_the_tables_items(tmp_path: Path) -> None:
    table = nested(400, 0.1).table
    with serving({}) as endpoint:
        s3 = boto3.client("s3", **endpoint.client_options)
        folder = upload_export(write_export(table, "Orders", tmp_path, 3), s3, BUCKET)

        export = read_export(s3, S3Path.parse(folder))
        export.require(export.source, FULL)
        export.require_instant(parse_instant(EXPORT_INSTANT))
        lines = b"".join(block for file in export.files for block in file_blocks(s3, file, tmp_path))

    assert export.facts.items == len(table)
    items = [line.removeprefix(b'{"Item":').removesuffix(b"}") for line in lines.splitlines()]
    assert b",".join(items) == table.text
