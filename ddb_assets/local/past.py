"""Writing a past into local AWS: DynamoDB requests that count as made at an earlier instant.

AWS has no such thing, so a client is asked first whether it reaches local AWS.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

from ddb_assets import sample_history, samples
from ddb_assets.errors import UserError

HEADER = "x-ddb-assets-local-time"
"""The request header that gives the instant, and the answer's that says it was understood."""


@contextmanager
def at(client: Any, instant: datetime) -> Iterator[None]:
    """Inside, what the DynamoDB client writes, creates and switches on is dated `instant`, which has an offset.

    An item's changes must be dated in their order, and after its table's point-in-time recovery was switched on; else
    the request is a ValidationException. Without point-in-time recovery a date changes nothing.
    """
    dated = instant.astimezone(timezone.utc).isoformat(timespec="microseconds")

    def add_header(params: dict[str, Any], **_: Any) -> None:
        params["headers"][HEADER] = dated

    events = client.meta.events
    events.register("before-call.dynamodb", add_header, unique_id=HEADER)
    try:
        yield
    finally:
        events.unregister("before-call.dynamodb", unique_id=HEADER)


def refuse_other_than_local(client: Any) -> None:
    """Nothing when the DynamoDB client reaches local AWS; it writes nothing to find out.

    Raises:
        UserError: it reaches AWS or something else.
    """
    with at(client, datetime.now(timezone.utc)):
        answer = client.list_tables(Limit=1)
    if HEADER not in answer["ResponseMetadata"]["HTTPHeaders"]:
        raise UserError(
            f"{client.meta.endpoint_url} is not local AWS, and only local AWS can be given a past: AWS dates each "
            "write itself. Leave the history out, or unset AWS_ENDPOINT_URL and DDB_ASSETS_DEPLOYMENT to use local AWS."
        )


def create_with_past(client: Any, table: samples.SampleTable, begun: datetime, now: datetime) -> bool:
    """Create the sample table as if at `begun`, with all that happened to it until `now`. False when it's there."""
    with at(client, begun):
        if not samples.create_empty(client, table):
            return False
        samples.write(client, table, puts=sample_history.first_items(table))
        client.update_continuous_backups(
            TableName=table.name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
    for step in sample_history.steps(table, now - begun):
        with at(client, begun + step.after):
            samples.write(client, table, puts=step.puts, deletes=step.deletes)
    return True


def earliest(client: Any, table_name: str) -> datetime | None:
    """The earliest instant at which the table can be had; None when its point-in-time recovery is off."""
    backups = client.describe_continuous_backups(TableName=table_name)["ContinuousBackupsDescription"]
    instant: datetime | None = backups["PointInTimeRecoveryDescription"].get("EarliestRestorableDateTime")
    return instant and instant.astimezone(timezone.utc)
