"""How large a run of the Glue job is: what a table's defs.yaml says, else planned by the table's size.

A run must decode the whole table. As many workers are planned as do so within half an hour at the slowest of the rates;
of a scan within half of the time in which it waits for its read units, where that is longer, since workers that wait
are paid too. More are planned where the run would not end within its timeout else. Two is Glue's least for Spark; more
than twenty are planned only where the job itself has more.
"""

import math
from dataclasses import replace
from datetime import timedelta
from typing import Final

from ddb_assets.model.facts import JobFacts
from ddb_assets.model.run_wishes import LEAST_WORKERS
from ddb_assets.planning.rates import Rates

MOST_WORKERS: Final = 20
DECODED_WITHIN: Final = timedelta(minutes=30)

# How much of its timeout a run is planned to take.
_FILLED: Final = 0.9


def planned(job: JobFacts, decoded: float, waiting: timedelta, rates: Rates) -> JobFacts:
    """The job with as many workers as decode so many bytes, where their number is planned by the table's size."""
    if not job.by_size:
        return job
    seconds = decoded_within(job, waiting, rates).total_seconds()
    of_one = replace(job, workers=LEAST_WORKERS).cores
    needed = 1 + math.ceil(decoded / (rates.decode[0] * seconds * of_one))
    return replace(job, workers=min(max(LEAST_WORKERS, needed), max(MOST_WORKERS, job.workers)))


def decoded_within(job: JobFacts, waiting: timedelta, rates: Rates) -> timedelta:
    """How long decoding may take at the slowest, beside so much waiting."""
    wanted = max(DECODED_WITHIN, waiting / 2)
    if job.timeout is None:
        return wanted
    left = job.timeout * _FILLED - waiting - rates.job_start[1]
    return min(wanted, left) if left > timedelta(minutes=1) else wanted
