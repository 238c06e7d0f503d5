"""Capture by increments: what has changed since the previous snapshot, exported and merged into its files."""

import json
from dataclasses import dataclass, replace
from datetime import datetime

from ddb_assets.chain.capture.capture import Need, Prepared, Services
from ddb_assets.chain.capture.export import full_request
from ddb_assets.model.windows import incremental_windows
from ddb_snapshot.manifest import Manifest


@dataclass(frozen=True)
class Incremental:
    """The job merges one or more consecutive incremental exports into the snapshot before, which is of `since`."""

    before: Manifest
    since: datetime

    def prepare(self, need: Need, services: Services) -> Prepared:
        whole = full_request(need, need.source, services)
        requests = [
            replace(whole, since=since, until=until) for since, until in incremental_windows(self.since, need.instant)
        ]
        timeout = need.table.capture.export_timeout
        # All are asked for before the first is waited for: they run beside each other.
        exports = [services.exports.start(request, timeout, services.say) for request in requests]
        finished = [
            services.exports.follow(request, export, timeout, services.say)
            for request, export in zip(requests, exports, strict=True)
        ]
        return Prepared(
            {
                "--capture": "incremental",
                "--exports": json.dumps([export.location for export in finished]),
                "--previous": self.before.location,
            },
            {"previous_snapshot": self.before.snapshot_timestamp},
        )
