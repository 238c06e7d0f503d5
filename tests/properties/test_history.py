"""Whatever a table's items are and however they drift: no snapshot loses a value, and Athena reads all of them."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ddb_snapshot.formats import OUTPUT_FORMATS
from tests.conftest import LocalAws
from tests.ddb_snapshot.snapshots import Item, few_names, items, numbers, scalars, tagged, values
from tests.profiles import NIGHTLY, cases
from tests.properties.history import History, check

# Few keys, so that the same item is there in several snapshots; DynamoDB allows no empty key.
keys = st.sampled_from(["1", "2", "3", "a b", "é", "📦"])
# Items that look alike, as those of a table do.
alike = st.fixed_dictionaries(
    {},
    optional={
        "n": tagged("N", numbers),
        "v": values,
        "l": tagged("L", st.lists(scalars, max_size=3)),
        "m": tagged("M", st.dictionaries(few_names, values, max_size=3)),
        "ls": tagged("L", st.lists(tagged("M", st.dictionaries(few_names, scalars, max_size=2)), max_size=2)),
    },
)
snapshots = st.dictionaries(keys, alike | items, max_size=4).map(
    lambda found: [item | {"id": {"S": key}} for key, item in found.items()]
)
histories = st.lists(snapshots, min_size=2, max_size=4)
options = st.fixed_dictionaries(
    {}, optional={"nested": st.just("json"), "numbers": st.sampled_from(["double", "string"])}
)


# Each case takes half a second: some of them here, and a case that fails isn't made small, but by night.
PHASES = tuple(Phase) if NIGHTLY else (Phase.explicit, Phase.reuse, Phase.generate)


@pytest.mark.parametrize("output_format", OUTPUT_FORMATS)
@settings(max_examples=cases(20), deadline=None, phases=PHASES, suppress_health_check=[*HealthCheck])
@given(history=histories, options=options)
def test_every_value_of_every_snapshot_stays_readable(
    local_aws: LocalAws, output_format: str, history: list[list[Item]], options: dict[str, Any]
) -> None:
    with History(local_aws, output_format, options) as lived:
        for items in history:
            lived.snapshot(items)
        check(lived)
