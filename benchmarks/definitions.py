"""How long a project's definitions take to load, in a new process as each run of the project has: many tables, few, and
as many tables of bare Dagster assets.
"""

import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import projects
from benchmarks.apart import Spent, run_apart

TABLES = 500
FEW = 20
ROUNDS = 3

_LOAD = """
import sys, time
started = time.perf_counter()
sys.path.insert(0, sys.argv[2])
from dagster._core.definitions.reconstruct import repository_def_from_target_def
from dagster._core.workspace.autodiscovery import loadable_targets_from_python_module
target = loadable_targets_from_python_module(sys.argv[1], working_directory=sys.argv[2])[0]
repository = repository_def_from_target_def(target.target_definition)
print(len(repository.assets_defs_by_key), len(repository.asset_checks_defs_by_key), len(repository.schedule_defs))
"""
"""What Dagster does in each process that needs the definitions."""


@dataclass(frozen=True)
class Loaded:
    """A project's load: seconds of the process from its start to its end, each round; what it holds."""

    name: str
    tables: int
    assets: int
    checks: int
    rounds: tuple[Spent, ...] = field(repr=False)

    @property
    def wall_seconds(self) -> float:
        return statistics.median(one.wall_seconds for one in self.rounds)

    @property
    def cpu_seconds(self) -> float:
        return statistics.median(one.cpu_seconds for one in self.rounds)


CHAINS, BARE = "chains", "bare assets"
_WRITERS: Mapping[str, Callable[[Path, int], str]] = {CHAINS: projects.of_chains, BARE: projects.of_bare_assets}


def measure(tables: int = TABLES, few: int = FEW, rounds: int = ROUNDS) -> Sequence[Loaded]:
    """Load all projects in turns, so many times."""
    with tempfile.TemporaryDirectory(prefix="ddb-bench-") as root:
        contest = {}
        for name, write in _WRITERS.items():
            for number in (few, tables):
                folder = Path(root) / f"{name.replace(' ', '_')}_{number}"
                folder.mkdir()
                contest[name, number] = (write(folder, number), folder)
        spent: dict[tuple[str, int], list[Spent]] = {key: [] for key in contest}
        # The first round, not counted, compiles modules and warms the disk's cache.
        for _ in range(rounds + 1):
            for key, (module, folder) in contest.items():
                spent[key].append(run_apart(_LOAD, module, str(folder)))
    return [_loaded(*key, costs[1:]) for key, costs in spent.items()]


def _loaded(name: str, tables: int, rounds: Sequence[Spent]) -> Loaded:
    assets, checks, _ = map(int, rounds[-1].printed.split())
    return Loaded(name, tables, assets, checks, tuple(rounds))
