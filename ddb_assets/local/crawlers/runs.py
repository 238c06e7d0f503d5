"""Crawler runs that really crawl: moto's StartCrawler, StopCrawler and UpdateCrawler, with a thread behind each run.

States and their order are those of the AWS Glue API reference, "Crawler structure" and "LastCrawlInfo structure": a
crawler is READY, RUNNING, then STOPPING while the catalog is written (or it was stopped), then READY.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from datetime import datetime, timezone
from typing import Any, Final

from moto.glue.exceptions import CrawlerNotRunningException, CrawlerRunningException
from moto.glue.models import FakeCrawl, FakeCrawler

from ddb_assets.local import access_key
from ddb_assets.local.athena.storage import Storage
from ddb_assets.local.clients import client
from ddb_assets.local.crawlers.changes import CatalogWriter, Changes
from ddb_assets.local.crawlers.classify import classify
from ddb_assets.local.crawlers.grouping import FoundTable, tables
from ddb_assets.local.crawlers.options import Options

LOG_GROUP: Final = "/aws-glue/crawlers"
_ALIVE: Final = frozenset({"RUNNING", "STOPPING"})
_LAST_CRAWL_STATUS: Final = {"COMPLETED": "SUCCEEDED", "STOPPED": "CANCELLED", "FAILED": "FAILED"}
_starting = threading.Lock()


class _Stopped(Exception):
    """StopCrawler was called."""


class ExecutedCrawl(FakeCrawl):  # type: ignore[misc]
    """A crawl whose state is that of a real thread."""

    def __init__(self, crawler: FakeCrawler, url: str) -> None:
        super().__init__(crawler.name)
        region = crawler.backend.region_name
        self._glue, self._logs, s3 = (client(service, url, region) for service in ("glue", "logs", "s3"))
        self._storage = Storage(s3, url, region, access_key.own())
        self._options = Options.of(crawler)
        self._state = "RUNNING"
        self._stop_asked = threading.Event()
        self._thread = threading.Thread(target=self._execute, name=f"crawl-{self.crawl_id}", daemon=True)
        self.error = ""
        self.changes = Changes()

    @property
    def status(self) -> str:
        return self._state

    def advance(self) -> None:
        """Nothing: the state is the thread's."""

    @property
    def alive(self) -> bool:
        return self._state in _ALIVE

    @property
    def seconds(self) -> float:
        until = self.end_time or datetime.now(timezone.utc).replace(tzinfo=None)
        return float((until - self.start_time).total_seconds())

    def start(self) -> None:
        """Begin to crawl."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the crawl to stop; nothing is written into the catalog after that."""
        self._state = "STOPPING"
        self._stop_asked.set()

    def as_dict(self) -> dict[str, Any]:
        """The CrawlerHistory structure."""
        summary = {name: counts for name, counts in (("TABLE", self.changes.tables),
                   ("PARTITION", self.changes.partitions)) if any(counts.values())}  # fmt: skip
        described: dict[str, Any] = {**super().as_dict(), "Summary": json.dumps(summary)}
        return {**described, "ErrorMessage": self.error} if self.error else described

    def last_crawl(self) -> dict[str, Any]:
        """The LastCrawlInfo structure, once the crawl has ended."""
        described = {
            "Status": _LAST_CRAWL_STATUS[self._state],
            "LogGroup": self.log_group,
            "LogStream": self.log_stream,
            "MessagePrefix": self.message_prefix,
            "StartTime": self.start_time,
        }
        return {**described, "ErrorMessage": self.error} if self.error else described

    def _execute(self) -> None:
        try:
            self._say(f"BENCHMARK : Running Start Crawl for Crawler {self._options.crawler}")
            found = self._look()
            if not self._stop_asked.is_set():
                self._state = "STOPPING"
                self._write(found)
            self._say("BENCHMARK : Crawler has finished running and is in state READY")
            self._enter("STOPPED" if self._stop_asked.is_set() else "COMPLETED")
        except _Stopped:
            self._enter("STOPPED")
        except Exception as error:
            # What was wrong is the crawl's to tell, whatever it was; the server goes on.
            with contextlib.suppress(Exception):
                self._say(f"ERROR : {type(error).__name__}: {error}")
            self._enter("FAILED", f"{type(error).__name__}: {error}")

    def _look(self) -> list[FoundTable]:
        found: list[FoundTable] = []
        for target in self._options.targets:
            crawled = []
            for file in self._storage.data_files(target.uri):
                if self._stop_asked.is_set():
                    raise _Stopped
                if not target.includes(file):
                    continue
                schema = classify(self._storage, file)
                if schema is None:
                    self._say(f"WARN : {file.uri} is not recognised by any classifier")
                else:
                    crawled.append((file, schema))
            found += tables(target, crawled, self._options)
        return found

    def _write(self, found: list[FoundTable]) -> None:
        writer = CatalogWriter(self._glue, self._options, self.crawl_id, lambda text: self._say(f"INFO : {text}"))
        self.changes = writer.changes
        written = [writer.write(table) for table in found]
        writer.delete_missing(written)

    def _enter(self, state: str, error: str = "") -> None:
        self.error = error
        self.end_time = datetime.now(timezone.utc).replace(tzinfo=None)
        self._state = state

    def _say(self, text: str) -> None:
        address = {"logGroupName": LOG_GROUP, "logStreamName": self.log_stream}
        with contextlib.suppress(self._logs.exceptions.ResourceAlreadyExistsException):
            self._logs.create_log_group(logGroupName=LOG_GROUP)
        with contextlib.suppress(self._logs.exceptions.ResourceAlreadyExistsException):
            self._logs.create_log_stream(**address)
        event = {"timestamp": int(time.time() * 1000), "message": f"[{self.crawl_id}] {text}"}
        self._logs.put_log_events(**address, logEvents=[event])


def start(crawler: FakeCrawler, url: str) -> None:
    """StartCrawler."""
    with _starting:
        refuse_running(crawler)
        crawl = ExecutedCrawl(crawler, url)
        crawler.crawls.append(crawl)
    crawl.start()


def stop(crawler: FakeCrawler) -> None:
    """StopCrawler."""
    if not crawler.crawls or not crawler.crawls[-1].alive:
        raise CrawlerNotRunningException(f"Crawler with name {crawler.name} isn't running")
    crawler.crawls[-1].stop()


def refuse_running(crawler: FakeCrawler) -> None:
    """Raises CrawlerRunningException when the crawler runs."""
    if crawler.crawls and crawler.crawls[-1].alive:
        raise CrawlerRunningException(f"Crawler with name {crawler.name} has already started")
