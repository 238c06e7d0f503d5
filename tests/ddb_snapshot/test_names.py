"""Names are made safe, the same for ever, and instants keep their one form."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddb_snapshot.names import (
    MAX_COLUMN_NAME,
    catalog_name,
    column_name,
    format_instant,
    parse_instant,
    partition_folder,
    snapshots_table,
)


def test_tables_are_named_as_the_original_named_them() -> None:
    assert catalog_name("Product-Reviews.v2") == "product_reviews_v2"
    assert snapshots_table("Reviews") == "snapshots_reviews"


def test_partition_folder_escapes_what_hive_escapes() -> None:
    assert partition_folder("2026-11-24T00:00") == "snapshot_timestamp=2026-11-24T00%3A00"


@settings(deadline=None)
@given(st.datetimes(timezones=st.just(UTC)))
def test_instant_survives_its_text(instant: datetime) -> None:
    text = format_instant(instant)
    if instant.year >= 1000:
        assert parse_instant(text) == instant.replace(second=0, microsecond=0)


def test_instant_is_utc_wherever_it_came_from() -> None:
    assert format_instant(datetime(2026, 11, 24, 1, 30, tzinfo=timezone(timedelta(hours=2)))) == "2026-11-23T23:30"
    with pytest.raises(ValueError, match="no timezone"):
        format_instant(datetime(2026, 11, 24))


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24",
        "2026-11-24 00:00",
        "2026-11-24T00:00Z",
        "2026-13-01T00:00",
        "2026-11-24T24:00",
        " ",
        "٢٠٢٦-11-24T00:00",
    ],
)
def test_other_texts_are_no_instants(text: str) -> None:
    with pytest.raises(ValueError, match="snapshot_timestamp"):
        parse_instant(text)


@pytest.mark.parametrize(
    ("attribute", "name"),
    [
        ("id", "id"), ("Id", "id"), ("a-b", "a_b"), ("a.b", "a_b"), ("Café au lait", "cafe_au_lait"),
        ("2024", "c_2024"), ("_x", "_x"), ('say "hi"', "say__hi_"), ("ﬁne", "fine"),
    ],
)  # fmt: skip
def test_attribute_stays_readable_in_its_column(attribute: str, name: str) -> None:
    assert column_name(attribute) == name


@pytest.mark.parametrize("attribute", ["📦", "_", "---", "名前", ""])
def test_attribute_without_anything_readable_is_named_by_digest(attribute: str) -> None:
    assert re.fullmatch("c_[0-9a-f]{6}", column_name(attribute))


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=300))
def test_any_attribute_has_a_safe_name(attribute: str) -> None:
    name = column_name(attribute)

    assert re.fullmatch("[a-z_][a-z0-9_]*", name)
    assert len(name) <= MAX_COLUMN_NAME
    assert column_name(name) == name


def test_long_names_that_differ_at_their_end_differ() -> None:
    assert column_name("x" * 254 + "a") != column_name("x" * 254 + "b")
