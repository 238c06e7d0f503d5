"""Capture by a full native export: the table as it was at the partition's instant, at no cost in read capacity."""

import json
from dataclasses import dataclass
from datetime import datetime

from ddb_assets.aws.dynamodb import SourceTable
from ddb_assets.aws.export_request import Destination, ExportRequest
from ddb_assets.aws.recovery import RecoveryOff, RecoveryWindow
from ddb_assets.aws.s3 import output_prefix
from ddb_assets.chain.capture.capture import Need, Prepared, Services
from ddb_assets.chain.table import TableSpec
from ddb_assets.errors import UserError
from ddb_assets.settings import Settings
from ddb_snapshot.names import format_instant
from ddb_snapshot.storage import S3Path


class OutsideRecovery(UserError):
    """An instant that the table's continuous backups no longer reach, or never did."""

    def __init__(self, table: TableSpec, key: str, window: RecoveryWindow) -> None:
        first = first_recoverable(table, window.earliest)
        super().__init__(
            f"{table.table_name}: partition {key} lies before the recovery window, which begins at "
            f"{window.earliest:%Y-%m-%dT%H:%M:%SZ}: nothing remembers what the table held then. The earliest partition "
            f"that can be captured is {first}."
        )


def first_recoverable(table: TableSpec, earliest: datetime) -> str:
    """The key of the table's first partition at or after `earliest`."""
    window = table.partitions.get_next_partition_window(earliest, respect_bounds=False)
    if window is None:
        return format_instant(earliest)
    before = table.partitions.get_prev_partition_window(window.start, respect_bounds=False)
    return format_instant(before.start if before is not None and before.start >= earliest else window.start)


@dataclass(frozen=True)
class FullExport:
    """The job reads one full export; those of a group's other members are asked for beside it."""

    def prepare(self, need: Need, services: Services) -> Prepared:
        fellows = [services.source.describe(name) for name in need.table.fellows if name != need.table.table_name]
        requests = [full_request(need, source, services) for source in (need.source, *fellows)]
        for request in requests:
            refuse_unreachable(need, request, services)
        timeout = need.table.capture.export_timeout
        exports = [services.exports.start(request, need.stem, timeout, services.say) for request in requests]
        export = services.exports.follow(requests[0], exports[0], timeout, services.say)
        return Prepared(
            {"--capture": "export", "--exports": json.dumps([export.location])},
        )


def full_request(need: Need, source: SourceTable, services: Services) -> ExportRequest:
    """The full export of a table as of the snapshot's instant."""
    settings = services.store.connection.settings()
    return ExportRequest(source.name, source.arn, need.instant, destination(need.table, source.name, settings))


def destination(table: TableSpec, table_name: str, settings: Settings) -> Destination:
    """`exports/<table>` beside the snapshots."""
    place = S3Path.parse(output_prefix(settings, f"exports/{table_name}", table.prefix))
    return Destination(place.bucket, place.key, table.capture.bucket_owner, table.capture.kms_key)


def refuse_unreachable(need: Need, request: ExportRequest, services: Services) -> None:
    """Raises `UserError` where no export can be had, unless there is one already."""
    window = services.exports.recovery_window(request.table_name)
    if window is not None and window.holds(request.until):
        return
    if services.exports.find(request, services.say) is not None:
        return
    if window is None:
        wanted = f"{request.table_name} as of {need.key}"
        raise RecoveryOff(request.table_name, services.exports.connection.region, wanted)
    raise OutsideRecovery(need.table, need.key, window)
