"""The catalog `awsdatacatalog` of a Trino: the Data Catalog and S3 of a local AWS, read and written as Athena does.

Sources: Trino's documentation, "Hive connector", "AWS Glue metastore", "S3 file system support"; Athena user guide,
"CREATE TABLE AS" (Parquet and gzip where nothing is named) and "Use the cost-based optimizer" (column statistics).
"""

from collections.abc import Mapping

from ddb_assets.local.access_key import AccessKey
from ddb_assets.local.errors import LocalAwsError
from ddb_assets.local.trino import client
from ddb_assets.local.trino.client import CATALOG, Address


def attach(address: Address, endpoint: str, region: str, key: AccessKey) -> None:
    """Let the Trino's `awsdatacatalog` be that of the local AWS at `endpoint`; what had the name before goes.

    Raises:
        LocalAwsError: the Trino can't be reached, or makes no catalogs.
    """
    properties = ", ".join(f'"{name}" = {_quoted(value)}' for name, value in _properties(endpoint, region, key).items())
    try:
        client.run(address, f"DROP CATALOG IF EXISTS {CATALOG}")
        client.run(address, f"CREATE CATALOG {CATALOG} USING hive WITH ({properties})")
    except client.Unreachable as error:
        raise LocalAwsError(
            f"{error}. Name the URL of one that runs on this machine, or a folder that has one."
        ) from None
    except client.Failed as error:
        raise LocalAwsError(
            f"The Trino at {address.url} can't have the catalog {CATALOG} ({error.error.get('message')}): it needs the "
            "Hive plugin, and catalog.management=dynamic with catalog.store=memory in its etc/config.properties."
        ) from None


def _properties(endpoint: str, region: str, key: AccessKey) -> Mapping[str, str]:
    return {
        "hive.metastore": "glue",
        "hive.metastore.glue.region": region,
        "hive.metastore.glue.endpoint-url": endpoint,
        "hive.metastore.glue.aws-access-key": key.id,
        "hive.metastore.glue.aws-secret-key": key.secret,
        "fs.native-s3.enabled": "true",
        "s3.endpoint": endpoint,
        "s3.region": region,
        "s3.path-style-access": "true",
        "s3.aws-access-key": key.id,
        "s3.aws-secret-key": key.secret,
        "hive.security": "allow-all",
        "hive.partition-projection-enabled": "true",
        "hive.recursive-directories": "true",
        "hive.non-managed-table-writes-enabled": "true",
        # Athena's own statements write none: a Glue task computes them.
        "hive.collect-column-statistics-on-write": "false",
        "hive.storage-format": "PARQUET",
        "hive.compression-codec": "GZIP",
    }


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
