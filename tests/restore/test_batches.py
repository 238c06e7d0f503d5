"""What one request holds: no more than DynamoDB takes, and no more than the pace allows."""

from base64 import b64encode

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddb_assets.errors import UserError
from ddb_assets.restore.batches import MOST_BYTES, MOST_ITEMS, batches
from tests.ddb_snapshot.snapshots import Item, values
from tests.profiles import cases

# Few keys, so that some are there twice.
items = st.builds(
    lambda key, at, value, size: {"id": {"S": key}, "at": {"N": str(at)}, "v": value, "text": {"S": "x" * size}},
    st.sampled_from(["1", "2", "é"]),
    st.integers(0, 3),
    values,
    st.sampled_from([0, 1, 900, 5000]),
)


@settings(max_examples=cases(100), deadline=None)
@given(items=st.lists(items, max_size=60), most_wcu=st.floats(0.5, 100))
def test_every_item_is_in_one_batch_and_none_is_too_large(items: list[Item], most_wcu: float) -> None:
    found = list(batches(items, ["id", "at"], most_wcu))

    assert [orjson.loads(text) for batch in found for text in batch.items] == items
    for batch in found:
        assert 1 <= len(batch.items) <= MOST_ITEMS
        assert len(batch.items) == 1 or sum(max(1, -(-len(text) // 1024)) for text in batch.items) <= most_wcu
        keys = [(item["id"]["S"], item["at"]["N"]) for item in map(orjson.loads, batch.items)]
        assert len(set(keys)) == len(keys)


def test_large_items_stay_below_the_requests_limit() -> None:
    # 400 KB of bytes are 533 KB of base64, the largest that DynamoDB holds.
    large = [{"id": {"N": str(number)}, "b": {"B": b64encode(bytes(400_000)).decode()}} for number in range(20)]

    found = list(batches(large, ["id"], 1e9))

    assert max(sum(map(len, batch.items)) for batch in found) <= MOST_BYTES
    assert sum(len(batch.items) for batch in found) == 20


def test_an_item_without_the_key_names_what_it_has() -> None:
    with pytest.raises(UserError, match=r"no attribute 'ID', which should be a key; it has 'id', 'n': .*--key"):
        list(batches([{"id": {"S": "1"}, "n": {"N": "1"}}], ["ID"], 10))
