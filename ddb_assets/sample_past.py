"""The sample tables with a past: written into local AWS as if they had been there for hours."""

from datetime import datetime, timezone
from typing import Any

from ddb_assets import sample_history, samples
from ddb_assets.errors import UserError
from ddb_assets.local_aws import errors_explained

with errors_explained():
    from ddb_assets import local


def refuse_other_than_local(client: Any) -> None:
    """Nothing when the DynamoDB client reaches local AWS; it writes nothing to find out.

    Raises:
        UserError: it reaches AWS or something else.
    """
    if not local.past.is_possible(client):
        raise UserError(
            f"{client.meta.endpoint_url} is not local AWS, and only local AWS can be given a past: AWS dates each "
            "write itself. Leave the history out, or unset AWS_ENDPOINT_URL and DDB_ASSETS_DEPLOYMENT to use local AWS."
        )


def create_with_past(client: Any, table: samples.SampleTable, begun: datetime, now: datetime) -> bool:
    """Create the sample table as if at `begun`, with all that happened to it until `now`. False when it's there."""
    with local.past.at(client, begun):
        if not samples.create_empty(client, table):
            return False
        samples.write(client, table, puts=sample_history.first_items(table))
        client.update_continuous_backups(
            TableName=table.name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
    for step in sample_history.steps(table, now - begun):
        with local.past.at(client, begun + step.after):
            samples.write(client, table, puts=step.puts, deletes=step.deletes)
    return True


def earliest(client: Any, table_name: str) -> datetime | None:
    """The earliest instant at which the table can be had; None when its point-in-time recovery is off."""
    backups = client.describe_continuous_backups(TableName=table_name)["ContinuousBackupsDescription"]
    instant: datetime | None = backups["PointInTimeRecoveryDescription"].get("EarliestRestorableDateTime")
    return instant and instant.astimezone(timezone.utc)
