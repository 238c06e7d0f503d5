"""One place decides where AWS is: a given endpoint, AWS itself, or local AWS."""

from pathlib import Path

import pytest

from ddb_assets.aws.connection import Connection
from ddb_assets.endpoint import Endpoint, find_endpoint
from ddb_assets.errors import UserError
from ddb_assets.settings import Settings
from tests.conftest import LocalAws

CONFIG = """
[default]
region = ap-south-1
[profile other]
region = eu-north-1
[profile placeless]
output = json
"""


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A deployment `aws` with an AWS configuration of its own, and no variable that names a Region."""
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "DDB_ASSETS_REGION"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "config"
    file.write_text(CONFIG)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("DDB_ASSETS_DEPLOYMENT", "aws")
    return file


def test_the_region_comes_from_the_variables_then_from_the_profile(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_endpoint(Settings(bucket="mine")) == Endpoint("ap-south-1")
    monkeypatch.setenv("AWS_PROFILE", "other")
    assert find_endpoint(Settings(bucket="mine")) == Endpoint("eu-north-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert find_endpoint(Settings(bucket="mine")) == Endpoint("eu-west-1")
    monkeypatch.setenv("AWS_REGION", "eu-west-2")
    assert find_endpoint(Settings(bucket="mine")) == Endpoint("eu-west-2")
    monkeypatch.setenv("DDB_ASSETS_REGION", "eu-west-3")
    assert find_endpoint(Settings(bucket="mine")) == Endpoint("eu-west-3")


def test_no_region_on_aws_is_one_clear_message(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "placeless")
    with pytest.raises(UserError, match=r"No AWS Region was found\. Set AWS_REGION or DDB_ASSETS_REGION") as raised:
        find_endpoint(Settings(bucket="mine"))
    assert str(config) in str(raised.value)


def test_a_profile_that_is_not_there_is_named(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(UserError, match="AWS_PROFILE='nobody'") as raised:
        find_endpoint(Settings(bucket="mine"))
    assert str(config) in str(raised.value)


def test_a_given_endpoint_needs_no_region(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert find_endpoint(Settings(bucket="mine")) == Endpoint("ap-south-1", "http://127.0.0.1:4566")
    monkeypatch.setenv("AWS_PROFILE", "placeless")
    assert find_endpoint(Settings(bucket="mine")) == Endpoint("us-east-1", "http://127.0.0.1:4566")


def test_a_given_endpoint_wins_over_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
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
    own = Settings(bucket="mine", region="us-east-1")
    monkeypatch.setattr("ddb_assets.aws.connection._settings", lambda: own)

    with pytest.raises(UserError, match="No AWS credentials"):
        Connection().client("s3")
