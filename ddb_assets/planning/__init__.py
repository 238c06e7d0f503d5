"""How a snapshot of a table would be captured, what it would take and cost: facts in, plan out.

Nothing here asks AWS. Facts are read by `ddb_assets.aws` and given in as frozen records; what comes out is said by
the command line (`ddb_assets.commands.plan`) and recorded by the chain.
"""

from ddb_assets.planning.actual import ExportUsed, Used, actual_cost
from ddb_assets.planning.choice import Choice, Thresholds, choose
from ddb_assets.planning.cost import Cost, CostPart
from ddb_assets.planning.estimates import Estimate, estimate
from ddb_assets.planning.facts import (
    METHODS,
    CaptureOptions,
    JobFacts,
    Method,
    PreviousSnapshot,
    RecoveryWindow,
    TableFacts,
    Wanted,
)
from ddb_assets.planning.history import previous_snapshot
from ddb_assets.planning.nothing_truthful import NothingTruthful
from ddb_assets.planning.plan import MethodPlan, Plan, make_plan
from ddb_assets.planning.possibilities import Possibility, possibilities
from ddb_assets.planning.prices import PriceTable, RegionPrices, load_prices
from ddb_assets.planning.quotas import InUse
from ddb_assets.planning.rates import RATES, Rates
from ddb_assets.planning.run_size import WORKER_TYPES, RunWishes
from ddb_assets.planning.spans import Span, expected_span
from ddb_assets.planning.windows import incremental_windows

__all__ = [
    "METHODS",
    "RATES",
    "WORKER_TYPES",
    "CaptureOptions",
    "Choice",
    "Cost",
    "CostPart",
    "Estimate",
    "ExportUsed",
    "InUse",
    "JobFacts",
    "Method",
    "MethodPlan",
    "NothingTruthful",
    "Plan",
    "Possibility",
    "PreviousSnapshot",
    "PriceTable",
    "Rates",
    "RecoveryWindow",
    "RegionPrices",
    "RunWishes",
    "Span",
    "TableFacts",
    "Thresholds",
    "Used",
    "Wanted",
    "actual_cost",
    "choose",
    "estimate",
    "expected_span",
    "incremental_windows",
    "load_prices",
    "make_plan",
    "possibilities",
    "previous_snapshot",
]
