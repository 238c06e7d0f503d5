"""What a session's clients look at before botocore's parser does, with whatever release of botocore is installed."""

import botocore.session
import pytest

from ddb_snapshot import raw_answer
from ddb_snapshot.whole_answers import answer_cut_off
from tests.ddb_snapshot.scanning.endpoint import ITEMS, client_of
from tests.glue.fake_dynamodb import FakeDynamoDB, serving

SCAN = {"TableName": "T", "Segment": 0, "TotalSegments": 1}


def test_a_scan_is_parsed_unless_its_body_is_asked_for() -> None:
    with serving(FakeDynamoDB(ITEMS[:2])) as fake:
        client = client_of(fake)
        before = client.scan(**SCAN)
        with raw_answer.taking():
            taken = client.scan(**SCAN)
        after = client.scan(**SCAN)

    assert before["Items"] == after["Items"] == ITEMS[:2]
    assert raw_answer.BODY not in before
    assert "Items" not in taken
    assert b'"Items":[' in taken[raw_answer.BODY]
    assert taken[raw_answer.HEADERS]["content-length"] == str(len(taken[raw_answer.BODY]))


@pytest.mark.parametrize("service", ["athena", "dynamodb", "glue", "logs", "s3", "sts"])
def test_operations_by_head_are_known_by_their_names(service: str) -> None:
    """Their answers have the length of a body that isn't sent."""
    model = botocore.session.get_session().get_service_model(service)

    for name in model.operation_names:
        by_head = model.operation_model(name).http.get("method") == "HEAD"
        answer = {"body": b"", "headers": {"content-length": "1"}, "context": {"operation_name": name}}
        assert bool(answer_cut_off({**answer, "status_code": 200})) == (not by_head)
