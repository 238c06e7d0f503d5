"""Projections on local AWS, of items with any number that DynamoDB holds."""

import pytest

from tests.conftest import LocalAws


@pytest.mark.parametrize(
    "number", ["0", "1" + "0" * 125, "-" + "9" * 38 + "0" * 88, "0." + "0" * 129 + "1", "1.5", "-7"]
)
def test_any_number_can_be_projected_or_left_out(local_aws: LocalAws, number: str) -> None:
    name = "Projected"
    local_aws.put(name, [{"id": {"S": "1"}, "n": {"N": number}, "m": {"M": {"n": {"N": number}}}}])
    scan = local_aws.client("dynamodb").scan

    assert scan(TableName=name, ProjectionExpression="id")["Items"] == [{"id": {"S": "1"}}]
    assert scan(TableName=name, ProjectionExpression="n, m.n")["Items"] == [
        {"n": {"N": number}, "m": {"M": {"n": {"N": number}}}}
    ]
