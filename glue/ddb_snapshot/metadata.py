"""What an orchestrator is told of a snapshot."""

from typing import Any

from ddb_snapshot import manifest
from ddb_snapshot.manifest import Manifest


def metadata(snapshot: Manifest) -> dict[str, Any]:
    """What an orchestrator is told of a finished snapshot."""
    return {
        "dagster/row_count": snapshot.row_count,
        "bytes": snapshot.bytes,
        "files": len(snapshot.files),
        "columns": len(snapshot.columns),
        "capture": snapshot.capture.method,
        "consumed_rcu": snapshot.capture.consumed_rcu,
        "target_rcu": snapshot.capture.target_rcu,
        "capacity_source": snapshot.capture.capacity_source,
        "retries": snapshot.capture.retries,
        "throttles": snapshot.capture.throttles,
        "manifest": snapshot.location + manifest.NAME,
    }
