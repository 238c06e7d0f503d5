"""The promises, beside what was measured last."""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks import definitions, export, scan
from benchmarks.page import table

Numbers = Mapping[str, Any]
_GIB = 1024**3
_MOST_OF_BARE = 2.0
_MOST_OF_FEW = 1.5


def described(results: Numbers) -> str:
    """A Markdown table: promise, measured, reached or not. A promise whose section was never measured is left out."""
    rows: list[Sequence[str]] = []
    for section, judge in _JUDGES:
        if section in results:
            rows += judge(results[section])
    return table(["promise", "measured", "reached"], rows)


def _scan(speeds: Sequence[Numbers]) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = []
    for rival, times in ((scan.AWSWRANGLER, 20), (scan.PAGINATOR, 12)):
        ratios = _ratios(speeds, scan.OURS, rival, "mb_per_cpu_second")
        promise = f"scan to Parquet: {times} times {rival}, by CPU seconds"
        rows.append((promise, _listed(ratios), _reached(ratios, least=times)))
    peak = max(speed["of"]["cost"]["largest_peak_bytes"] for speed in speeds if speed["contender"] == scan.OURS)
    rows.append(("a task's memory below 1 GiB", f"{peak / _GIB:.2f} GiB at most", "yes" if peak < _GIB else "no"))
    return rows


def _export(speeds: Sequence[Numbers]) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = []
    for rival, times in ((export.SPARK, 8), (export.DUCKDB, 1)):
        ratios = _ratios(speeds, export.OURS, rival, "mb_per_second")
        promise = f"export to Parquet: {times} times {rival}, by wall time" if times > 1 else f"faster than {rival}"
        rows.append((promise, _listed(ratios), _reached(ratios, least=times)))
    by_data: dict[str, dict[str, float]] = {}
    for speed in speeds:
        if speed["of"]["cost"]:
            by_data.setdefault(speed["data"], {})[speed["contender"]] = speed["of"]["cost"]["wall_seconds"]
    floors = {
        data: walls[export.OURS] / (walls[export.GUNZIP] + walls[export.ENCODE])
        for data, walls in by_data.items()
        if {export.OURS, export.GUNZIP, export.ENCODE} <= walls.keys()
    }
    rows.append(("export to Parquet: within 3 times the floor", _listed(floors), _reached(floors, most=3)))
    return rows


def _increment(hours: Sequence[Numbers]) -> list[Sequence[str]]:
    ratios = {hour["data"]: hour["increment"]["wall_seconds"] / hour["full"]["wall_seconds"] for hour in hours}
    promise = "1% changed: merged in 0.35 of the time of a full export"
    listed = "; ".join(f"{data}: {ratio:.2f}" for data, ratio in ratios.items())
    return [(promise, listed, _reached(ratios, most=0.35))]


def _growth(grown: Numbers) -> list[Sequence[str]]:
    one, ten = (cost["wall_seconds"] for cost in grown["costs"])
    ratio = ten / one
    return [("ten times the data in at most 10.5 times the time", f"{ratio:.1f}", "yes" if ratio <= 10.5 else "no")]


def _startup(found: Numbers) -> list[Sequence[str]]:
    seconds = found["seconds"]
    return [("a local run of two items in 8 s", f"{seconds:.1f} s", "yes" if seconds <= 8 else "no")]


def _definitions(loaded: Sequence[Numbers]) -> list[Sequence[str]]:
    """The target, 10 s, was half of what was measured; bare assets tell how fast the machine is."""
    most = max(one["tables"] for one in loaded)
    cpu = {
        one["name"]: statistics.median(spent["cpu_seconds"] for spent in one["rounds"])
        for one in loaded
        if one["tables"] == most
    }
    ratio = cpu[definitions.CHAINS] / cpu[definitions.BARE]
    promise = f"{most} tables' definitions load in {_MOST_OF_BARE:g} times the CPU seconds of as many bare assets"
    return [(promise, f"{ratio:.2f}", "yes" if ratio <= _MOST_OF_BARE else "no")]


def _partitions(asked: Sequence[Numbers]) -> list[Sequence[str]]:
    ratios = {one["query"]: one["again"][1] / one["again"][0] for one in asked}
    few, many = asked[0]["partitions"]
    promise = f"local Athena among {many:,} partitions: within {_MOST_OF_FEW:g} times the seconds among {few}"
    return [(promise, _listed(ratios), _reached(ratios, most=_MOST_OF_FEW))]


_JUDGES: Sequence[tuple[str, Callable[[Any], list[Sequence[str]]]]] = (
    ("scan", _scan),
    ("export", _export),
    ("increment", _increment),
    ("growth", _growth),
    ("startup", _startup),
    ("definitions", _definitions),
    ("partitions", _partitions),
)


def _ratios(speeds: Sequence[Numbers], ours: str, rival: str, figure: str) -> dict[str, float]:
    """Ours divided by the rival's, for each data set that both have done."""
    found = {(speed["data"], speed["contender"]): speed[figure] for speed in speeds if speed[figure]}
    names = dict.fromkeys(data for data, _ in found)
    return {data: found[data, ours] / found[data, rival] for data in names if {(data, ours), (data, rival)} <= {*found}}


def _listed(ratios: Mapping[str, float]) -> str:
    return "; ".join(f"{data}: {ratio:.1f}" for data, ratio in ratios.items())


def _reached(ratios: Mapping[str, float], least: float = 0.0, most: float = math.inf) -> str:
    good = sum(least <= ratio <= most for ratio in ratios.values())
    return "yes" if good == len(ratios) else "no" if not good else f"{good} of {len(ratios)}"
