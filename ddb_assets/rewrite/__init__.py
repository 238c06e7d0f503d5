"""A published table in another format: all its history re-encoded into new attempts, then switched to as one step."""

from ddb_assets.rewrite.rewriting import Outcome, Rewriting
from ddb_assets.rewrite.watcher import Watcher

__all__ = ["Outcome", "Rewriting", "Watcher"]
