"""Whose something is: ARNs in parts, and the comparison that everybody uses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddb_snapshot.manifest import Capture, ExportRead, Manifest
from ddb_snapshot.names import MAX_CATALOG_NAME, fitting, snapshots_table
from ddb_snapshot.source_identity import NotATableArn, Record, Source, TableArn, arn_of_table, refusal, require_name

PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-iso-b")
NAMES = st.text("abcXYZ019_-.", min_size=3, max_size=255)
ARNS = st.builds(
    TableArn,
    st.sampled_from(PARTITIONS),
    st.sampled_from(["us-east-1", "cn-north-1", "us-gov-west-1"]),
    st.from_regex(r"[0-9]{12}", fullmatch=True),
    NAMES,
)
ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/Orders"


@given(ARNS, st.sampled_from(["", "/export/0170-ab", "/index/by-date", "/stream/2026-01-01T00:00:00.000"]))
def test_an_arn_is_read_as_it_is_written(arn: TableArn, below: str) -> None:
    assert TableArn.parse(f"{arn}{below}") == arn
    assert arn_of_table(f"{arn}{below}") == str(arn)
    assert Source(str(arn)).name == arn.name


@pytest.mark.parametrize(
    "text",
    ["Orders", "", "arn:aws:s3:::orders", ARN.replace("table/", ""), ARN.replace("123456789012", "1"), f"{ARN}/other"],
)
def test_what_is_no_tables_arn_is_refused_and_shown(text: str) -> None:
    with pytest.raises(NotATableArn) as refused:
        TableArn.parse(text)
    assert repr(text) in str(refused.value)
    assert arn_of_table(text) == ""


@given(ARNS, ARNS, st.sampled_from(["", "one", "two"]), st.sampled_from(["", "one", "two"]))
def test_a_record_is_of_the_source_with_its_arn_and_of_no_other(
    arn: TableArn, other: TableArn, recorded: str, now: str
) -> None:
    record, source = Record(arn.name, str(arn), recorded), Source(str(other), now)

    assert record.is_of(source) == (arn == other)
    assert record.is_replaced_by(source) == (arn == other and {recorded, now} == {"one", "two"})
    assert Record.of_parameters(record.parameters()) == record
    assert str(arn) in refusal("It", record, source, "leave it.")
    assert str(other) in refusal("It", record, source, "leave it.")


@given(ARNS, NAMES)
def test_a_record_of_an_earlier_version_is_taken_by_the_exact_name(arn: TableArn, name: str) -> None:
    record = Record.of_parameters({"ddb.table": name})

    assert record.named_only
    assert record.is_of(Source(str(arn), "id")) == (name == arn.name)
    assert not record.is_replaced_by(Source(str(arn), "id"))


def test_a_manifest_of_an_earlier_version_tells_the_arn_of_its_exports() -> None:
    capture = Capture("scan", "2026-11-20T00:00:00", "2026-11-20T00:00:01", 0, 0)
    export = ExportRead("s3://b/e/", f"{ARN}/export/01", "FULL_EXPORT", None, "2026-11-20T00:00:00+00:00", 0, 0)
    scanned = Manifest("Orders", "2026-11-20T00:00", "a", "parquet", "s3://b/p/a/", (), 0, 0, (), capture)
    exported = Manifest(
        "Orders", "2026-11-20T00:00", "a", "parquet", "s3://b/p/a/", (), 0, 0, (),
        Capture("export", "2026-11-20T00:00:00", "2026-11-20T00:00:01", 0, 0, exports=(export,)),
    )  # fmt: skip

    assert scanned.record == Record("Orders")
    assert exported.record == Record("Orders", ARN)
    assert Manifest.from_json(exported.to_json()).record == exported.record


@given(st.lists(st.text("ab", min_size=230, max_size=255), min_size=2, max_size=2, unique=True))
def test_names_that_are_cut_stay_apart(names: list[str]) -> None:
    tables = [snapshots_table(name) for name in names]

    assert len(set(tables)) == 2
    assert all(len(table) <= MAX_CATALOG_NAME and fitting(table) == table for table in tables)


@given(ARNS, st.sampled_from(["", "/export/0170-ab"]))
def test_an_arn_in_place_of_a_name_is_refused_with_what_to_write(arn: TableArn, below: str) -> None:
    with pytest.raises(ValueError, match="is a table's ARN: write its name") as refused:
        require_name(f"{arn}{below}")
    for told in (repr(str(arn) + below), repr(arn.name), arn.account, arn.region, "another account"):
        assert told in str(refused.value)


@given(NAMES)
def test_a_name_is_a_name(name: str) -> None:
    require_name(name)
