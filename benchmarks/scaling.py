"""What a table of 10 TB takes, by scan, full export and incremental export: `python -m benchmarks.scaling`.

Calculated from what `make bench` has measured, from list prices, and from a few assumptions; docs/scaling.md has the
formulas and gets the numbers between its markers. The tail of a scan, when the last segments are left to few tasks, is
simulated (`simulated_tail`).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from benchmarks import export, page, scan
from benchmarks.datasets import nested
from benchmarks.simulated_tail import Segments, hours_to_read
from ddb_assets.planning.prices import RegionPrices, load_prices
from ddb_assets.planning.rates import RATES
from ddb_snapshot import thresholds
from ddb_snapshot.capture.scan import segment_count

SCALING = page.DOCS / "scaling.md"
_GIB: Final = 1024**3
_S3_PART: Final = 8 * 1024**2
_READ_UNIT: Final = 4096
# Not on the price list of `ddb-assets plan`, since it is paid anyway. Source: Amazon DynamoDB pricing, provisioned.
PROVISIONED_RCU_HOUR: Final = 0.00013
_DATA: Final = "nested, 400 B"


@dataclass(frozen=True)
class Facts:
    """What is known of table and code. Shares are of bytes as DynamoDB counts them, speeds MB of JSON a vCPU second."""

    table_bytes: float
    json_growth: float
    parquet_share: float
    gzip_share: float
    scan_speed: float
    export_speed: float

    @property
    def json_bytes(self) -> float:
        return self.table_bytes * self.json_growth


@dataclass(frozen=True)
class Assumed:
    """What nobody has measured here.

    page_seconds    from the request for a page of 1 MB to its last byte
    export_bytes_s  how fast DynamoDB exports; AWS gives no figures
    export_start_s  before the first byte of an export
    merge_share     what merging changes costs, as a share of converting the table's JSON

    All but the first are those of `ddb-assets plan`.
    """

    page_seconds: float = 0.1
    export_bytes_s: float = RATES.export_speed[1]
    export_start_s: float = RATES.export_start[1].total_seconds()
    merge_share: float = RATES.merge_share
    vcpus_each: int = 4
    dpus_each: float = 1.0


@dataclass(frozen=True)
class Bill:
    """One way of capturing."""

    method: str
    workers: int
    hours: float
    rcu: float
    dollars: Mapping[str, float] = field(default_factory=dict)

    @property
    def total(self) -> float:
        return sum(self.dollars.values())


def main() -> None:
    """Calculate, print, and write the page."""
    facts, assumed, prices = facts_from(page.load()), Assumed(), us_east_1()
    sections = {"facts": described(facts, assumed, prices), "bills": bills_table(facts, assumed, prices)}
    sections["tail"] = tail_table(facts, assumed)
    for name, markdown in sections.items():
        page.put(name, markdown, SCALING)
        print(markdown, end="\n\n")


def us_east_1() -> RegionPrices:
    """The prices with which `ddb-assets plan` estimates."""
    prices = load_prices().of("us-east-1")
    assert prices is not None
    return prices


def facts_from(results: Mapping[str, Any], table_bytes: float = 10e12) -> Facts:
    """A table of nested items of 400 B, with the speeds measured last.

    Raises:
        KeyError: `make bench` has not measured them yet.
    """
    table = nested(400, 10).table
    stages = next(one for one in results["stages"] if one["data"] == _DATA)
    scanned = _of(results["scan"], scan.OURS)
    exported = _of(results["export"], export.OURS)
    return Facts(
        table_bytes=table_bytes,
        json_growth=len(table.text) / table.bytes,
        parquet_share=stages["file_megabytes"] / stages["megabytes"] * len(table.text) / table.bytes,
        gzip_share=export.gzip_share(table) * len(table.text) / table.bytes,
        scan_speed=scanned["megabytes"] / scanned["cost"]["cpu_seconds"],
        export_speed=exported["megabytes"] / exported["cost"]["cpu_seconds"],
    )


def scan_bill(facts: Facts, assumed: Assumed, prices: RegionPrices, rcu_s: float, on_demand: bool = True) -> Bill:
    """A scan at so many read units a second."""
    rcu = facts.table_bytes / _READ_UNIT / 2
    tasks = tasks_for(facts, assumed, rcu_s)
    workers = _workers(tasks, assumed)
    hours = hours_to_read(_segments(facts), tasks, rcu_s * 2 * _READ_UNIT, _task_speed(facts, assumed))
    reads = rcu / 1e6 * prices.usd.read_request_units_million if on_demand else rcu_s * hours * PROVISIONED_RCU_HOUR
    dollars = {"DynamoDB": reads, **_job(facts, assumed, prices, workers, hours, gets=0.0)}
    return Bill(f"scan, {rcu_s:,.0f} RCU/s{'' if on_demand else ', provisioned'}", workers, hours, rcu, dollars)


def export_bill(facts: Facts, assumed: Assumed, prices: RegionPrices, workers: int) -> Bill:
    """A full export, converted by so many workers once it is there."""
    wait = (assumed.export_start_s + facts.table_bytes / assumed.export_bytes_s) / 3600
    vcpus = (workers - 1) * assumed.vcpus_each
    hours = facts.json_bytes / 1e6 / facts.export_speed / vcpus / 3600
    gzip = facts.table_bytes * facts.gzip_share
    dollars = {
        "DynamoDB": facts.table_bytes / _GIB * prices.usd.export_gb,
        **_job(facts, assumed, prices, workers, hours, gets=gzip / _S3_PART),
    }
    return Bill("full export", workers, wait + hours, 0.0, dollars)


def incremental_bill(facts: Facts, assumed: Assumed, prices: RegionPrices, workers: int, changed: float) -> Bill:
    """A day's changes, a share `changed` of the table, merged into yesterday's files."""
    wait = (assumed.export_start_s + facts.table_bytes * changed / assumed.export_bytes_s) / 3600
    vcpus = (workers - 1) * assumed.vcpus_each
    work = facts.json_bytes * (assumed.merge_share + changed) / 1e6 / facts.export_speed
    hours = work / vcpus / 3600
    fetched = facts.table_bytes * (facts.gzip_share * changed + facts.parquet_share)
    dollars = {
        "DynamoDB": facts.table_bytes * changed / _GIB * prices.usd.export_gb,
        **_job(facts, assumed, prices, workers, hours, gets=fetched / _S3_PART),
    }
    return Bill(f"incremental, {changed:.0%} changed", workers, wait + hours, 0.0, dollars)


def tasks_for(facts: Facts, assumed: Assumed, rcu_s: float) -> int:
    """Tasks that keep up with a rate: each reads one page after another and decodes it meanwhile."""
    return math.ceil(rcu_s * 2 * _READ_UNIT / _task_speed(facts, assumed))


def bills_table(facts: Facts, assumed: Assumed, prices: RegionPrices) -> str:
    """All methods side by side."""
    bills = [scan_bill(facts, assumed, prices, rate) for rate in (12_000, 40_000, 120_000)]
    bills.append(scan_bill(facts, assumed, prices, 40_000, on_demand=False))
    bills += [export_bill(facts, assumed, prices, workers) for workers in (11, 41)]
    bills += [incremental_bill(facts, assumed, prices, 11, changed) for changed in (0.01, 0.10)]
    kinds = list(bills[0].dollars)
    heads = ["method", "G.1X workers", "hours", "read units, millions", *(f"{kind}, $" for kind in kinds), "total, $"]
    rows = [
        [
            bill.method,
            f"{bill.workers}",
            f"{bill.hours:.1f}",
            f"{bill.rcu / 1e6:,.0f}" if bill.rcu else "none",
            *(f"{bill.dollars[kind]:,.2f}" for kind in kinds),
            f"{bill.total:,.0f}",
        ]
        for bill in bills
    ]
    return page.table(heads, rows)


def tail_table(facts: Facts, assumed: Assumed) -> str:
    """How much longer a scan takes than its read units alone, by simulation."""
    segments, rows = _segments(facts), []
    for rcu_s in (12_000, 40_000, 120_000):
        least = facts.table_bytes / (rcu_s * 2 * _READ_UNIT) / 3600
        tasks = tasks_for(facts, assumed, rcu_s)
        row = [f"{rcu_s:,}", f"{tasks}", f"{least:.2f}"]
        for skew in (0.0, 0.5, 1.0):
            skewed = Segments(segments.count, segments.total_bytes, skew)
            hours = hours_to_read(skewed, tasks, rcu_s * 2 * _READ_UNIT, _task_speed(facts, assumed))
            row.append(f"{hours:.2f} (+{hours / least - 1:.1%})")
        rows.append(row)
    heads = ["RCU/s", "tasks", "hours at the full rate", "segments alike", "uneven (0.5)", "very uneven (1)"]
    return page.table(heads, rows)


def described(facts: Facts, assumed: Assumed, prices: RegionPrices) -> str:
    """The numbers that everything else is calculated from."""
    listed = f"list price of us-east-1, {prices.as_of}"
    exporting = f"{assumed.export_bytes_s / 1e6:,.0f} MB/s, the first byte after {assumed.export_start_s / 60:.0f} min"
    requests = f"${prices.usd.s3_put_thousand}, ${prices.usd.s3_get_thousand}"
    storage = facts.table_bytes * facts.parquet_share / _GIB * prices.usd.s3_gb_month
    rows: Sequence[Sequence[str]] = [
        ("table, as DynamoDB counts it", f"{facts.table_bytes / 1e12:.0f} TB", "asked"),
        ("DynamoDB-JSON to that", f"{facts.json_growth:.2f}", f"items of the benchmark: {_DATA}"),
        ("export's gzip to that", f"{facts.gzip_share:.2f}", "the same items"),
        ("Parquet to that", f"{facts.parquet_share:.2f}", "the same items"),
        ("scan, MB of JSON for a CPU second", f"{facts.scan_speed:.0f}", "measured"),
        ("export, MB of JSON for a CPU second", f"{facts.export_speed:.0f}", "measured"),
        ("a page of 1 MB takes", f"{assumed.page_seconds * 1000:.0f} ms", "assumed"),
        (
            "DynamoDB exports",
            exporting,
            "assumed",
        ),
        ("a merge, as a share of a conversion", f"{assumed.merge_share:.2f}", "measured"),
        ("a vCPU of a Glue worker", "a core of the machine measured", "assumed"),
        ("a million read request units", f"${prices.usd.read_request_units_million}", listed),
        ("a provisioned read unit, an hour", f"${PROVISIONED_RCU_HOUR}", "Amazon DynamoDB pricing"),
        ("export, full or incremental, a GiB", f"${prices.usd.export_gb:.2f}", listed),
        ("point-in-time recovery, a GiB a month", f"${prices.usd.pitr_gb_month:.2f}", listed),
        ("Glue, a DPU-hour", f"${prices.usd.glue_dpu_hour}", listed),
        ("S3, a thousand PUTs, a thousand GETs", requests, listed),
        ("S3, the snapshot's files, a month", f"${storage:,.0f}", f"at ${prices.usd.s3_gb_month} a GiB"),
        (
            "point-in-time recovery of the table, a month",
            f"${facts.table_bytes / _GIB * prices.usd.pitr_gb_month:,.0f}",
            "exports need it; no cost of theirs where it is on anyway",
        ),
    ]
    return page.table(["number", "value", "from"], rows)


def _segments(facts: Facts) -> Segments:
    return Segments(segment_count(int(facts.table_bytes), 1), facts.table_bytes)


def _task_speed(facts: Facts, assumed: Assumed) -> float:
    """Bytes of the table a second that one task gets through: pages come no faster, nor are they decoded faster."""
    return min(1024**2 / assumed.page_seconds, facts.scan_speed * 1e6 / facts.json_growth)


def _workers(tasks: int, assumed: Assumed) -> int:
    """Workers with room for these tasks, and the driver's."""
    return 1 + math.ceil(tasks / assumed.vcpus_each)


def _job(
    facts: Facts, assumed: Assumed, prices: RegionPrices, workers: int, hours: float, gets: float
) -> dict[str, float]:
    """Glue and S3 of a job that runs for so long, and reads so many parts from S3 beside writing the snapshot."""
    sizes = thresholds.now()
    files = facts.table_bytes * facts.parquet_share / sizes.file_bytes
    # Parts of the drafts, with begin and end of each upload; a draft is then copied to its place. States come on top.
    puts = files * (sizes.file_bytes / _S3_PART + 3) + facts.table_bytes / sizes.segment_bytes
    return {
        "Glue": workers * assumed.dpus_each * hours * prices.usd.glue_dpu_hour,
        "S3 requests": puts / 1000 * prices.usd.s3_put_thousand + gets / 1000 * prices.usd.s3_get_thousand,
    }


def _of(speeds: Sequence[Mapping[str, Any]], contender: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(
        speed["of"] for speed in speeds if speed["data"] == _DATA and speed["contender"] == contender
    )
    return found


if __name__ == "__main__":
    main()
