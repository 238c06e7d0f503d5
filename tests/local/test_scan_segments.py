"""Parallel scans on local AWS, whatever the type of the partition key."""

from typing import Any

import pytest

from tests.conftest import LocalAws


@pytest.mark.parametrize(
    ("tag", "keys"), [("S", ["a", "é", "c"]), ("N", ["1", "2", "-3"]), ("B", [b"\0", b"\xff", b"a"])]
)
def test_each_item_is_in_one_segment(local_aws: LocalAws, tag: str, keys: list[Any]) -> None:
    name = f"Segments-{tag}"
    local_aws.put(name, [{"id": {tag: key}} for key in keys], key_type=tag)
    scan = local_aws.client("dynamodb").scan

    found = [
        item["id"][tag]
        for segment in range(3)
        for item in scan(TableName=name, Segment=segment, TotalSegments=3)["Items"]
    ]

    assert sorted(found) == sorted(keys)
