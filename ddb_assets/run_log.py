"""The log of a run on the command line: the time, the asset, and what it says of its progress; no ids of runs."""

import logging
import sys

import dagster as dg


@dg.logger(description="One short line for each message, on standard error.")
def short_lines(init_context: dg.InitLoggerContext) -> logging.Logger:
    """A Dagster logger for jobs that a person watches in a terminal."""
    logger = logging.Logger("ddb_assets.run", logging.INFO)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_ShortLine("%(asctime)s %(message)s", "%H:%M:%S"))
    logger.addHandler(handler)
    return logger


class _ShortLine(logging.Formatter):
    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        # Dagster puts job, run and step before a message, and keeps what was said beside it.
        said = getattr(record, "dagster_meta", {})
        asset = str(said.get("step_key") or "").rpartition("__")[2]
        return f"{record.asctime} {asset}: {said.get('orig_message') or record.message}"
