"""boto3 clients of the server for itself: what it does for a job or a query, it does as any client would."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from ddb_assets.local.account import CREDENTIALS


def environment(url: str, region: str) -> dict[str, str]:
    """The variables with which AWS's SDKs and command line reach local AWS."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": CREDENTIALS[0],
        "AWS_SECRET_ACCESS_KEY": CREDENTIALS[1],
    }


@cache
def client(service: str, url: str, region: str) -> Any:
    """A client for local AWS at `url`, whatever the process's environment says."""
    session = boto3.Session(aws_access_key_id=CREDENTIALS[0], aws_secret_access_key=CREDENTIALS[1], region_name=region)
    return session.client(service, endpoint_url=url, config=Config(retries={"mode": "standard"}))
