"""Where AWS is: the one place that decides between an endpoint that is given, AWS itself and local AWS.

Everything else in the package gets an `Endpoint` and cannot tell the three apart.
"""

import logging
import os
from dataclasses import dataclass, field
from functools import cache

from ddb_assets import local_aws
from ddb_assets.errors import UserError
from ddb_assets.settings import Settings

# A given endpoint is no place on the map, and its clients need a Region to sign with.
_REGION_OF_NO_PLACE = "us-east-1"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Endpoint:
    """How boto3 reaches AWS. `url` None means AWS's own endpoints, `credentials` None the usual chain."""

    region: str
    url: str | None = None
    credentials: tuple[str, str] | None = field(default=None, repr=False)


def find_endpoint(settings: Settings) -> Endpoint:
    """`AWS_ENDPOINT_URL` as it is when set, else AWS when `deployment` is `aws`, else local AWS, started when needed.

    The Region is the settings', else that of the profile in AWS's own configuration; a given endpoint has us-east-1
    where neither names one.

    Raises:
        UserError: local AWS can't be started, or AWS is meant and no Region is named.
    """
    if url := os.environ.get("AWS_ENDPOINT_URL"):
        return Endpoint(settings.region or _profiles_region() or _REGION_OF_NO_PLACE, url)
    if settings.deployment == "aws":
        return Endpoint(settings.region or _required(_profiles_region()))
    return _local_endpoint()


def _profiles_region() -> str | None:
    return _read_region(os.environ.get("AWS_PROFILE"), os.environ.get("AWS_CONFIG_FILE"))


@cache
def _read_region(profile: str | None, config_file: str | None) -> str | None:
    """The Region of the profile. Both names decide only what is remembered: botocore reads them itself."""
    # Late, since botocore takes long to import.
    import botocore.session
    from botocore.exceptions import ProfileNotFound

    try:
        region: str | None = botocore.session.get_session().get_config_variable("region")
    except ProfileNotFound:
        raise UserError(
            f"AWS_PROFILE={profile!r}: there is no such profile in {config_file or '~/.aws/config'}. Correct the name, "
            "or add the profile."
        ) from None
    return region


def _required(region: str | None) -> str:
    if region is None:
        raise UserError(
            "No AWS Region was found. Set AWS_REGION or DDB_ASSETS_REGION, or write a `region` into the profile in "
            f"{os.environ.get('AWS_CONFIG_FILE') or '~/.aws/config'} (`aws configure` does). "
            "Or unset DDB_ASSETS_DEPLOYMENT to use local AWS."
        )
    return region


def _local_endpoint() -> Endpoint:
    # Asked each time: the server may have ended (idle, stopped) while this process lives on.
    running = local_aws.start()
    _say_once(running.url)
    return Endpoint(running.region, running.url, (running.access_key.id, running.access_key.secret))


@cache
def _say_once(url: str) -> None:
    _log.warning("No deployment is configured: using local AWS at %s. Set DDB_ASSETS_DEPLOYMENT=aws to use AWS.", url)
