"""A call that local AWS doesn't have, or fails at, ends with an error that an SDK shows."""

import json
from collections.abc import Iterable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from ddb_assets.local.unknown_calls import answered
from tests.conftest import LocalAws

ONCE = Config(retries={"total_max_attempts": 1})


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("athena", lambda client: client.list_engine_versions(), "UnknownOperationException"),
        ("athena", lambda client: client.start_session(WorkGroup="primary", EngineConfiguration={}),
         "UnknownOperationException"),
        ("glue", lambda client: client.list_blueprints(), "UnknownOperationException"),
        ("dynamodb", lambda client: client.list_contributor_insights(), "UnknownOperationException"),
        ("iam", lambda client: client.get_organizations_access_report(JobId="0" * 36), "InvalidAction"),
    ],
)  # fmt: skip
def test_a_call_that_is_not_there_has_awss_error(local_aws: LocalAws, service: str, call: Any, code: str) -> None:
    with pytest.raises(ClientError) as refused:
        call(boto3.client(service, config=ONCE))

    error = refused.value.response["Error"]
    assert error["Code"] == code
    assert "is not a call that local AWS answers" in error["Message"]


def test_a_call_that_fails_inside_says_so_and_where_to_look(capsys: pytest.CaptureFixture[str]) -> None:
    def fails(environ: Any, start_response: Any) -> Iterable[bytes]:
        raise KeyError("x")

    started: list[Any] = []
    environ = {"HTTP_X_AMZ_TARGET": "AmazonAthena.GetWorkGroup", "REQUEST_METHOD": "POST", "PATH_INFO": "/"}
    (body,) = answered(fails)(environ, lambda *what: started.append(what))

    assert started[0][0].startswith("500")
    assert json.loads(body)["__type"] == "InternalFailure"
    assert "GetWorkGroup failed inside local AWS: its server.log says more" in json.loads(body)["message"]
    assert "KeyError: 'x'" in capsys.readouterr().err
