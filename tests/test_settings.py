"""Settings come from DDB_ASSETS_* variables; a bad one is named."""

import pytest

from ddb_assets.errors import UserError
from ddb_assets.settings import load_settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)


def test_with_nothing_set_they_name_what_local_aws_holds() -> None:
    settings = load_settings()

    assert settings.deployment == "local"
    assert (settings.bucket, settings.database) == ("dynamodb-exports", "dynamodb_exports")
    assert (settings.job_name, settings.workgroup) == ("ddb-assets-snapshot", "ddb-assets")
    assert (settings.region, settings.prefix) == (None, "")


def test_each_is_read_from_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "bucket": "lake",
        "database": "exports",
        "region": "eu-central-1",
        "job_name": "snap",
        "workgroup": "wg",
        "prefix": "raw",
    }
    for name, value in values.items():
        monkeypatch.setenv(f"DDB_ASSETS_{name.upper()}", value)

    assert {name: getattr(load_settings(), name) for name in values} == values


def test_the_regions_own_variable_wins_over_awss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert load_settings().region == "eu-west-1"
    monkeypatch.setenv("DDB_ASSETS_REGION", "eu-west-2")
    assert load_settings().region == "eu-west-2"


def test_aws_needs_a_bucket_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DDB_ASSETS_DEPLOYMENT", "aws")
    with pytest.raises(UserError, match="DDB_ASSETS_BUCKET"):
        load_settings()


@pytest.mark.parametrize(
    ("variable", "value"),
    [("DDB_ASSETS_DEPLOYMENT", "prod"), ("DDB_ASSETS_DATABASE", "My-Database"), ("DDB_ASSETS_BUCKET", "x")],
)
def test_a_bad_value_is_named_with_its_variable(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(UserError, match=variable) as raised:
        load_settings()
    assert value in str(raised.value)
