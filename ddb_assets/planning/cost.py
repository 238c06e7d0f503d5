"""Money: quantities times list prices, part by part.

Sources of the rules: Amazon DynamoDB developer guide, "Best practices for understanding your AWS billing and usage
reports"; AWS Glue pricing ("billed per second, with a 1-minute minimum"); Amazon Athena pricing ("10 MB minimum for
each query"). docs/cost.md has the formulas in one table.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from ddb_assets.model.facts import GIB
from ddb_assets.planning.prices import RegionPrices

INCREMENTAL_MINIMUM: Final = 10 * 1024**2
"""Bytes that an incremental export is billed for at least."""

_ATHENA_MINIMUM: Final = 10 * 1024**2
_JOB_MINIMUM: Final = timedelta(minutes=1)
# boto3's transfer manager moves files in parts of this size, each a request.
_S3_PART: Final = 8 * 1024**2
# The check of the rows and that of the view; DDL is free.
_QUERIES: Final = 2


@dataclass(frozen=True)
class CostPart:
    """One line of the bill to come: so much of what, in US dollars."""

    name: str
    quantity: float
    unit: str
    dollars: float
    note: str = ""


@dataclass(frozen=True)
class Cost:
    """An estimate from list prices. `storage_month` is what the result costs each month that it is kept."""

    parts: tuple[CostPart, ...]
    storage_month: float
    region: str
    as_of: date

    @property
    def total(self) -> float:
        """US dollars, once, without storage."""
        return sum(part.dollars for part in self.parts)

    def summary(self) -> str:
        """One line: the total, its larger parts, and that it is an estimate."""
        parts = sorted((part for part in self.parts if part.dollars > 0), key=lambda part: -part.dollars)
        listed = ", ".join(f"{part.name} {dollars(part.dollars)}" for part in parts[:4]) or "nothing"
        return f"{dollars(self.total)} (estimate from {self.region}'s list prices of {self.as_of}): {listed}"

    def to_json(self) -> dict[str, Any]:
        """The cost for programs."""
        return {
            "dollars": self.total,
            "storage_dollars_a_month": self.storage_month,
            "estimate_from": f"list prices of {self.region}, {self.as_of}",
            "parts": [
                {"name": part.name, "quantity": part.quantity, "unit": part.unit, "dollars": part.dollars}
                | ({"note": part.note} if part.note else {})
                for part in self.parts
            ],
        }


def dollars(amount: float) -> str:
    """An amount to read: two digits after the point from a dollar on, as many as it takes below."""
    if amount == 0 or amount >= 1:
        return f"${amount:,.2f}"
    if amount < 0.00005:
        return "<$0.0001"
    return f"${amount:.4f}" if amount < 0.1 else f"${amount:.2f}"


def reads(prices: RegionPrices, rcu: float, on_demand: bool, infrequent_access: bool) -> CostPart:
    """A scan's read units: billed one by one on demand, part of what is paid anyway where capacity is provisioned."""
    if not on_demand:
        return CostPart("reads", rcu, "read units", 0.0, "within the provisioned capacity, which costs the same unused")
    return CostPart("reads", rcu, "read units", rcu / 1e6 * prices.read_units_million(infrequent_access))


def full_export(prices: RegionPrices, billed_bytes: float) -> CostPart:
    """A full export, by the table's size."""
    return CostPart("export", billed_bytes / GIB, "GB", billed_bytes / GIB * prices.usd.export_gb)


def incremental_export(prices: RegionPrices, billed_bytes: float) -> CostPart:
    """Incremental exports; `billed_bytes` has each one's minimum in it."""
    return CostPart("export", billed_bytes / GIB, "GB", billed_bytes / GIB * prices.usd.incremental_export_gb)


def glue(prices: RegionPrices, dpu_seconds: float) -> CostPart:
    """The job's DPU-seconds."""
    return CostPart("Glue", dpu_seconds / 3600, "DPU-hours", dpu_seconds / 3600 * prices.usd.glue_dpu_hour)


def s3_requests(prices: RegionPrices, puts: float, gets: float) -> CostPart:
    """PUT, COPY, POST and LIST requests at one price, GET and all others at another."""
    amount = puts / 1000 * prices.usd.s3_put_thousand + gets / 1000 * prices.usd.s3_get_thousand
    return CostPart("S3 requests", puts + gets, "requests", amount)


def transfers(size_bytes: float) -> int:
    """Requests that move so many bytes to or from S3."""
    return math.ceil(size_bytes / _S3_PART)


def athena(prices: RegionPrices) -> CostPart:
    """The chain's own queries, which scan little: each is billed for 10 MB at least."""
    amount = _QUERIES * _ATHENA_MINIMUM / 1024**4 * prices.usd.athena_tb_scanned
    return CostPart("Athena", _QUERIES, "queries", amount)


def storage_month(prices: RegionPrices, stored_bytes: float) -> float:
    """US dollars for a month of S3 Standard storage."""
    return stored_bytes / GIB * prices.usd.s3_gb_month


def dpu_seconds(job_time: timedelta, dpus: float) -> float:
    """What a job run is billed for: every DPU, for a minute at least."""
    return max(job_time, _JOB_MINIMUM).total_seconds() * dpus
