"""The price table: dated, with its sources, and corrected by a file of one's own."""

import json
from pathlib import Path

import pytest

from ddb_assets.errors import UserError
from ddb_assets.planning import load_prices
from ddb_assets.planning.prices import no_prices

VIRGINIA = {
    "read_request_units_million": 0.1,
    "read_request_units_million_infrequent_access": 0.1,
    "export_gb": 0.08,
    "incremental_export_gb": 0.08,
    "pitr_gb_month": 0.1,
    "glue_dpu_hour": 0.3,
    "s3_put_thousand": 0.005,
    "s3_get_thousand": 0.0004,
    "s3_gb_month": 0.02,
    "athena_tb_scanned": 4,
}


def test_every_region_says_where_its_prices_are_known_from_and_of_when() -> None:
    regions = load_prices().regions

    assert len(regions) >= 10
    assert {"us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-2", "ap-northeast-1"} <= set(regions)
    for prices in regions.values():
        assert len(prices.known_from) == 4
        assert all(len(source) > 30 for source in prices.known_from), "each key names a source"
        assert prices.as_of.year >= 2025


def test_prices_differ_little_in_their_proportions_which_is_why_a_choice_can_be_made_at_anothers() -> None:
    for prices in load_prices().regions.values():
        assert 0.75 < prices.usd.export_gb / prices.usd.read_request_units_million < 0.85


def test_ones_own_file_corrects_a_region_and_adds_another(tmp_path: Path) -> None:
    own = tmp_path / "prices.json"
    own.write_text(json.dumps({"as_of": "2026-11-01", "regions": {"us-east-1": VIRGINIA, "mars-north-1": VIRGINIA}}))

    table = load_prices(own)

    assert table.regions["us-east-1"].usd.export_gb == 0.08
    assert str(table.regions["mars-north-1"].as_of) == "2026-11-01"
    assert table.regions["eu-west-1"] == load_prices().regions["eu-west-1"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "Invalid JSON"),
        ('{"as_of": "soon", "regions": {}}', "as_of"),
        ('{"as_of": "2026-11-01", "regions": {"us-east-1": {"export_gb": -1}}}', "regions.us-east-1.export_gb"),
        ('{"as_of": "2026-11-01", "regions": {}, "currency": "EUR"}', "currency"),
        ('{"as_of": "2026-11-01", "regions": {}, "discount": 3}', "discount"),
    ],
)
def test_a_file_that_is_no_price_file_is_refused_by_its_field(tmp_path: Path, text: str, said: str) -> None:
    own = tmp_path / "prices.json"
    own.write_text(text)

    with pytest.raises(UserError, match=f"DDB_ASSETS_PRICES=.*prices.json.*{said}"):
        load_prices(own)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"DDB_ASSETS_PRICES=.*nowhere.*can't be read"):
        load_prices(tmp_path / "nowhere")


def test_a_region_without_prices_is_compared_at_the_references() -> None:
    table = load_prices()

    assert table.of("mars-north-1") is None
    assert table.to_compare("mars-north-1").region == "us-east-1"
    assert "DDB_ASSETS_PRICES=/path/prices.json" in no_prices("mars-north-1")
