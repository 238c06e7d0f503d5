"""boto3 clients of the server for itself: what it does for a job or a query, it does as any client would."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from ddb_assets.local import access_key
from ddb_assets.local.access_key import AccessKey


def environment(url: str, region: str, key: AccessKey) -> dict[str, str]:
    """The variables with which AWS's SDKs and command line reach local AWS."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": key.id,
        "AWS_SECRET_ACCESS_KEY": key.secret,
    }


@cache
def client(service: str, url: str, region: str) -> Any:
    """A client for local AWS at `url`, which this process is, whatever its environment says."""
    key = access_key.own()
    session = boto3.Session(aws_access_key_id=key.id, aws_secret_access_key=key.secret, region_name=region)
    return session.client(service, endpoint_url=url, config=Config(retries={"mode": "standard"}))
