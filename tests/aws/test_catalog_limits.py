"""What the Data Catalog takes, asked before anything is written; and that local Glue refuses the rest as AWS does."""

from typing import Any

import botocore.session
import pytest

from ddb_assets.aws.catalog_limits import LIMITS, CatalogLimits, require_storable
from ddb_assets.aws.connection import Connection
from ddb_assets.aws.data_catalog import DataCatalog
from ddb_assets.aws.glue_calls import GlueCalls
from ddb_assets.aws.glue_tables import GlueTables
from ddb_assets.errors import UserError
from ddb_snapshot import types
from ddb_snapshot.columns import Column
from ddb_snapshot.manifest import Capture, Manifest
from tests.conftest import LocalAws

DATABASE = "limits"
CAPTURE = Capture("scan", "2026-11-20T00:00:00", "2026-11-20T00:00:01", 0, 0)


def test_the_limits_are_those_of_botocores_model() -> None:
    glue = botocore.session.get_session().get_service_model("glue")
    table, column = glue.shape_for("TableInput").members, glue.shape_for("Column").members
    storage, partition = glue.shape_for("StorageDescriptor").members, glue.shape_for("PartitionInput").members

    named = (table["Name"], table["Owner"], column["Name"], table["Parameters"].key)
    assert {shape.metadata["max"] for shape in named} == {LIMITS.name}
    assert (
        CatalogLimits(
            name=LIMITS.name,
            column_type=column["Type"].metadata["max"],
            comment=column["Comment"].metadata["max"],
            description=table["Description"].metadata["max"],
            location=storage["Location"].metadata["max"],
            parameter=table["Parameters"].value.metadata["max"],
            partition_value=partition["Values"].member.metadata["max"],
            view_text=table["ViewOriginalText"].metadata["max"],
        )
        == LIMITS
    )


def with_column(**column: Any) -> dict[str, Any]:
    return {"Name": "t", "StorageDescriptor": {"Columns": [{"Name": "c", **column}]}}


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"Name": "n" * 256}, "limits.t: its name has 256 bytes, and the Glue Data Catalog takes 255. Give"),
        (with_column(Type="t" * 131_073), "the type of column c has 131,073 bytes, and .* takes 131,072. Pin"),
        (with_column(Name="é" * 128), "the name of column .* has 256 bytes"),
        (with_column(Comment="c" * 256), "the comment of column c has 256 bytes"),
        (
            with_column(Parameters={"p": "v" * 512_001}),
            "column c's parameter p has 512,001 bytes, and .* takes 512,000",
        ),
        (with_column(Parameters={"p" * 256: "v"}), "the key of column c's parameter p+ has 256 bytes"),
        ({"PartitionKeys": [{"Name": "k" * 256}]}, "the name of column k+ has 256 bytes"),
        ({"Parameters": {"ddb.attempt": "v" * 512_001}}, "t: parameter ddb.attempt has 512,001 bytes"),
        ({"Values": ["v" * 1_025]}, "partition value v+ has 1,025 bytes, and .* takes 1,024"),
        ({"StorageDescriptor": {"Location": "l" * 2_057}}, "its location has 2,057 bytes, and .* takes 2,056. Use"),
        ({"StorageDescriptor": {"Parameters": {"p": "v" * 512_001}}}, "the storage's parameter p"),
        ({"StorageDescriptor": {"SerdeInfo": {"Parameters": {"p": "v" * 512_001}}}}, "the SerDe's parameter p"),
        ({"Description": "d" * 2_049}, "its description has 2,049 bytes"),
        ({"Owner": "o" * 256}, "its owner has 256 bytes"),
    ],
)
def test_what_is_too_long_is_refused_by_name(wanted: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said) as refused:
        require_storable(DATABASE, "t", wanted)
    assert str(refused.value).endswith("Nothing was published.")


def test_what_is_just_as_long_as_it_may_be_is_taken() -> None:
    require_storable(DATABASE, "t", with_column(Name="n" * 255, Type="t" * 131_072, Comment="c" * 255))
    require_storable(DATABASE, "t", {"Values": ["v" * 1_024], "Parameters": {"p" * 255: "v" * 512_000}})


def attempt(table: str, column: Column) -> Manifest:
    location = f"s3://dynamodb-exports/limits/{table}/2026-11-20/"
    arn = f"arn:aws:dynamodb:us-east-1:123456789012:table/{table}"
    return Manifest(
        table, "2026-11-20T00:00", "a", "parquet", location, (), 0, 0, (column,), CAPTURE, table_arn=arn, table_id="1"
    )


def test_an_attempt_that_is_too_long_for_the_catalog_leaves_it_as_it_was(local_aws: LocalAws) -> None:
    catalog = DataCatalog(connection=Connection())
    there = {entry.name for entry in catalog.tables(DATABASE)}
    wide = types.Struct(tuple(types.Field(f"{'f' * 190}_{n}", f"f{n}", types.Text()) for n in range(700)))

    with pytest.raises(UserError, match=r"limits\.wide: the type of column meta has .* takes 131,072"):
        catalog.publish(DATABASE, "wide", "s3://dynamodb-exports/limits/", attempt("wide", Column("meta", "m", wide)))

    assert {entry.name for entry in catalog.tables(DATABASE)} == there


@pytest.mark.parametrize(
    ("wanted", "member"),
    [
        ({"ViewOriginalText": "v" * 409_601}, "tableInput.viewOriginalText"),
        ({"StorageDescriptor": {"Columns": [{"Name": "c", "Type": "t" * 131_073}]}}, "columns.1.member.type"),
        ({"Parameters": {"p": "v" * 512_001}}, "tableInput.parameters"),
    ],
)
def test_local_glue_refuses_what_aws_refuses(local_aws: LocalAws, wanted: dict[str, Any], member: str) -> None:
    glue = local_aws.client("glue")
    GlueTables(GlueCalls(Connection())).create_database(DATABASE)

    with pytest.raises(glue.exceptions.ClientError, match=f"{member}.*length less than or equal to"):
        glue.create_table(DatabaseName=DATABASE, TableInput={"Name": "refused", **wanted})
    glue.create_table(DatabaseName=DATABASE, TableInput={"Name": "taken"})
    try:
        with pytest.raises(glue.exceptions.ClientError, match=f"{member}.*length less than or equal to"):
            glue.update_table(DatabaseName=DATABASE, TableInput={"Name": "taken", **wanted})
    finally:
        glue.delete_table(DatabaseName=DATABASE, Name="taken")


def test_local_glue_refuses_a_partition_that_aws_refuses(local_aws: LocalAws) -> None:
    catalog, glue = DataCatalog(connection=Connection()), local_aws.client("glue")
    catalog.publish(
        DATABASE, "parted", "s3://dynamodb-exports/limits/", attempt("parted", Column("a", "a", types.Text()))
    )
    wrong = {"Values": ["2026-11-21T00:00"], "Parameters": {"p" * 256: "v"}}

    with pytest.raises(glue.exceptions.ClientError, match=r"partitionInput\.parameters"):
        glue.create_partition(DatabaseName=DATABASE, TableName="parted", PartitionInput=wrong)
