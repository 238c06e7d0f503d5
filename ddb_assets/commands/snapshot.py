"""`ddb-assets snapshot`: a table's chain, or a group's, run for one partition."""

from datetime import datetime, timezone
from pathlib import Path

from ddb_assets.code_location import find_runnable
from ddb_assets.commands.run_job import recording_instance, run_job
from ddb_assets.commands.terminal import say


def take_snapshot(name: str, at: str | None, folder: Path) -> None:
    """Run the chain or group of that name for the partition `at`, by default the open one, and say what shows it.

    Raises:
        UserError: nothing has the name, there is no such partition, or a step failed.
    """
    found = find_runnable(name, folder)
    key = at or found.open_partition(datetime.now(timezone.utc))
    with recording_instance() as instance:
        run_job(found.job, key, instance)
    views = ", ".join(found.views)
    shown = f"shown by view {views}" if at is None else f"view {views} shows the newest"
    say(f"{name}: snapshot {key} is published, and {shown}")
