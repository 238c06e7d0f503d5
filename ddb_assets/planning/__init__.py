"""How a snapshot of a table would be captured, what it would take and cost: facts in, plan out.

Nothing here asks AWS. `ddb_assets.aws` reads facts into the records of `ddb_assets.model`. The command line prints what
comes out (`ddb_assets.commands.plan`), and the chain records it.
"""

from ddb_assets.planning.actual import ExportUsed, Used, actual_cost
from ddb_assets.planning.choice import Choice, Thresholds, choose
from ddb_assets.planning.cost import Cost, CostPart
from ddb_assets.planning.estimates import Estimate, estimate
from ddb_assets.planning.history import previous_snapshot
from ddb_assets.planning.nothing_truthful import NothingTruthful
from ddb_assets.planning.plan import MethodPlan, Plan, make_plan
from ddb_assets.planning.possibilities import Possibility, possibilities
from ddb_assets.planning.prices import PriceTable, RegionPrices, load_prices
from ddb_assets.planning.rates import RATES, Rates
from ddb_assets.planning.spans import expected_span

__all__ = [
    "RATES",
    "Choice",
    "Cost",
    "CostPart",
    "Estimate",
    "ExportUsed",
    "MethodPlan",
    "NothingTruthful",
    "Plan",
    "Possibility",
    "PriceTable",
    "Rates",
    "RegionPrices",
    "Thresholds",
    "Used",
    "actual_cost",
    "choose",
    "estimate",
    "expected_span",
    "load_prices",
    "make_plan",
    "possibilities",
    "previous_snapshot",
]
