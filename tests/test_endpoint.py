"""One place decides where AWS is: a given endpoint, AWS itself, or local AWS."""

import pytest

from ddb_assets.aws.connection import Connection
from ddb_assets.endpoint import Endpoint, find_endpoint
from ddb_assets.errors import UserError
from ddb_assets.settings import Settings
from tests.conftest import LocalAws


def test_a_given_endpoint_wins_over_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    monkeypatch.setenv("DDB_ASSETS_DEPLOYMENT", "aws")

    assert find_endpoint(Settings(bucket="mine")) == Endpoint("us-east-1", "http://127.0.0.1:4566")


def test_aws_is_used_with_the_usual_credential_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("DDB_ASSETS_DEPLOYMENT", "aws")

    assert find_endpoint(Settings(bucket="mine", region="eu-west-1")) == Endpoint("eu-west-1")


def test_with_nothing_set_local_aws_is_used_and_said(
    local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")

    endpoint = find_endpoint(Settings())

    assert endpoint.url == local_aws.url
    assert any(local_aws.url in line and "DDB_ASSETS_DEPLOYMENT=aws" in line for line in caplog.messages)


def test_no_credentials_on_aws_is_one_clear_message(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("DDB_ASSETS_DEPLOYMENT", "aws")
    monkeypatch.setenv("DDB_ASSETS_BUCKET", "mine")
    monkeypatch.setattr("ddb_assets.aws.connection._settings", lambda: Settings(bucket="mine"))

    with pytest.raises(UserError, match="No AWS credentials"):
        Connection().client("s3")
