"""Which way a snapshot is captured, and why: what the table or the run says, or, for `auto`, what is possible."""

from dataclasses import dataclass

from ddb_assets.chain.capture.capture import Capture, Need, Services
from ddb_assets.chain.capture.export import FullExport
from ddb_assets.chain.capture.incremental import Incremental
from ddb_assets.chain.capture.previous import NoPrevious, find_previous, since_full
from ddb_assets.chain.capture.scan import Scan
from ddb_snapshot.names import format_instant


@dataclass(frozen=True)
class Chosen:
    """The way, and why. `beside` makes a second attempt, with which the first is compared."""

    method: str
    capture: Capture
    reason: str
    beside: Capture | None = None


def choose_capture(need: Need, services: Services) -> Chosen:
    """The way for this snapshot.

    Raises:
        UserError: there is none that tells the truth.
    """
    if need.method == "scan":
        return Chosen("scan", Scan(), "as configured")
    if need.method == "export":
        return Chosen("export", FullExport(), "as configured")
    if need.method == "incremental":
        return _incremental(need, services)
    if need.key == format_instant(need.table.open_window(need.now()).start):
        return Chosen("scan", Scan(), "the partition's window is open")
    if services.exports.recovery_window(need.table.table_name) is None:
        return Chosen("scan", Scan(), "point-in-time recovery is off")
    return Chosen("export", FullExport(), "the partition's window is closed")


def _incremental(need: Need, services: Services) -> Chosen:
    window = services.exports.recovery_window(need.table.table_name)
    if window is None:
        return Chosen("export", FullExport(), "as configured")
    previous = find_previous(need, services, window.earliest)
    if isinstance(previous, NoPrevious):
        return Chosen("export", FullExport(), f"the chain begins with a full export: {previous.reason}")
    every = need.table.capture.full_every
    merged = Incremental(previous)
    if every is not None and since_full(previous, services, every) + 1 >= every:
        return Chosen("export", FullExport(), f"every {every}th snapshot is a full export, and compared", merged)
    return Chosen("incremental", merged, f"changes since {previous.manifest.snapshot_timestamp}")
