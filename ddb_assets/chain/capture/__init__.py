"""How a snapshot's items are obtained: `capture` in defs.yaml, chosen here.

scan          a parallel Scan of the table as it is now, into the window that is open now
export        a full native export at the partition's instant
incremental   native exports of what changed since the previous snapshot, merged into its files
"""

from ddb_assets.chain.capture.capture import Capture, Need, Prepared, Services
from ddb_assets.chain.capture.choice import Chosen, choose_capture, run_size

__all__ = ["Capture", "Chosen", "Need", "Prepared", "Services", "choose_capture", "run_size"]
