"""`ddb-assets seed`: the sample tables, with a past where one is asked for."""

from datetime import datetime, timedelta, timezone
from typing import Any

from ddb_assets.aws.connection import Connection
from ddb_assets.commands.terminal import ERR, plain, say
from ddb_assets.samples import create, sample_tables


def seed_tables(history_hours: int | None) -> None:
    """Create the sample tables that are not there yet, with a past of so many hours.

    Raises:
        UserError: a past is asked for, and the endpoint is not local AWS.
    """
    client = Connection().client("dynamodb")
    if history_hours is not None:
        _with_past(client, history_hours)
        return
    for table in sample_tables():
        with ERR.status(plain(f"Filling {table.name}")):
            created = create(client, table)
        say(f"{table.name}: {f'created with {len(table.items)} items' if created else 'is already there'}")


def _with_past(client: Any, hours: int) -> None:
    from ddb_assets.sample_past import create_with_past, earliest, refuse_other_than_local

    refuse_other_than_local(client)
    now = datetime.now(timezone.utc)
    begun = (now - timedelta(hours=hours)).replace(second=0, microsecond=0)
    for table in sample_tables():
        with ERR.status(plain(f"Writing {hours} hours of {table.name}")):
            created = create_with_past(client, table, begun, now)
        since = earliest(client, table.name)
        past = f"a past since {since:%Y-%m-%dT%H:%M:%SZ}" if since else "no past (local AWS forgets all when stopped)"
        say(f"{table.name}: {'created with' if created else 'is already there, with'} {past}")
