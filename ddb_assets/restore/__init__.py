"""A published snapshot back into DynamoDB: a table like the source, every item written, then compared."""

from ddb_assets.restore.new_table import Wishes
from ddb_assets.restore.restoring import Outcome, Restoring
from ddb_assets.restore.snapshot_items import ItemsFrom
from ddb_assets.restore.watcher import Watcher

__all__ = ["ItemsFrom", "Outcome", "Restoring", "Watcher", "Wishes"]
