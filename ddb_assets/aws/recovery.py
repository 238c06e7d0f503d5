"""How far back a table can be read: its recovery window, as point-in-time recovery keeps it.

Source: Amazon DynamoDB API reference, "DescribeContinuousBackups".
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ddb_assets.errors import UserError


@dataclass(frozen=True)
class RecoveryWindow:
    """The instants, UTC, between which the table can be exported as it was.

    `latest` trails the clock by some minutes on AWS: it says what is restorable already, not what ever will be.
    """

    earliest: datetime
    latest: datetime

    def holds(self, instant: datetime) -> bool:
        """Whether an export at `instant` is possible, now or as soon as `latest` has come up to it."""
        return instant >= self.earliest


class RecoveryOff(UserError):
    """Point-in-time recovery is off, and nothing but it remembers what the table held."""

    def __init__(self, table_name: str, region: str, wanted: str) -> None:
        super().__init__(
            f"{table_name}: point-in-time recovery is off, so {wanted} is not to be had. Enable it: "
            f"{enable(table_name)} --region {region}. It remembers from that moment on."
        )


def enable(table_name: str) -> str:
    """The command that switches point-in-time recovery on."""
    return (
        f"aws dynamodb update-continuous-backups --table-name {table_name} "
        "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true"
    )


def recovery_window(dynamodb: Any, table_name: str) -> RecoveryWindow | None:
    """The table's recovery window, or None where point-in-time recovery is off."""
    backups = dynamodb.describe_continuous_backups(TableName=table_name)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {})
    if recovery.get("PointInTimeRecoveryStatus") != "ENABLED" or "EarliestRestorableDateTime" not in recovery:
        return None
    earliest = recovery["EarliestRestorableDateTime"].astimezone(UTC)
    return RecoveryWindow(earliest, recovery.get("LatestRestorableDateTime", earliest).astimezone(UTC))
