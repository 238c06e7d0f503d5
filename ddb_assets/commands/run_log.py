"""The log of a run on the command line: the time, the asset, and what it says of its progress; no ids of runs."""

import logging
import sys
from collections.abc import Mapping
from typing import Any

import dagster as dg

from ddb_snapshot.shown import one_line


@dg.logger(None, "One short line for each message, on standard error.")
def short_lines(init_context: dg.InitLoggerContext) -> logging.Logger:
    """A Dagster logger for jobs that a person watches in a terminal."""
    logger = logging.Logger("ddb_assets.run", logging.INFO)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_ShortLine("%(asctime)s %(message)s", "%H:%M:%S"))
    # Why a run failed is what the command ends with; Dagster's lines for each step that follows add nothing.
    handler.addFilter(lambda record: record.levelno < logging.ERROR)
    logger.addHandler(handler)
    return logger


class _ShortLine(logging.Formatter):
    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        # Dagster puts job, run and step before a message, and keeps what was said beside it.
        said = _said(record)
        asset = str(said.get("step_key") or "").rpartition("__")[2]
        text = one_line(said.get("orig_message") or record.message)
        return f"{record.asctime} {asset}: {text}" if asset else f"{record.asctime} {text}"


def _said(record: logging.LogRecord) -> Mapping[str, Any]:
    said: Mapping[str, Any] = getattr(record, "dagster_meta", {})
    return said
