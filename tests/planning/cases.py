"""Tables, snapshots and histories to plan with: one of each, and all that there may be."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from ddb_assets.model.capture import METHODS
from ddb_assets.model.facts import GIB, CaptureOptions, JobFacts, PreviousSnapshot, RecoveryWindow, TableFacts, Wanted
from ddb_assets.model.quotas import InUse
from ddb_assets.planning import load_prices

NOW = datetime(2026, 11, 24, 0, 10, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)
DAY = timedelta(days=1)
PRICES = load_prices()
VIRGINIA = PRICES.regions["us-east-1"]
RECOVERY = RecoveryWindow(MIDNIGHT - 30 * DAY, NOW - timedelta(minutes=5), 35)
JOB = JobFacts()
NO_OPTIONS = CaptureOptions()


def table(size_gib: float = 10, *, recovery: RecoveryWindow | None = RECOVERY, on_demand: bool = True) -> TableFacts:
    """A table of so many GiB, in 1 KB items."""
    size = int(size_gib * GIB)
    return TableFacts(
        name="Orders",
        region="us-east-1",
        size_bytes=size,
        item_count=size // 1024,
        on_demand=on_demand,
        read_capacity=12_000 if on_demand else 1000,
        capacity_source="on-demand default" if on_demand else "provisioned",
        recovery=recovery,
    )


def wanted(gap: timedelta = DAY, *, instant: datetime = MIDNIGHT, now: datetime = NOW) -> Wanted:
    """The snapshot of an instant; its window is open when `now` lies in it."""
    return Wanted(instant, gap, instant <= now < instant + gap, now)


def after(days: float = 1, *, method: str = "export", size_gib: float = 3, since_full: int = 0) -> PreviousSnapshot:
    """A snapshot that was taken so many days before midnight."""
    return PreviousSnapshot(
        MIDNIGHT - days * DAY,
        method,  # type: ignore[arg-type]
        int(size_gib * GIB),
        since_full=since_full,
    )


instants = st.datetimes(datetime(2026, 10, 1), datetime(2026, 11, 25)).map(
    lambda instant: instant.replace(second=0, microsecond=0, tzinfo=UTC)
)
gaps = st.sampled_from([1, 5, 15, 60, 24 * 60, 7 * 24 * 60, 31 * 24 * 60]).map(
    lambda minutes: timedelta(minutes=minutes)
)

recoveries = st.none() | st.builds(
    lambda earliest, reach: RecoveryWindow(earliest, min(NOW, earliest + reach)),
    st.datetimes(datetime(2026, 10, 20), datetime(2026, 11, 24)).map(lambda instant: instant.replace(tzinfo=UTC)),
    st.timedeltas(timedelta(0), timedelta(days=35)),
)

tables = st.builds(
    TableFacts,
    name=st.just("Orders"),
    region=st.sampled_from(["us-east-1", "eu-central-1", "sa-east-1", "mars-north-1"]),
    size_bytes=st.integers(0, 200 * 1024 * GIB),
    item_count=st.integers(0, 10**12),
    on_demand=st.booleans(),
    read_capacity=st.floats(1, 1e6),
    capacity_source=st.just("provisioned"),
    recovery=recoveries,
    infrequent_access=st.booleans(),
    local_index_bytes=st.integers(0, 10 * GIB),
    created=st.none() | instants,
)

previous_snapshots = st.none() | st.builds(
    PreviousSnapshot,
    instant=instants,
    method=st.sampled_from(METHODS),
    bytes=st.integers(0, 200 * 1024 * GIB),
    changed_bytes=st.none() | st.integers(0, 1024 * GIB),
    changed_over=st.none() | st.timedeltas(timedelta(minutes=15), timedelta(days=7)),
    since_full=st.integers(0, 50),
)

options = st.builds(
    CaptureOptions,
    method=st.sampled_from(["auto", *METHODS]),
    read_percentage=st.floats(0.1, 1.0),
    max_rcu=st.none() | st.floats(1, 1e5),
    full_every=st.none() | st.integers(1, 40),
)

wanteds = st.builds(lambda instant, gap: wanted(gap, instant=instant), instants, gaps)

uses = st.builds(InUse, exports=st.none() | st.integers(0, 400), export_bytes=st.none() | st.integers(0, 10**15))
