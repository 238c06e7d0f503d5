"""A range is written once: what one place takes, every other takes too, to the last number and no further."""

import inspect
import math
from typing import Any

import pytest
from typer.models import OptionInfo

from ddb_assets import cli
from ddb_assets.components.dynamodb_table import DynamoDBTable
from ddb_assets.model.facts import CaptureOptions
from ddb_assets.model.table import DEFAULT_FORMAT, TableSpec
from ddb_snapshot import allowed, arguments
from ddb_snapshot.columns import ColumnOptions

EDGES = (
    math.nextafter(allowed.SHARE.least, 0),
    allowed.SHARE.least,
    allowed.SHARE.most,
    math.nextafter(allowed.SHARE.most, 2),
)


def _takes(share: float) -> bool:
    given = {
        "--table_name": "Reviews",
        "--read_percentage": repr(share),
        "--output_prefix": "s3://lake/snapshots_reviews",
        "--output_format": DEFAULT_FORMAT,
    }
    try:
        arguments.parse([word for pair in given.items() for word in pair])
    except arguments.BadArgument:
        return False
    return True


def _is_valid(schema: Any, share: float) -> bool:
    return bool(schema["minimum"] <= share <= schema["maximum"])


@pytest.mark.parametrize("share", EDGES)
def test_every_place_takes_the_same_shares(share: float) -> None:
    of_yaml = DynamoDBTable.model_json_schema()["properties"]["read_percentage"]
    option: OptionInfo = inspect.get_annotations(cli.verify)["read_percentage"].__metadata__[0]
    assert option.min is not None and option.max is not None

    found = {share in allowed.SHARE, _takes(share), _is_valid(of_yaml, share), option.min <= share <= option.max}

    assert found == {share in EDGES[1:3]}


def test_every_place_has_the_same_default() -> None:
    properties = DynamoDBTable.model_json_schema()["properties"]

    assert properties["read_percentage"]["default"] == TableSpec("T", "d").read_percentage == allowed.USUAL_SHARE
    assert CaptureOptions().read_percentage == inspect.signature(cli.verify).parameters["read_percentage"].default
    assert properties["cadence"]["default"] == TableSpec("T", "d").cadence
    assert properties["output_format"]["default"] == TableSpec("T", "d").output_format
    columns = ColumnOptions()
    assert properties["max_map_keys"]["default"] == columns.max_map_keys
    assert properties["max_depth"]["default"] == columns.max_depth
