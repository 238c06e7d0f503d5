"""Ways to obtain a table's items: `scan`, `export`, `incremental`. Each gives drafts, and the facts of the capture."""

from ddb_snapshot.capture.capturing import Captured, Work, capture_method

__all__ = ["Captured", "Work", "capture_method"]
