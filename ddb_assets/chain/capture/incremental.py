"""Capture by increments: what has changed since the previous snapshot, exported and merged into its files."""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from ddb_assets.aws.export_request import LONGEST_INCREMENT
from ddb_assets.chain.capture.capture import Need, Prepared, Services
from ddb_assets.chain.capture.export import full_request
from ddb_assets.chain.capture.previous import Previous


@dataclass(frozen=True)
class Incremental:
    """The job merges one or more consecutive incremental exports into `previous`."""

    previous: Previous

    def prepare(self, need: Need, services: Services) -> Prepared:
        whole = full_request(need, need.source, services)
        requests = [
            replace(whole, since=since, until=until) for since, until in increments(self.previous.instant, need.instant)
        ]
        timeout = need.table.capture.export_timeout
        # All are asked for before the first is waited for: they run beside each other.
        exports = [services.exports.start(request, need.stem, timeout, services.say) for request in requests]
        finished = [
            services.exports.follow(request, export, timeout, services.say)
            for request, export in zip(requests, exports, strict=True)
        ]
        before = self.previous.manifest
        return Prepared(
            {
                "--capture": "incremental",
                "--exports": json.dumps([export.location for export in finished]),
                "--previous": before.location,
            },
            {"previous_snapshot": before.snapshot_timestamp},
        )


def increments(since: datetime, until: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """[since, until) in equal parts of whole seconds, as few as DynamoDB's 24 hours allow."""
    parts = -(-(until - since) // LONGEST_INCREMENT)
    seconds = int((until - since).total_seconds())
    ends = [since + timedelta(seconds=seconds * part // parts) for part in range(parts + 1)]
    return tuple(pairwise(ends))
