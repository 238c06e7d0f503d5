"""The instant that a group's views move to: found by spans of keys, and the same that full listings have in common."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddb_assets.catalog import Published
from ddb_assets.chain.group.moving import newest_common
from ddb_assets.components.dynamodb_table_group import DynamoDBTableGroup
from ddb_assets.errors import UserError
from tests.catalog.listed import Listed, beginning, keys, published

GROUP = DynamoDBTableGroup(name="shop", tables=["Customers", "Orders"], cadence="0 * * * *").group_spec()


@st.composite
def members(draw: st.DrawFn) -> Mapping[str, Sequence[Published]]:
    """What two members have published: some instants of both, some of one, some left by a crawler."""
    some = draw(st.lists(keys(), min_size=1, max_size=15, unique=True))
    one_of_them = st.builds(published, st.sampled_from(some), st.sampled_from([True, True, True, False]))
    each = st.lists(one_of_them, unique_by=lambda one: one.snapshot_timestamp)
    return {member.catalog_table: draw(each) for member in GROUP.members}


@given(st.data())
def test_it_is_the_newest_that_all_members_have(data: st.DataObject) -> None:
    tables = data.draw(members())
    since = data.draw(beginning([one for there in tables.values() for one in there]))
    named = [{one.snapshot_timestamp for one in there if one.attempted} for there in tables.values()]
    common = set.intersection(*named)

    if common:
        assert newest_common(GROUP, Listed(tables), since).snapshot_timestamp == max(common)
        return
    with pytest.raises(UserError) as refused:
        newest_common(GROUP, Listed(tables), since)
    newest = [
        f"{member.view}: {max(there, default='none')}" for member, there in zip(GROUP.members, named, strict=True)
    ]
    assert f"(the newest: {', '.join(newest)})" in str(refused.value)
