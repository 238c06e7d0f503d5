"""The Glue job's script with a stopwatch: runs `snapshot_job` and prints when what began and ended.

Imports nothing of this project, since it runs as the job does.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

MARK = "startup: "
"""What the printed line begins with; JSON follows, a list of [name, start, end] in seconds since 1970."""

_spans: list[tuple[str, float, float]] = []


def main() -> None:
    """Run the job with the arguments that this was given."""
    _spans.append(("Python starts", time.time() - _age(), time.time()))
    imports = time.time()
    from pyspark import SparkContext

    import snapshot_job
    from ddb_snapshot import job, manifest, storage
    from ddb_snapshot.spark import SparkTasks

    _spans.append(("imports", imports, time.time()))
    _timed(SparkContext, "getOrCreate", "JVM and SparkContext (beside what follows)")
    _timed(storage, "new_client", "a boto3 client")
    _timed(job, "describe", "DescribeTable, with its client")
    folds = iter(("tasks capture: Python workers start, import, scan, write drafts", "tasks make the files"))
    _timed(SparkTasks, "fold", lambda: next(folds, "tasks"))
    _timed(manifest, "write", "the manifest is written")
    _timed(SparkTasks, "stop", "Spark stops")
    whole = time.time()
    snapshot_job.main(sys.argv[1:])
    _spans.append(("all of the job's main function", whole, time.time()))
    print(MARK + json.dumps(sorted(_spans, key=lambda span: span[1])), flush=True)


def _age() -> float:
    """Seconds since this process began. Source: proc(5), the 22nd field of /proc/pid/stat."""
    ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")


def _timed(holder: Any, name: str, shown: str | Callable[[], str]) -> None:
    """Let every call of `holder.name` note its time."""
    work = getattr(holder, name)

    @wraps(work)
    def noting(*arguments: Any, **options: Any) -> Any:
        label, start = shown if isinstance(shown, str) else shown(), time.time()
        try:
            return work(*arguments, **options)
        finally:
            _spans.append((label, start, time.time()))

    setattr(holder, name, noting)


if __name__ == "__main__":
    main()
