"""What a finished snapshot has cost, by what it used: an estimate from list prices, recorded with its materialization.

Sources: AWS Glue API reference, "JobRun": ExecutionTime is in seconds; DPUSeconds is there for runs with auto scaling
or of class FLEX, and is the time of each executor times its DPUs.
"""

from dataclasses import dataclass
from datetime import timedelta

from ddb_assets.model.facts import JobFacts, TableFacts
from ddb_assets.planning import cost
from ddb_assets.planning.cost import Cost, CostPart
from ddb_assets.planning.prices import RegionPrices
from ddb_snapshot.manifest import Manifest


@dataclass(frozen=True)
class ExportUsed:
    """One native export, as its manifest-summary bills it: FULL_EXPORT or INCREMENTAL_EXPORT."""

    export_type: str
    billed_bytes: int


@dataclass(frozen=True)
class Used:
    """What a capture used.

    `rcu` is what DynamoDB said was consumed; `bytes` and `files` those of the snapshot; `execution` Glue's
    ExecutionTime, `dpu_seconds` its DPUSeconds where it gives them.
    """

    rcu: float = 0.0
    exports: tuple[ExportUsed, ...] = ()
    execution: timedelta = timedelta(0)
    dpu_seconds: float | None = None
    bytes: int = 0
    files: int = 0

    @classmethod
    def of(cls, manifest: Manifest, execution: timedelta, dpu_seconds: float | None = None) -> "Used":
        """What the manifest of a finished snapshot says, with Glue's times of its run."""
        return cls(
            rcu=manifest.capture.consumed_rcu,
            exports=tuple(ExportUsed(read.export_type, read.billed_bytes) for read in manifest.capture.exports),
            execution=execution,
            dpu_seconds=dpu_seconds,
            bytes=manifest.bytes,
            files=len(manifest.files),
        )


def actual_cost(used: Used, table: TableFacts, job: JobFacts, prices: RegionPrices) -> Cost:
    """The cost of what was used.

    Of S3's requests those that wrote the snapshot's files are counted; an export that was taken up is counted with each
    snapshot that reads it.
    """
    billed = used.dpu_seconds if used.dpu_seconds is not None else cost.dpu_seconds(used.execution, job.dpus)
    parts: list[CostPart] = [
        cost.full_export(prices, export.billed_bytes)
        if export.export_type == "FULL_EXPORT"
        else cost.incremental_export(prices, max(export.billed_bytes, cost.INCREMENTAL_MINIMUM))
        for export in used.exports
    ]
    if used.rcu:
        parts.append(cost.reads(prices, used.rcu, table.on_demand, table.infrequent_access))
    parts += [
        cost.glue(prices, billed),
        cost.s3_requests(prices, used.files + cost.transfers(used.bytes), 0),
        cost.athena(prices),
    ]
    return Cost(tuple(parts), cost.storage_month(prices, used.bytes), prices.region, prices.as_of)
