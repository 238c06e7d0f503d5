"""Ten times the data: how much longer it takes, and how much memory a task needs."""

from dataclasses import dataclass
from functools import partial

from benchmarks.datasets import flat, repeated
from benchmarks.endpoint import Table, serving_apart
from benchmarks.measuring import Cost, Turn, alternating

MEGABYTES = 50.0
ITEM_BYTES = 400
ROUNDS = 3


@dataclass(frozen=True)
class Grown:
    """The job on a table, and on one of ten times its size."""

    data: str
    megabytes: tuple[float, float]
    costs: tuple[Cost, Cost]

    @property
    def wall_ratio(self) -> float:
        """How many times as long the larger one took."""
        return self.costs[1].wall_seconds / self.costs[0].wall_seconds

    @property
    def cpu_ratio(self) -> float:
        """The same in CPU seconds."""
        return self.costs[1].cpu_seconds / self.costs[0].cpu_seconds


def measure(megabytes: float = MEGABYTES, rounds: int = ROUNDS) -> Grown:
    """Scan both, in turns, with the same processes."""
    with serving_apart(partial(_tables, megabytes)) as endpoint:
        turns = [
            Turn(
                size,
                "benchmarks.scan_contenders:ours",
                arguments=(size, f"{size}/"),
                warm_up=("one", "warm-up/"),
                environment=endpoint.environment,
            )
            for size in ("one", "ten")
        ]
        outcomes = alternating(turns, rounds)
    for outcome in outcomes.values():
        if outcome.median is None:
            raise RuntimeError(outcome.failure)
    one, ten = (outcomes[size].median for size in ("one", "ten"))
    assert one is not None and ten is not None
    return Grown(flat(ITEM_BYTES, 0).name, (megabytes, 10 * megabytes), (one, ten))


def _tables(megabytes: float) -> dict[str, Table]:
    ten = repeated(flat(ITEM_BYTES, megabytes), 10).table
    return {"one": ten.first(int(len(ten.text) / 10)), "ten": ten}
