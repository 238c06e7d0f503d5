"""Glue crawlers: one for each table that is published by crawling, made or brought up to date, run, waited for."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.flat_folder import unfinished_folders
from ddb_assets.errors import UserError
from ddb_assets.settings import DEFAULT_CRAWLER_ROLE, Settings

_FIRST_POLL_SECONDS = 0.1
_LONGEST_POLL_SECONDS = 10.0
_SAY_SECONDS = 30.0


@dataclass(frozen=True)
class Crawl:
    """A crawl that SUCCEEDED: the crawler, how long it took, and where its log is."""

    crawler: str
    seconds: float
    log_group: str
    log_stream: str


class Crawlers(dg.ConfigurableResource[Any]):
    """Runs crawlers. Source: AWS Glue API reference, "Crawler API"."""

    connection: Connection

    def wait_until_idle(self, name: str, say: Callable[[str], None]) -> None:
        """Wait for the end of a crawl that is under way, if there is such a crawler at all."""
        client = self.connection.client("glue")
        try:
            state = client.get_crawler(Name=name)["Crawler"]["State"]
        except client.exceptions.EntityNotFoundException:
            return
        if state != "READY":
            say(f"Crawler {name} is busy with another run: waiting for its end")
            _wait(client, name, say, lambda _: True)

    def crawl(self, name: str, database: str, folder: str, say: Callable[[str], None]) -> Crawl:
        """Crawl the table that lies in `folder`, an s3:// address with a slash at its end; `say` is told the progress.

        When another run has the crawler busy, it is waited for first: that crawl may not have seen all of our files.
        Folders into which another run is copying are left out.

        Raises:
            dagster.Failure: the crawl did not succeed; carries the crawler's ErrorMessage.
            UserError: no role is set for it.
        """
        client = self.connection.client("glue")
        role = crawler_role(self.connection.settings())

        def definition() -> dict[str, Any]:
            unfinished = unfinished_folders(self.connection.client("s3"), folder)
            return crawler_definition(database, folder, role, unfinished)

        before = self._start(client, name, definition, say)
        started = time.monotonic()
        crawler = _wait(client, name, say, lambda found: _crawl_id(found) != before)
        last = crawler["LastCrawl"]
        log_group, log_stream = last.get("LogGroup", ""), last.get("LogStream", "")
        if last["Status"] != "SUCCEEDED":
            raise dg.Failure(
                description=f"Crawler {name} ended {last['Status']}: {last.get('ErrorMessage', 'no message')}",
                metadata={"crawler": name, "log_group": log_group, "log_stream": log_stream},
            )
        return Crawl(name, time.monotonic() - started, log_group, log_stream)

    def _start(
        self, client: Any, name: str, definition: Callable[[], dict[str, Any]], say: Callable[[str], None]
    ) -> object:
        """Start the crawler as it is defined at that moment; which crawl was its last before."""
        while True:
            self.wait_until_idle(name, say)
            try:
                client.update_crawler(Name=name, **definition())
            except client.exceptions.EntityNotFoundException:
                client.create_crawler(Name=name, **definition())
                say(f"Created crawler {name}")
            except client.exceptions.CrawlerRunningException:
                continue
            before = _crawl_id(client.get_crawler(Name=name)["Crawler"])
            try:
                client.start_crawler(Name=name)
            except client.exceptions.CrawlerRunningException:
                continue
            say(f"Started crawler {name}")
            return before


def crawler_role(settings: Settings) -> str:
    """The crawlers' role. Raises `UserError` when AWS is meant and none is set."""
    if settings.deployment == "aws" and settings.crawler_role == DEFAULT_CRAWLER_ROLE:
        raise UserError(
            "DDB_ASSETS_CRAWLER_ROLE is not set, and `catalog: crawler` on AWS needs an IAM role that Glue may assume, "
            "with access to the bucket and the Data Catalog: set it to the role's name, or use `catalog: direct`."
        )
    return settings.crawler_role


def crawler_definition(database: str, folder: str, role: str, unfinished: Sequence[str] = ()) -> dict[str, Any]:
    """The crawler of one table: it adds partitions, which have the table's columns and SerDe, and changes nothing else.

    `unfinished` are names of folders that are not to be crawled yet. The table's level is said, so that no guess of the
    crawler's can make tables of partitions.
    Source: AWS Glue developer guide, "Preventing a crawler from changing an existing schema", "Setting crawler
    configuration options".
    """
    configuration = {
        "Version": 1.0,
        "CrawlerOutput": {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}},
        "Grouping": {
            "TableGroupingPolicy": "CombineCompatibleSchemas",
            # The bucket is level 1.
            "TableLevelConfiguration": len(folder.removeprefix("s3://").strip("/").split("/")),
        },
    }
    exclusions = ["**/_manifest.json", *(f"{name}/**" for name in unfinished)]
    return {
        "Role": role,
        "DatabaseName": database,
        "Description": "Publishes the snapshots of one DynamoDB table (ddb-assets)",
        "Targets": {"S3Targets": [{"Path": folder, "Exclusions": exclusions}]},
        "SchemaChangePolicy": {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
        "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
        "Configuration": json.dumps(configuration),
    }


def _wait(
    client: Any, name: str, say: Callable[[str], None], ended: Callable[[Mapping[str, Any]], bool]
) -> Mapping[str, Any]:
    state, pause, began = "", _FIRST_POLL_SECONDS, time.monotonic()
    said = began
    while True:
        crawler: Mapping[str, Any] = client.get_crawler(Name=name)["Crawler"]
        now = time.monotonic()
        if crawler["State"] != state or now - said >= _SAY_SECONDS:
            state, said = crawler["State"], now
            say(f"Crawler {name} is {state} after {now - began:.0f} s")
        if state == "READY" and ended(crawler):
            return crawler
        time.sleep(pause)
        pause = min(pause * 1.3, _LONGEST_POLL_SECONDS)


def _crawl_id(crawler: Mapping[str, Any]) -> object:
    last = crawler.get("LastCrawl") or {}
    return last.get("MessagePrefix"), last.get("StartTime")
