"""The project's settings: names in the account, and which deployment is meant.

Read from environment variables `DDB_ASSETS_*`; with none set they name what local AWS holds from its start.
"""

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, AliasChoices, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from typing_extensions import Self

from ddb_assets.errors import UserError
from ddb_snapshot.allowed import BUCKET

DEFAULT_BUCKET = "dynamodb-exports"
DEFAULT_CRAWLER_ROLE = "ddb-assets-crawler"

DATABASE: Final = r"^[a-z0-9_]{1,255}$"
"""A Data Catalog database's name, as Athena takes it."""

_KEY_PART = re.compile(r"[A-Za-z0-9_.=-]+", re.ASCII)


def key_prefix(value: str) -> str:
    """A prefix of S3 keys, as it stands in locations, paths and the catalog.

    Source: Amazon S3 user guide, "Naming Amazon S3 objects" (safe characters, and what a period alone does).

    Raises:
        ValueError: it holds what not every reader of a location takes for text.
    """
    for part in value.strip("/").split("/") if value.strip("/") else ():
        if not _KEY_PART.fullmatch(part) or not part.strip("."):
            raise ValueError(
                f"{part!r} can't be a part of a key prefix: write letters, digits, `_`, `-`, `.` and `=`, with single "
                "slashes between the parts, none of which is `.` or `..`"
            )
    return value


class Settings(BaseSettings):
    """Names in the AWS account (the same in local AWS), each from `DDB_ASSETS_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="DDB_ASSETS_", env_ignore_empty=True, frozen=True, extra="ignore")

    deployment: Literal["local", "aws"] = "local"
    bucket: str = Field(default=DEFAULT_BUCKET, pattern=f"^{BUCKET}$")
    database: str = Field(default="dynamodb_exports", pattern=DATABASE)
    region: str | None = Field(
        default=None,
        description="Where it isn't set, `find_endpoint` asks AWS's own configuration.",
        validation_alias=AliasChoices("DDB_ASSETS_REGION", "AWS_REGION", "AWS_DEFAULT_REGION", "region"),
    )
    job_name: str = "ddb-assets-snapshot"
    workgroup: str = "ddb-assets"
    crawler_role: str = Field(default=DEFAULT_CRAWLER_ROLE, description="IAM role of `catalog: crawler`.")
    prefix: Annotated[str, AfterValidator(key_prefix)] = Field(
        default="", description="Key prefix inside the bucket, without slashes at its ends."
    )
    prices: Path | None = Field(default=None, description="File of prices that correct or add to the packaged ones.")

    @model_validator(mode="after")
    def _bucket_is_named_on_aws(self) -> Self:
        if self.deployment == "aws" and self.bucket == DEFAULT_BUCKET:
            raise ValueError(
                "DDB_ASSETS_BUCKET is not set, and DDB_ASSETS_DEPLOYMENT=aws needs a bucket of your account: "
                "set DDB_ASSETS_BUCKET to its name"
            )
        return self


def load_settings() -> Settings:
    """The settings of this process's environment.

    Raises:
        UserError: a `DDB_ASSETS_*` variable has a value that is not allowed; names the variable.
    """
    try:
        return _settings(frozenset(os.environ.items()))
    except ValidationError as error:
        raise UserError("; ".join(_line(dict(problem)) for problem in error.errors())) from None


@lru_cache(maxsize=1)
def _settings(_environment: frozenset[tuple[str, str]]) -> Settings:
    """Read once for each environment: a project of many tables asks several times for each of them."""
    return Settings()


def _line(problem: dict[str, object]) -> str:
    location = problem["loc"]
    message = str(problem["msg"]).removeprefix("Value error, ")
    if not isinstance(location, tuple) or not location:
        return message
    variable = str(location[0])
    if not variable.isupper():
        variable = f"DDB_ASSETS_{variable.upper()}"
    return f"{variable}={problem.get('input')!r}: {message}"
