"""The connection to AWS that the other resources share: boto3 clients for one endpoint."""

from functools import cache
from typing import Any

import dagster as dg
from botocore.config import Config

from ddb_assets.endpoint import Endpoint, find_endpoint
from ddb_assets.errors import UserError
from ddb_assets.settings import Settings, load_settings
from ddb_snapshot.sessions import new_session
from ddb_snapshot.whole_answers import TRIES, require_whole_answers


class Connection(dg.ConfigurableResource[Any]):
    """Names in the account, and boto3 clients for it. Reads the settings and makes clients on first use only."""

    def settings(self) -> Settings:
        """The settings of this process. Raises `UserError` naming a variable with a value that is not allowed."""
        return _settings()

    def client(self, service: str, repeats: bool = True) -> Any:
        """A boto3 client, shared by all resources of the process. With `repeats` a call that failed is made again.

        Raises:
            UserError: AWS is meant but no credentials are found, or local AWS can't be started.
        """
        return _client(service, find_endpoint(self.settings()), 9 if repeats else 1)

    @property
    def region(self) -> str:
        return find_endpoint(self.settings()).region


@cache
def _settings() -> Settings:
    return load_settings()


@cache
def _client(service: str, endpoint: Endpoint, attempts: int) -> Any:
    key, secret = endpoint.credentials or (None, None)
    session = new_session(region_name=endpoint.region, aws_access_key_id=key, aws_secret_access_key=secret)
    if session.get_credentials() is None:
        raise UserError(
            "No AWS credentials were found (environment, profile, instance role). Set AWS_PROFILE or AWS_ACCESS_KEY_ID "
            "and AWS_SECRET_ACCESS_KEY, or unset DDB_ASSETS_DEPLOYMENT to use local AWS."
        )
    config = Config(retries={"mode": "standard", "total_max_attempts": attempts}, connect_timeout=10)
    return require_whole_answers(
        session.client(service, endpoint_url=endpoint.url, config=config), tries=min(attempts, TRIES)
    )
