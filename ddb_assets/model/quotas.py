"""Quota headroom: what is in use of the limits that a capture runs into.

Sources: Amazon DynamoDB developer guide, "Quotas" ("up to 300 concurrent export tasks, or up to a total of 100TB from
all in-flight table exports … Both of these limits are checked before an export is queued"); AWS Glue API reference,
"Jobs" (ExecutionProperty.MaxConcurrentRuns).
"""

from dataclasses import dataclass
from typing import Final

EXPORTS_AT_ONCE: Final = 300
EXPORT_BYTES_AT_ONCE: Final = 100 * 1024**4


@dataclass(frozen=True)
class InUse:
    """What is in use in the account and Region now; None is not known, and `unknown` says why."""

    exports: int | None = None
    export_bytes: int | None = None
    job_runs: int | None = None
    most_job_runs: int | None = None
    unknown: tuple[str, ...] = ()

    def room_for_export(self, size_bytes: int) -> str | None:
        """Why an export of that size would be refused now, or None."""
        if self.exports is not None and self.exports >= EXPORTS_AT_ONCE:
            return f"{self.exports} exports are in progress, and {EXPORTS_AT_ONCE} is DynamoDB's limit: wait for one"
        in_flight = self.export_bytes or 0
        if in_flight + size_bytes > EXPORT_BYTES_AT_ONCE:
            return (
                f"{(in_flight + size_bytes) / 1024**4:.1f} TB would be in export, and 100 TB at once is DynamoDB's "
                "limit: wait, or have it raised"
            )
        return None
