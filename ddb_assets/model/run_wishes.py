"""What a table wants of its runs of the Glue job: their size and how long they may take."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from ddb_assets.model.facts import JobFacts

WORKER_TYPES: Final = ("G.1X", "G.2X", "G.4X", "G.8X", "G.12X", "G.16X", "R.1X", "R.2X", "R.4X", "R.8X")
"""Those of Spark jobs that end. Source: AWS Glue API reference, "StartJobRun" (WorkerType)."""

LEAST_WORKERS: Final = 2

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
