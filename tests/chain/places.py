"""Other Regions and accounts of one local AWS: the bucket is everybody's, the Data Catalog each Region's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any

import boto3
import pytest

from ddb_assets.aws import connection
from ddb_assets.settings import Settings
from ddb_snapshot import storage

BUCKET = "dynamodb-exports"
OTHER_REGION = "us-west-2"
OTHER_ACCOUNT = "210987654321"


@contextmanager
def somewhere_else(region: str = "us-east-1", account: str | None = None) -> Iterator[None]:
    """In it everything, the job included, is done in that Region and account."""
    with pytest.MonkeyPatch.context() as patch:
        if account is not None:
            role = f"arn:aws:iam::{account}:role/visitor"
            given = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="visitor")["Credentials"]
            patch.setenv("AWS_ACCESS_KEY_ID", given["AccessKeyId"])
            patch.setenv("AWS_SECRET_ACCESS_KEY", given["SecretAccessKey"])
            patch.setenv("AWS_SESSION_TOKEN", given["SessionToken"])
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
            patch.setenv(name, region)
        boto3.DEFAULT_SESSION = None
        _forget()
        try:
            _deploy()
            yield
        finally:
            patch.undo()
            boto3.DEFAULT_SESSION = None
            _forget()


def share_catalog(patch: pytest.MonkeyPatch) -> None:
    """From here on every Region uses the Data Catalog and Athena of one, as with a catalog that is shared."""
    made = connection._client.__wrapped__
    made_by_job = storage.client.__wrapped__

    @cache
    def client(service: str, endpoint: Any, attempts: int) -> Any:
        there = replace(endpoint, region="us-east-1") if service in ("glue", "athena") else endpoint
        return made(service, there, attempts)

    @cache
    def job_client(service: str, region: str) -> Any:
        return made_by_job(service, "us-east-1" if service == "glue" else region)

    patch.setattr(connection, "_client", client)
    patch.setattr(storage, "client", job_client)


def _forget() -> None:
    for cached in (connection._settings, connection._client, storage.client):
        cached.cache_clear()


def _deploy() -> None:
    """The job and the work group, where they aren't there yet."""
    names, glue, athena = Settings.model_construct(), boto3.client("glue"), boto3.client("athena")
    if names.job_name not in glue.list_jobs()["JobNames"]:
        command = {"Name": "glueetl", "ScriptLocation": f"s3://{BUCKET}/none.py"}
        glue.create_job(Name=names.job_name, Role="role", Command=command)
        athena.create_work_group(
            Name=names.workgroup,
            Configuration={"ResultConfiguration": {"OutputLocation": f"s3://{BUCKET}/athena-results/"}},
        )
