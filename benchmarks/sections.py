"""The sections of docs/performance.md: each measures, and says what it found in Markdown."""

from collections.abc import Callable, Iterable, Mapping

from benchmarks import definitions, export, growth, increment, partitions, scan, stages, startup
from benchmarks.chart import bars
from benchmarks.datasets import SHAPES, SIZES
from benchmarks.page import DOCS, keep, table

GIB = 1024**3
Section = Callable[[int], str]


def scan_section(rounds: int) -> str:
    """Scan to Parquet."""
    speeds = [scan.measure(shape, size, rounds=rounds) for shape in SHAPES for size in SIZES]
    keep("scan", [_scan_numbers(speed) for data in speeds for speed in data])
    rows = []
    for data in speeds:
        found = {speed.contender: speed for speed in data}
        ours = found[scan.OURS].per_cpu_second
        rows.append(
            [
                data[0].data,
                *(_number(speed.per_cpu_second) for speed in data),
                *(_times(ours, found[name].per_cpu_second) for name in (scan.PAGINATOR, scan.AWSWRANGLER)),
                *(
                    _number(speed.megabytes / speed.cost.wall_seconds if speed.cost else None)
                    for speed in (found[scan.OURS], found[scan.AWSWRANGLER])
                ),
                _memory(found[scan.OURS]),
            ]
        )
    names = list(scan.CONTENDERS)
    bars(
        [data[0].data for data in speeds],
        {name: [_one(data, name).per_cpu_second for data in speeds] for name in names},
        "MB of pages for a CPU second of the client",
        DOCS / "performance-scan.svg",
    )
    heads = ["items", *names, "ours / paginator", "ours / awswrangler"]
    heads += ["ours, wall MB/s", "awswrangler, wall MB/s", "ours, peak of a task, MB"]
    failed = [
        f"{speed.contender} on {speed.data}: {speed.failure}" for data in speeds for speed in data if speed.failure
    ]
    return "\n".join([table(heads, rows), "", *failed, "", "![MB of pages for a CPU second](performance-scan.svg)"])


def export_section(rounds: int) -> str:
    """Native export to Parquet."""
    speeds = {shape: export.measure(shape, rounds=rounds) for shape in SHAPES}
    keep("export", [_export_numbers(speed) for found in speeds.values() for speed in found])
    texts = []
    for found in speeds.values():
        by_name = {speed.contender: speed for speed in found}
        ours = by_name[export.OURS].cost
        rows = []
        for speed in found:
            cost = speed.cost
            if cost is None:
                rows.append([speed.contender, f"failed: {speed.failure}", "", "", "", ""])
                continue
            scaled = cost.wall_seconds * found[0].megabytes / speed.megabytes
            rows.append(
                [
                    speed.contender,
                    _number(speed.per_second),
                    f"{cost.wall_seconds:.2f}",
                    f"{cost.cpu_seconds:.2f}",
                    f"{cost.peak_bytes / 1e6:,.0f}",
                    f"{scaled / ours.wall_seconds:.2f}" if ours else "",
                ]
            )
        floor = sum(cost.wall_seconds for name in (export.GUNZIP, export.ENCODE) if (cost := by_name[name].cost))
        rows.append(["floor: both", _number(found[0].megabytes / floor), f"{floor:.2f}", "", "", ""])
        if ours:
            rows[-1][-1] = f"{floor / ours.wall_seconds:.2f}"
        heads = ["contender", "MB/s", "wall s", "CPU s", "peak MB", "wall, of ours"]
        texts.append(f"{found[0].data}, {found[0].megabytes:.0f} MB of lines in {export.FILES} files:\n")
        texts.append(table(heads, rows) + "\n")
    bars(
        [found[0].data for found in speeds.values()],
        {
            name: [_one(found, name).per_second for found in speeds.values()]
            for name in export.CONTENDERS
            if name not in (export.GUNZIP, export.ENCODE)
        },
        "MB of export lines a second on two cores",
        DOCS / "performance-export.svg",
    )
    return "\n".join([*texts, "![MB of export lines a second](performance-export.svg)"])


def increment_section(rounds: int) -> str:
    """An hour of a table."""
    hours = [increment.measure(*data, rounds=rounds) for data in increment.DATA]
    keep("increment", hours)
    rows = []
    for hour in hours:
        named = (("full export, converted", hour.full), ("increment, merged", hour.increment))
        for name, cost in named:
            figures = [f"{cost.wall_seconds:.2f}", f"{cost.cpu_seconds:.2f}", f"{cost.largest_peak_bytes / 1e6:,.0f}"]
            rows.append([hour.data, f"{hour.items:,}", f"{hour.changes:,}", name, *figures])
        rows.append([hour.data, "", "", "increment / full", f"{hour.wall_ratio:.2f}", f"{hour.cpu_ratio:.2f}", ""])
    return table(["items", "number", "changed", "", "wall s", "CPU s", "peak of a task, MB"], rows)


