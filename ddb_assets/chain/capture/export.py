"""Capture by a full native export: the table as it was at the partition's instant, at no cost in read capacity."""

import json
from dataclasses import dataclass

from ddb_assets.aws.dynamodb import SourceTable
from ddb_assets.aws.export_request import Destination, ExportRequest
from ddb_assets.aws.s3 import output_prefix
from ddb_assets.chain.capture.capture import Need, Prepared, Services
from ddb_assets.model.table import TableSpec
from ddb_assets.planning import NothingTruthful, possibilities
from ddb_assets.settings import Settings
from ddb_snapshot.storage import S3Path


@dataclass(frozen=True)
class FullExport:
    """The job reads one full export; those of a group's other members are asked for beside it."""

    def prepare(self, need: Need, services: Services) -> Prepared:
        fellows = [services.source.describe(name) for name in need.table.fellows if name != need.table.table_name]
        requests = [full_request(need, source, services) for source in (need.source, *fellows)]
        for source, request in zip(fellows, requests[1:], strict=True):
            _refuse_unreachable(need, source, request, services)
        timeout = need.table.capture.export_timeout
        exports = [services.exports.start(request, timeout, services.say) for request in requests]
        export = services.exports.follow(requests[0], exports[0], timeout, services.say)
        return Prepared({"--capture": "export", "--exports": json.dumps([export.location])})


def full_request(need: Need, source: SourceTable, services: Services) -> ExportRequest:
    """The full export of a table as of the snapshot's instant."""
    settings = services.store.connection.settings()
    return ExportRequest(source.name, source.arn, need.instant, destination(need.table, source.name, settings))


def destination(table: TableSpec, table_name: str, settings: Settings) -> Destination:
    """`exports/<table>` beside the snapshots."""
    place = S3Path.parse(output_prefix(settings, f"exports/{table_name}", table.prefix))
    return Destination(place.bucket, place.key, table.capture.bucket_owner, table.capture.kms_key)


def _refuse_unreachable(need: Need, source: SourceTable, request: ExportRequest, services: Services) -> None:
    """Raises `NothingTruthful` where no export can be had, unless there is one already."""
    table, wanted = source.facts(), need.wanted()
    able = possibilities(table, wanted, options=need.options, job=need.job)["export"]
    if not able.in_time or (not able.possible and services.exports.find(request, services.say) is None):
        raise NothingTruthful(table, wanted, {"export": able})
