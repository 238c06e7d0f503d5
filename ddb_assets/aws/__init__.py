"""Dagster resources, thin over boto3: one module for each service that the chain uses."""

from typing import Any

from ddb_assets.aws.athena import Athena
from ddb_assets.aws.connection import Connection
from ddb_assets.aws.crawlers import Crawlers
from ddb_assets.aws.data_catalog import DataCatalog
from ddb_assets.aws.dynamodb import DynamoDB
from ddb_assets.aws.glue_jobs import GlueJobs
from ddb_assets.aws.s3 import SnapshotStore
from ddb_assets.aws.table_exports import TableExports


def aws_resources() -> dict[str, Any]:
    """The resources that every chain needs, by the keys it asks for. Makes no AWS call."""
    connection = Connection()
    return {
        "ddb_source": DynamoDB(connection=connection),
        "ddb_exports": TableExports(connection=connection),
        "ddb_glue": GlueJobs(connection=connection),
        "ddb_store": SnapshotStore(connection=connection),
        "ddb_catalog": DataCatalog(connection=connection),
        "ddb_crawlers": Crawlers(connection=connection),
        "ddb_athena": Athena(connection=connection),
    }
