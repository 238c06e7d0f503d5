"""A web page in the user's own browser, which wants to run a program by way of local AWS.

The page comes from another port of 127.0.0.1, which is nearer than any page of the Internet: Chromium lets it ask more.
It tries all that a page can send, without the access key and (as if it had leaked) with it.
"""

import http.server
import json
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.conftest import LocalAws
from tests.ui.conftest import CHROMIUM, OPTIONS

# What the page tries; gives for each its name and what came of it.
ATTACK = Path(__file__).with_name("attack.js").read_text()
ATTEMPTS = 33


@pytest.fixture(scope="module")
def attacker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page that somebody else serves."""
    folder = tmp_path_factory.mktemp("attacker")
    (folder / "index.html").write_text("<!doctype html><title>A page</title><body>A page</body>")
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


@pytest.mark.parametrize("leaked", [False, True], ids=["without the key", "with the key"])
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_page_runs_nothing_and_reads_nothing(
    local_aws: LocalAws, page: Page, attacker: str, tmp_path: Path, name: str, leaked: bool
) -> None:
    before = held(local_aws)
    key = local_aws.environment["AWS_ACCESS_KEY_ID"] if leaked else "test"
    page.goto(attacker)

    answers = page.evaluate(ATTACK, [local_aws.url.replace("127.0.0.1", name), key, str(tmp_path / "ran")])

    assert len(answers) == ATTEMPTS
    read = [answer for answer in answers if answer[1].startswith("read")]
    assert read == []
    assert held(local_aws) == before
    assert not (tmp_path / "ran").exists()


def test_a_page_opened_by_a_link_shows_a_refusal_as_text(local_aws: LocalAws, page: Page, attacker: str) -> None:
    key = local_aws.environment["AWS_ACCESS_KEY_ID"]
    page.goto(attacker)
    link = f"{local_aws.url}/?Action=CreateUser&UserName=attacked&AWSAccessKeyId={key}"

    with page.expect_navigation():
        page.evaluate("address => { location.href = address }", link)

    assert "takes no requests from web pages" in page.content()
    assert local_aws.client("iam").list_users()["Users"] == []


def test_a_name_that_was_made_to_point_here_is_refused(local_aws: LocalAws, page: Page) -> None:
    """DNS rebinding: to the browser the page and local AWS have one origin, so that it asks nobody's leave."""
    port = local_aws.url.rpartition(":")[2]
    browser_type = page.context.browser.browser_type if page.context.browser else None
    assert browser_type is not None
    rebound = f"http://rebound.example:{port}/"
    with browser_type.launch(
        executable_path=CHROMIUM, args=[*OPTIONS, "--host-resolver-rules=MAP rebound.example 127.0.0.1"]
    ) as browser:
        inside = browser.new_page()
        inside.goto(rebound)
        assert "was asked for" in inside.content()
        key = local_aws.environment["AWS_ACCESS_KEY_ID"]
        status = inside.evaluate(
            """async key => (await fetch("/attacked", {method: "PUT", headers: {Authorization:
                `AWS4-HMAC-SHA256 Credential=${key}/20261127/us-east-1/s3/aws4_request, SignedHeaders=h, Signature=0`
            }})).status""",
            key,
        )

    assert status == 403
    assert "attacked" not in held(local_aws)["buckets"]


def held(local_aws: LocalAws) -> dict[str, Any]:
    """What a program would leave behind."""
    s3, glue = local_aws.client("s3"), local_aws.client("glue")
    jobs = glue.get_jobs()["Jobs"]
    return {
        "buckets": [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]],
        "objects": [entry["Key"] for entry in s3.list_objects_v2(Bucket="dynamodb-exports").get("Contents", ())],
        "jobs": json.loads(json.dumps(jobs, default=str)),
        "runs": [run["Id"] for job in jobs for run in glue.get_job_runs(JobName=job["Name"])["JobRuns"]],
        "users": local_aws.client("iam").list_users()["Users"],
    }
