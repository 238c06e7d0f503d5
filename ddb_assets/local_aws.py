"""Local AWS as this project uses it: with the account that the settings' defaults name, and errors of the project.

`ddb_assets.local` itself knows nothing of the rest of the package.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ddb_assets import job_package
from ddb_assets.errors import UserError
from ddb_assets.settings import Settings

# Late everywhere else, since local AWS is an extra of the package.
if TYPE_CHECKING:
    from ddb_assets import local

# So that a few tables go side by side.
_CONCURRENT_RUNS = 3


def start(port: int | None = None, engine: str | None = None, trino: str | None = None) -> "local.Running":
    """The running local AWS, started when there is none.

    Args:
        port: a port of 127.0.0.1. Default: that of the running one, else a free one.
        engine: what answers Athena's queries, `embedded` or `trino`. Default: that of the running one, else embedded.
        trino: a folder that has a Trino, or the URL of one that runs; for the engine `trino`.

    Raises:
        UserError: it can't start, or one is running at another port or with another engine than the named one.
    """
    with errors_explained():
        from ddb_assets import local

        choice = local.Choice(engine or local.EMBEDDED, trino) if engine or trino else None
        return local.start(account, port, choice)


def status() -> "local.Running | None":
    """The local AWS that is running, or None. Raises `UserError` when its state can't be trusted."""
    with errors_explained():
        from ddb_assets import local

        return local.status()


def is_starting() -> bool:
    """Whether there is one that doesn't serve yet. Raises `UserError` when its state can't be trusted."""
    with errors_explained():
        from ddb_assets import local

        return local.is_starting()


def stop() -> bool:
    """End local AWS and its jobs, and wait until they have ended. False when none was running."""
    with errors_explained():
        from ddb_assets import local

        return local.stop()


def environment(running: "local.Running") -> dict[str, str]:
    """The environment variables with which any AWS SDK reaches it."""
    from ddb_assets import local

    return local.environment(running)


def account() -> "local.Account":
    """What a deployment with the default settings would have made: bucket, database, work group and job."""
    from ddb_assets import local

    names = Settings.model_construct()
    package = job_package.build(names.bucket)
    return local.Account(
        buckets=(names.bucket,),
        objects=package.files,
        databases={names.database: "Snapshots of DynamoDB tables, and views of the latest"},
        workgroups=(local.Workgroup(names.workgroup, f"s3://{names.bucket}/athena-results/", "Queries of ddb-assets"),),
        jobs=(
            local.GlueJob(
                names.job_name,
                package.script,
                package.arguments(),
                "One snapshot of one DynamoDB table",
                package.glue_version,
                concurrent_runs=_CONCURRENT_RUNS,
            ),
        ),
    )


@contextmanager
def errors_explained() -> Iterator[None]:
    """Inside, an error of local AWS is a `UserError`. What imports local AWS does so inside."""
    try:
        from ddb_assets.local import LocalAwsError
    except ImportError as error:
        raise UserError(
            f"{error} Or set DDB_ASSETS_DEPLOYMENT=aws to use AWS, or AWS_ENDPOINT_URL to use an endpoint that runs "
            "elsewhere."
        ) from None
    try:
        yield
    except LocalAwsError as error:
        raise UserError(str(error)) from error
