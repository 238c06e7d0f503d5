"""Where AWS is: the one place that decides between an endpoint that is given, AWS itself and local AWS.

Everything else in the package gets an `Endpoint` and cannot tell the three apart.
"""

import logging
import os
from dataclasses import dataclass, field
from functools import cache

from ddb_assets import local_aws
from ddb_assets.settings import Settings

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Endpoint:
    """How boto3 reaches AWS. `url` None means AWS's own endpoints, `credentials` None the usual chain."""

    region: str
    url: str | None = None
    credentials: tuple[str, str] | None = field(default=None, repr=False)


def find_endpoint(settings: Settings) -> Endpoint:
    """`AWS_ENDPOINT_URL` as it is when set, else AWS when `deployment` is `aws`, else local AWS, started when needed.

    Raises:
        UserError: local AWS can't be started.
    """
    if url := os.environ.get("AWS_ENDPOINT_URL"):
        return Endpoint(settings.region, url)
    if settings.deployment == "aws":
        return Endpoint(settings.region)
    return _local_endpoint()


def _local_endpoint() -> Endpoint:
    # Asked each time: the server may have ended (idle, stopped) while this process lives on.
    running = local_aws.start()
    _say_once(running.url)
    return Endpoint(running.region, running.url, (running.access_key.id, running.access_key.secret))


@cache
def _say_once(url: str) -> None:
    _log.warning("No deployment is configured: using local AWS at %s. Set DDB_ASSETS_DEPLOYMENT=aws to use AWS.", url)
