"""How fast things are, in one place: measured here, said by AWS, or assumed. A pair is the slowest and the fastest.

- `decode`: docs/performance.md, census and decode of raw pages on one core: 10 of 500 attributes, and flat items.
- `json_growth`, `gzip_share`: DynamoDB-JSON, and the same zipped, to DynamoDB's count of bytes; measured on the sample
  table Customer-Orders.
- `merge_share`: docs/performance.md: what merging an increment took, as a share of converting a full export: that of
  flat items, which is the higher one.
- `job_start`, `export_start`, `export_speed`: assumed. AWS gives no figures; exports of tiny tables take minutes.
- `daily_change`: assumed, until the first incremental export has measured it.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final


@dataclass(frozen=True)
class Rates:
    """Bytes are bytes, speeds bytes a second, shares between 0 and 1."""

    decode: tuple[float, float] = (14e6, 120e6)
    json_growth: float = 2.1
    gzip_share: float = 0.3
    merge_share: float = 0.45
    job_start: tuple[timedelta, timedelta] = (timedelta(seconds=30), timedelta(minutes=2))
    export_start: tuple[timedelta, timedelta] = (timedelta(minutes=5), timedelta(minutes=15))
    export_speed: tuple[float, float] = (50e6, 1e9)
    daily_change: float = 0.1


RATES: Final = Rates()
