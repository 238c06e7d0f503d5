"""What runs have left behind: found, judged by whose it is, removed. See docs/sweep.md.

places     what lies below a table's folders, and what it is (pure)
plan       what may go, and why; what stays, and why (pure)
ground     where a table's runs leave things
finding    S3, Glue, the catalog and the journals asked
sweeping   all of it, for one table
"""

from ddb_assets.sweep.ground import Ground
from ddb_assets.sweep.plan import Decision, Grace
from ddb_assets.sweep.sweeping import Swept, sweep

__all__ = ["Decision", "Grace", "Ground", "Swept", "sweep"]
