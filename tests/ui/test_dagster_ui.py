"""`dagster dev`, used by a person: in Debian's Chromium, on a local AWS and a Dagster home of its own."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

CHECKOUT = Path(__file__).parent.parent.parent
RUN_SECONDS = 120


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    home = tmp_path_factory.mktemp("dagster-home")
    shutil.copy(CHECKOUT / ".dagster_home" / "dagster.yaml", home)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DDB_ASSETS_"))}
    state = {"DAGSTER_HOME": str(home), "DDB_ASSETS_LOCAL_STATE": str(tmp_path_factory.mktemp("local-aws"))}
    environment = {**inherited, **state}
    yield environment
    ddb_assets("local", "stop", environment=environment)


@pytest.fixture(scope="module")
def dagster_url(environment: dict[str, str]) -> Iterator[str]:
    ddb_assets("seed", "--history", "24", environment=environment)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    dagster = Path(sys.executable).with_name("dagster")
    command = [str(dagster), "dev", "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(command, cwd=CHECKOUT, env=environment, start_new_session=True)
    try:
        yield wait_until_served(f"http://127.0.0.1:{port}", server)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(60)
        except subprocess.TimeoutExpired:
            # The webserver waits for its browsers' connections; nothing of it is of use any more.
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def test_reviews_is_materialized_for_the_open_partition_and_the_view_answers(
    page: Page, dagster_url: str, environment: dict[str, str]
) -> None:
    page.goto(f"{dagster_url}/locations/ddb_assets/asset-groups/reviews/lineage")
    for asset in ("Reviews", "reviews_files", "snapshots_reviews", "reviews"):
        expect(page.get_by_text(asset, exact=True).last).to_be_visible(timeout=60_000)

    page.get_by_role("button", name="Materialize all").click()
    page.get_by_role("button", name="Latest", exact=True).click()
    page.get_by_role("button", name="Launch 1 run").click()

    expect(page.get_by_text("Materialized", exact=True)).to_be_visible(timeout=RUN_SECONDS * 1000)
    expect(page.get_by_text("3 / 3 Passed")).to_be_visible()
    # Review 2 came a few minutes ago; the partition is the table as it was at midnight.
    assert values("SELECT reviewid FROM reviews ORDER BY 1", environment)[0] == "1"


def test_hours_that_have_passed_are_backfilled_and_the_view_shows_the_newest(
    page: Page, dagster_url: str, environment: dict[str, str]
) -> None:
    this_hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    hours = [f"{this_hour - timedelta(hours=ago):%Y-%m-%dT%H:00}" for ago in (4, 3, 2)]
    page.goto(f"{dagster_url}/locations/ddb_assets/asset-groups/customer_orders/lineage")

    page.get_by_role("button", name="Materialize all").click()
    chosen = page.get_by_role("dialog").locator("input:visible").first
    chosen.fill(f"[{hours[0]}...{hours[-1]}]")
    chosen.press("Tab")
    expect(page.get_by_text("3 partitions", exact=True)).to_be_visible()
    page.get_by_role("button", name=re.compile("Launch")).click()

    wanted = {"snapshots_customer_orders": hours, "customer_orders": hours[-1:]}
    deadline = time.monotonic() + 3 * RUN_SECONDS
    found: dict[str, list[str]] = {}
    while found != wanted and time.monotonic() < deadline:
        time.sleep(3)
        with contextlib.suppress(subprocess.CalledProcessError):  # until the first of each is there
            found = {
                table: values(f"SELECT DISTINCT snapshot_timestamp AS hour FROM {table} ORDER BY 1", environment)
                for table in wanted
            }
    assert found == wanted


def test_no_dialog_hides_the_graph(page: Page, dagster_url: str) -> None:
    page.goto(f"{dagster_url}/locations/ddb_assets/asset-groups/customer_orders/lineage")

    expect(page.get_by_text("snapshots_customer_orders", exact=True)).to_be_visible(timeout=60_000)
    assert page.get_by_role("dialog").count() == 0


def test_the_schedule_is_stopped_at_first(page: Page, dagster_url: str) -> None:
    page.goto(f"{dagster_url}/locations/ddb_assets/schedules/snapshot_reviews_schedule")

    running = page.get_by_role("row", name="Running").get_by_role("checkbox")
    expect(running).not_to_be_checked(timeout=60_000)


def ddb_assets(*arguments: str, environment: dict[str, str]) -> str:
    command = [str(Path(sys.executable).with_name("ddb-assets")), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def values(statement: str, environment: dict[str, str]) -> list[str]:
    """The values of a query's only column."""
    return ddb_assets("query", statement, "--format", "csv", environment=environment).splitlines()[1:]


def wait_until_served(url: str, server: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/server_info", timeout=5):
                return url
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"dagster dev does not serve {url}")
