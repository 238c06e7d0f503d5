"""The README's picture: the chain in Dagster's UI, materialized. `make pictures` takes it anew."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.ui.test_dagster_ui import CHECKOUT, RUN_SECONDS, dagster_url, environment

__all__ = ["dagster_url", "environment"]

DOCS = CHECKOUT / "docs"


def test_lineage(page: Page, dagster_url: str) -> None:
    page.goto(f"{dagster_url}/locations/ddb_assets/asset-groups/reviews/lineage")
    page.get_by_role("button", name="Materialize all").click()
    page.get_by_role("button", name="Latest", exact=True).click()
    page.get_by_role("button", name="Launch 1 run").click()
    expect(page.get_by_text("Materialized", exact=True)).to_be_visible(timeout=RUN_SECONDS * 1000)
    expect(page.get_by_text("3 / 3 Passed")).to_be_visible()

    taken: Path = DOCS / "lineage.png"
    page.set_viewport_size({"width": 1500, "height": 620})
    page.goto(f"{dagster_url}/locations/ddb_assets/asset-groups/reviews/lineage")
    expect(page.get_by_text("3 / 3 Passed")).to_be_visible(timeout=60_000)
    page.wait_for_timeout(3_000)
    page.screenshot(path=str(taken))