def stages_section(rounds: int) -> str:
    """The stages of a task."""
    found = stages.measure(rounds=rounds)
    keep("stages", found)
    rows = []
    for one in found:
        seconds = one.seconds
        rest = sum(seconds.values()) - seconds["census"]
        rows.append(
            [
                one.data,
                f"{one.megabytes:.0f}",
                *(f"{one.megabytes / spent:,.0f}" if spent > 0 else "" for spent in seconds.values()),
                f"{seconds['census'] / rest:.0%}",
                f"{one.megabytes / sum(seconds.values()):,.0f}",
                f"{one.file_megabytes:.1f}",
            ]
        )
    heads = ["data", "MB", *(f"{name}, MB/s" for name in found[0].seconds), "census / rest", "all, MB/s", "file, MB"]
    return table(heads, rows)


def growth_section(rounds: int) -> str:
    """Ten times the data."""
    grown = growth.measure(rounds=min(rounds, growth.ROUNDS))
    keep("growth", grown)
    rows = [
        [
            f"{megabytes:.0f}",
            f"{cost.wall_seconds:.2f}",
            f"{cost.cpu_seconds:.2f}",
            f"{cost.largest_peak_bytes / 1e6:,.0f}",
        ]
        for megabytes, cost in zip(grown.megabytes, grown.costs, strict=True)
    ]
    rows.append(["ratio", f"{grown.wall_ratio:.1f}", f"{grown.cpu_ratio:.1f}", ""])
    return f"{grown.data}:\n\n" + table(["MB of pages", "wall s", "CPU s", "peak of a task, MB"], rows)


def startup_section(rounds: int) -> str:
    """A local Glue run of two items."""
    found = startup.measure(rounds=min(rounds, startup.ROUNDS))
    keep("startup", found)
    spans = [
        [span.name, f"{span.start:.2f}", f"{span.end:.2f}", f"{span.end - span.start:.2f}"] for span in found.spans
    ]
    imports = ", ".join(f"{package} {seconds:.2f} s" for package, seconds in found.imports.items())
    return (
        f"{found.seconds:.1f} s from StartJobRun to SUCCEEDED:\n\n"
        + table(["what", "from, s", "to, s", "took, s"], spans)
        + f"\n\nThe script's imports, each package without those it imports: {imports}."
    )


def definitions_section(rounds: int) -> str:
    """A project of many tables."""
    found = definitions.measure(rounds=min(rounds, definitions.ROUNDS))
    keep("definitions", found)
    rows = [
        [
            one.name,
            str(one.tables),
            str(one.assets),
            str(one.checks),
            f"{one.wall_seconds:.1f}",
            f"{one.cpu_seconds:.1f}",
            _times(one.cpu_seconds, bare.cpu_seconds),
        ]
        for one in found
        for bare in found
        if (bare.name, bare.tables) == (definitions.BARE, one.tables)
    ]
    return table(["project", "tables", "assets", "checks", "wall s", "CPU s", "CPU, of bare assets"], rows)


def partitions_section(rounds: int) -> str:
    """Local Athena among few partitions and many."""
    found = partitions.measure(rounds=min(rounds, partitions.ROUNDS))
    keep("partitions", found)
    rows = [
        [one.query, when, *(f"{spent:.2f}" for spent in seconds), f"{seconds[1] / seconds[0]:.1f}"]
        for one in found
        for when, seconds in (("first", one.first), ("again", one.again))
    ]
    few, many = found[0].partitions
    return table(["query", "asked", f"{few} partitions, s", f"{many:,} partitions, s", "ratio"], rows)


SECTIONS: Mapping[str, Section] = {
    "scan": scan_section,
    "export": export_section,
    "increment": increment_section,
    "stages": stages_section,
    "growth": growth_section,
    "startup": startup_section,
    "definitions": definitions_section,
    "partitions": partitions_section,
}
"""By the name of the section's markers in the page, in the order in which they are measured."""


def _scan_numbers(speed: scan.Speed) -> dict[str, object]:
    return {"data": speed.data, "contender": speed.contender, "mb_per_cpu_second": speed.per_cpu_second, "of": speed}


def _export_numbers(speed: export.Speed) -> dict[str, object]:
    return {"data": speed.data, "contender": speed.contender, "mb_per_second": speed.per_second, "of": speed}


def _one(speeds: Iterable[scan.Speed] | Iterable[export.Speed], name: str):  # type: ignore[no-untyped-def]
    return next(speed for speed in speeds if speed.contender == name)


def _number(value: float | None) -> str:
    return "failed" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _times(one: float | None, other: float | None) -> str:
    return f"{one / other:.1f}" if one and other else ""


def _memory(speed: scan.Speed) -> str:
    return f"{speed.cost.largest_peak_bytes / 1e6:,.0f}" if speed.cost else ""
