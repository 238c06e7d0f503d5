"""How large a run of the Glue job is: what a table's defs.yaml says, else planned by the table's size.

A run must decode the whole table. As many workers are planned as do so within half an hour at the slowest of the rates;
of a scan within half of the time in which it waits for its read units, where that is longer, since workers that wait
are paid too. More are planned where the run would not end within its timeout else. Two is Glue's least for Spark; more
than twenty are planned only where the job itself has more.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from ddb_assets.planning.facts import JobFacts
from ddb_assets.planning.rates import Rates

WORKER_TYPES: Final = ("G.1X", "G.2X", "G.4X", "G.8X", "G.12X", "G.16X", "R.1X", "R.2X", "R.4X", "R.8X")
"""Those of Spark jobs that end. Source: AWS Glue API reference, "StartJobRun" (WorkerType)."""

LEAST_WORKERS: Final = 2
MOST_WORKERS: Final = 20
DECODED_WITHIN: Final = timedelta(minutes=30)

# How much of its timeout a run is planned to take.
_FILLED: Final = 0.9

TIMEOUT_LIMIT: Final = timedelta(days=7)
"""A timeout is less. Source: AWS Glue API reference, "StartJobRun" (Timeout)."""


@dataclass(frozen=True)
class RunWishes:
    """What a table wants of its runs; None: the job's own type and timeout, and as many workers as its size needs."""

    worker_type: str | None = None
    workers: int | None = None
    timeout: timedelta | None = None

    def of(self, job: JobFacts) -> JobFacts:
        """The job with what is wanted in place of its own."""
        planned = self.workers is None and (job.by_size or self.worker_type is not None)
        # The type of a job that has its capacity in DPUs is none that goes with a number of workers.
        own = job.worker_type if job.worker_type in WORKER_TYPES else WORKER_TYPES[0]
        named = self.worker_type is not None or self.workers is not None
        return JobFacts(
            self.worker_type or (own if named else job.worker_type),
            self.workers or job.workers,
            self.timeout or job.timeout,
            by_size=planned,
        )

    def start_parameters(self, run: JobFacts) -> dict[str, Any]:
        """The parameters of StartJobRun for a run of that size: those that the job's own would not give."""
        if not (run.by_size or self.workers or self.worker_type):
            return self._timeout()
        return {"WorkerType": run.worker_type, "NumberOfWorkers": run.workers, **self._timeout()}

    def written_parameters(self) -> dict[str, Any]:
        """The same as far as they are written: for a start by hand, where nobody plans."""
        said = {"WorkerType": self.worker_type, "NumberOfWorkers": self.workers}
        return {name: value for name, value in said.items() if value is not None} | self._timeout()

    def _timeout(self) -> dict[str, int]:
        return {} if self.timeout is None else {"Timeout": int(self.timeout / timedelta(minutes=1))}

    def to_json(self) -> dict[str, Any]:
        """For the facts of a chain; the timeout in minutes."""
        minutes = None if self.timeout is None else int(self.timeout / timedelta(minutes=1))
        return {"worker_type": self.worker_type, "workers": self.workers, "timeout_minutes": minutes}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "RunWishes":
        """Read `to_json`'s again."""
        minutes = said.get("timeout_minutes")
        return cls(said.get("worker_type"), said.get("workers"), timedelta(minutes=minutes) if minutes else None)


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
