"""Continuous backups: UpdateContinuousBackups begins and ends a table's history, and says how far back it reaches.

As on AWS, switching point-in-time recovery off forgets the past, switching it on again begins a new one, and a shorter
recovery period can't be made longer again for what is forgotten (DynamoDB developer guide, "Point-in-time recovery").
Unlike AWS, whose latest restorable instant lies about five minutes back, the past here reaches up to now.
"""

from dataclasses import dataclass
from functools import wraps
from typing import Any

from moto.dynamodb.exceptions import MockValidationException, ResourceNotFoundException, TableNotFoundException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table

from ddb_assets.local.point_in_time import clock
from ddb_assets.local.point_in_time.history import History
from ddb_assets.local.point_in_time.recording import stored, writing

_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_MOST_DAYS = 35


@dataclass
class Period:
    """How far back a table can be had. `floor` is what shorter periods have left, in microseconds."""

    days: int
    floor: int

    def earliest(self, now: int) -> int:
        """The first whole second at which the table is known, in microseconds; it never moves back."""
        self.floor = max(self.floor, now - self.days * _DAY)
        return -(-self.floor // _SECOND) * _SECOND


def install() -> None:
    """Change moto's DynamoDB in this process."""
    Table.recovery_period = None
    make = Table.__init__

    @wraps(make)
    def dated(table: Table, *args: Any, **kwargs: Any) -> None:
        make(table, *args, **kwargs)
        table.created_at = clock.to_datetime(clock.request_instant()).replace(tzinfo=None)

    Table.__init__ = dated
    DynamoDBBackend.update_continuous_backups = _update
    DynamoDBBackend.describe_continuous_backups = lambda backend, name: _describe(_table(backend, name))


def _update(backend: DynamoDBBackend, table_name: str, point_in_time_spec: dict[str, Any]) -> dict[str, Any]:
    table = _table(backend, table_name)
    days = point_in_time_spec.get("RecoveryPeriodInDays")
    if days is not None and not 1 <= days <= _MOST_DAYS:
        raise MockValidationException(
            f"1 validation error detected: Value '{days}' at 'pointInTimeRecoverySpecification.recoveryPeriodInDays' "
            f"failed to satisfy constraint: Member must have value between 1 and {_MOST_DAYS}"
        )
    with writing:
        if not point_in_time_spec["PointInTimeRecoveryEnabled"]:
            table.history = table.recovery_period = None
        elif table.history is None:
            instant = clock.request_instant()
            history: History[Item] = History(instant, stored(table))
            table.history, table.recovery_period = history, Period(days or _MOST_DAYS, instant)
        elif days is not None:
            table.recovery_period.earliest(clock.now())
            table.recovery_period.days = days
    return _describe(table)


def _describe(table: Table) -> dict[str, Any]:
    """The ContinuousBackupsDescription structure."""
    period: Period | None = table.recovery_period
    described: dict[str, Any] = {"PointInTimeRecoveryStatus": "DISABLED"}
    if period is not None:
        now = clock.now()
        earliest = period.earliest(now)
        described = {
            "PointInTimeRecoveryStatus": "ENABLED",
            "RecoveryPeriodInDays": period.days,
            "EarliestRestorableDateTime": clock.to_datetime(earliest),
            "LatestRestorableDateTime": clock.to_datetime(max(earliest, now // _SECOND * _SECOND)),
        }
    # moto's own exports, restores and CloudFormation look at this.
    table.continuous_backups["PointInTimeRecoveryDescription"] = described
    description: dict[str, Any] = table.continuous_backups
    return description


def _table(backend: DynamoDBBackend, name: str) -> Table:
    try:
        return backend.get_table(name)
    except ResourceNotFoundException:
        raise TableNotFoundException(name) from None
