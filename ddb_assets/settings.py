"""The project's settings: names in the account, and which deployment is meant.

Read from environment variables `DDB_ASSETS_*`; with none set they name what local AWS holds from its start.
"""

from pathlib import Path
from typing import Literal, Self

from pydantic import AliasChoices, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ddb_assets.errors import UserError

DEFAULT_BUCKET = "dynamodb-exports"
DEFAULT_CRAWLER_ROLE = "ddb-assets-crawler"


class Settings(BaseSettings):
    """Names in the AWS account (the same in local AWS), each from `DDB_ASSETS_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="DDB_ASSETS_", env_ignore_empty=True, frozen=True, extra="ignore")

    deployment: Literal["local", "aws"] = "local"
    bucket: str = Field(default=DEFAULT_BUCKET, min_length=3, max_length=63)
    database: str = Field(default="dynamodb_exports", pattern=r"^[a-z0-9_]+$")
    region: str = Field(
        default="us-east-1",
        validation_alias=AliasChoices("DDB_ASSETS_REGION", "AWS_REGION", "AWS_DEFAULT_REGION", "region"),
    )
    job_name: str = "ddb-assets-snapshot"
    workgroup: str = "ddb-assets"
    crawler_role: str = Field(default=DEFAULT_CRAWLER_ROLE, description="IAM role of `catalog: crawler`.")
    prefix: str = Field(default="", description="Key prefix inside the bucket, without slashes at its ends.")
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
        return Settings()
    except ValidationError as error:
        raise UserError("; ".join(_line(dict(problem)) for problem in error.errors())) from None


def _line(problem: dict[str, object]) -> str:
    location = problem["loc"]
    message = str(problem["msg"]).removeprefix("Value error, ")
    if not isinstance(location, tuple) or not location:
        return message
    variable = str(location[0])
    if not variable.isupper():
        variable = f"DDB_ASSETS_{variable.upper()}"
    return f"{variable}={problem.get('input')!r}: {message}"
