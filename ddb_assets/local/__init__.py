"""Local AWS: one HTTP endpoint on 127.0.0.1 whose Glue jobs, crawlers and Athena queries really execute.

It is moto's server, in a process of its own, with the parts replaced that in moto only change states:

    process        start, find and stop that process
    description    what the account is to hold from the start: buckets, databases, work groups, jobs
    server         the process itself: serves, ends when idle
    account        makes what is described
    glue_runs      Glue job runs as real processes
    crawlers       Glue crawlers that read the files in S3
    athena         Athena queries and DDL on DuckDB and Arrow
    data_catalog   what Glue's Data Catalog refuses
    dynamodb       read capacity and table sizes as DynamoDB counts them
    point_in_time  DynamoDB's change history, and exports of it
    past           what a client needs to write a past

What is named in `__all__` is its door: others use nothing else of it, and it uses nothing else of `ddb_assets`. So a
project that has no DynamoDB can test its Glue jobs and its Athena queries with it.

It needs the extra `local`. Without it, importing anything of this package raises `LocalAwsNotInstalled`.
"""

# ruff: noqa: E402 - what follows needs what is looked for first.

from ddb_assets.local.installed import require_installed

require_installed()

from ddb_assets.local import past
from ddb_assets.local.description import Account, GlueJob, Workgroup
from ddb_assets.local.engine_choice import EMBEDDED, TRINO, Choice
from ddb_assets.local.errors import LocalAwsError, LocalAwsNotInstalled
from ddb_assets.local.process import Running, environment, is_starting, start, status, stop
from ddb_assets.local.trino import distribution as trino_distribution

__all__ = [
    "EMBEDDED",
    "TRINO",
    "Account",
    "Choice",
    "GlueJob",
    "LocalAwsError",
    "LocalAwsNotInstalled",
    "Running",
    "Workgroup",
    "environment",
    "is_starting",
    "past",
    "start",
    "status",
    "stop",
    "trino_distribution",
]
