"""DynamoDB's point-in-time recovery, as far as exports need it: a table's change history, and the exports made of it.

`install` makes it. What passes through it, in order: `clock` (a request's instant, which may lie in the past),
`recording` (every write of moto's tables, with its instant), `history` (what a table held, and what changed),
`recovery` (the window that UpdateContinuousBackups opens), `exports` (the API), `request` (what it may be asked),
`export_task` (one export), `export_lines` and `export_files` (what it writes to S3).
"""

from collections.abc import Callable

from ddb_assets.local.point_in_time import clock, exports, recording, recovery


def install(url: Callable[[], str]) -> None:
    """Change moto's DynamoDB in this process. `url` gives the server's own address once it serves."""
    clock.install()
    recording.install()
    recovery.install()
    exports.install(url)
