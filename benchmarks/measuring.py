"""What a piece of work costs: CPU seconds, wall seconds and peak memory of a process of its own and all it starts.

Contestants live in processes of their own, which are kept, and take turns: imports and warm-up are paid before the
first round, and what the machine does beside strikes all of them alike.
"""

import contextlib
import importlib
import multiprocessing
import os
import resource
import statistics
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

import psutil

ROUNDS = 5
_END_SECONDS = 20
_SELF_AND_ENDED_CHILDREN = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
CORES = 2
"""What a contestant may use, whatever the machine has."""


class ContestantFailed(RuntimeError):
    """A contestant raised; the message is its last line."""


@dataclass(frozen=True)
class Cost:
    """Of one run. Memory is the sum of the peaks of all processes, and the peak of the largest one."""

    cpu_seconds: float
    wall_seconds: float
    peak_bytes: int
    largest_peak_bytes: int
    result: Any = None


@dataclass(frozen=True)
class Turn:
    """A contestant: `function`, as `module:name`, called with `arguments` in a process of its own.

    warm_up   its arguments when it is called first, which isn't counted
    larger    more and more work, to be done in place of that of `arguments`, which then is that of `warm_up`, until a
              run takes `enough_seconds` of CPU time: what a call costs at any size must not weigh
    fresh     whether each round has a new process; else one is kept for all rounds
    """

    name: str
    function: str
    arguments: tuple[Any, ...]
    warm_up: tuple[Any, ...]
    larger: tuple[tuple[Any, ...], ...] = ()
    enough_seconds: float = 0.0
    environment: Mapping[str, str] = field(default_factory=dict)
    fresh: bool = False


@dataclass
class Outcome:
    """What came of a contestant: the costs of its rounds, or why it failed, and the arguments it was called with."""

    arguments: tuple[Any, ...]
    costs: list[Cost] = field(default_factory=list)
    failure: str = ""

    @property
    def median(self) -> Cost | None:
        """Each figure's median, and the most memory; None when it failed."""
        return None if self.failure else median(self.costs)


def alternating(turns: Sequence[Turn], rounds: int = ROUNDS) -> dict[str, Outcome]:
    """Let all contestants take turns, so many times. One that raises leaves the contest."""
    outcomes = {turn.name: Outcome(turn.arguments) for turn in turns}
    with ExitStack() as stack:
        kept: dict[str, _Process] = {}
        for _ in range(rounds):
            for turn in turns:
                outcome = outcomes[turn.name]
                if outcome.failure:
                    continue
                try:
                    if turn.fresh:
                        with _process(turn) as process:
                            process.warm_up(turn, outcome)
                            outcome.costs.append(process.run(outcome.arguments))
                        continue
                    if turn.name not in kept:
                        kept[turn.name] = stack.enter_context(_process(turn))
                        kept[turn.name].warm_up(turn, outcome)
                    outcome.costs.append(kept[turn.name].run(outcome.arguments))
                except ContestantFailed as error:
                    outcome.failure = str(error)
    return outcomes


@dataclass(frozen=True)
class _Process:
    pipe: Connection
    process: SpawnProcess

    def warm_up(self, turn: Turn, outcome: Outcome) -> None:
        cost = self.run(turn.warm_up)
        if turn.larger:
            # Again, without imports and first connections.
            cost = self.run(turn.warm_up)
        for larger in turn.larger:
            if cost.cpu_seconds >= turn.enough_seconds:
                return
            outcome.arguments = larger
            cost = self.run(larger)

    def run(self, arguments: tuple[Any, ...]) -> Cost:
        try:
            self.pipe.send(arguments)
            answer = self.pipe.recv()
        except (EOFError, OSError):
            self.process.join(_END_SECONDS)
            raise ContestantFailed(f"its process ended with exit code {self.process.exitcode}") from None
        if isinstance(answer, str):
            raise ContestantFailed(answer)
        assert isinstance(answer, Cost)
        return answer


@contextmanager
def _process(turn: Turn) -> Iterator[_Process]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, turn.function, dict(turn.environment)))
    process.start()
    theirs.close()
    try:
        yield _Process(ours, process)
    finally:
        ours.close()
        process.join(_END_SECONDS)
        if process.is_alive():
            process.kill()


def median(costs: Sequence[Cost]) -> Cost:
    """Each figure's median; of memory the most."""
    return Cost(
        statistics.median(cost.cpu_seconds for cost in costs),
        statistics.median(cost.wall_seconds for cost in costs),
        max(cost.peak_bytes for cost in costs),
        max(cost.largest_peak_bytes for cost in costs),
        costs[-1].result,
    )


def measured(work: Callable[[], Any]) -> Cost:
    """The cost of a call in this process and in the processes below it that live on when it has ended."""
    for process in _family():
        _forget_peak(process.pid)
    cpu, started = _cpu_seconds(), time.perf_counter()
    result = work()
    wall, spent = time.perf_counter() - started, _cpu_seconds() - cpu
    peaks = [_peak_bytes(process.pid) for process in _family()]
    return Cost(spent, wall, sum(peaks), max(peaks), result)


def _serve(pipe: Connection, function: str, environment: Mapping[str, str]) -> None:
    os.environ.update(environment)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    module, _, name = function.partition(":")
    work = getattr(importlib.import_module(module), name)
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        while True:
            arguments = pipe.recv()
            try:
                answer: Cost | str = measured(lambda: work(*arguments))  # noqa: B023  # called at once
            except Exception as error:
                answer = "".join(traceback.format_exception_only(error)).strip()
            pipe.send(answer)
    # A contestant's workers would live on, and hold what it has printed to open.
    for process in _family()[1:]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def _family() -> list[psutil.Process]:
    process = psutil.Process()
    return [process, *process.children(recursive=True)]


def _cpu_seconds() -> float:
    """User and system seconds: of this process to the microsecond, of those below it to the kernel's tick."""
    total = sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, _SELF_AND_ENDED_CHILDREN))
    for process in _family()[1:]:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def _peak_bytes(pid: int) -> int:
    """Peak resident memory since the last `_forget_peak`. Source: proc(5), VmHWM."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def _forget_peak(pid: int) -> None:
    # Source: proc(5), clear_refs: 5 resets the peak.
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/clear_refs").write_text("5")
