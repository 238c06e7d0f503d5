"""A local AWS Glue crawler: it reads the files in S3 and writes tables and partitions into the Data Catalog.

`install` makes it. What passes through it, in order: `runs` (the API's states), `options` (how a crawler is
configured), `classify` and `inference` (a file's schema), `grouping` (files to tables and partitions), `changes` (what
that changes in the catalog).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.glue.models import FakeCrawler
from moto.glue.responses import GlueResponse

from ddb_assets.local.crawlers import runs

# UpdateCrawler's parameter -> moto's attribute.
_UPDATED = {
    "Role": "role", "DatabaseName": "database_name", "Description": "description", "Targets": "targets",
    "Schedule": "schedule", "Classifiers": "classifiers", "TablePrefix": "table_prefix",
    "SchemaChangePolicy": "schema_change_policy", "RecrawlPolicy": "recrawl_policy",
    "LineageConfiguration": "lineage_configuration", "Configuration": "configuration",
    "CrawlerSecurityConfiguration": "crawler_security_configuration",
}  # fmt: skip


def install(url: Callable[[], str]) -> None:
    """Change moto's crawlers in this process. `url` gives the server's own address once it serves."""
    describe = FakeCrawler.as_dict

    @wraps(describe)
    def as_dict(crawler: FakeCrawler) -> dict[str, Any]:
        described: dict[str, Any] = describe(crawler)
        described.pop("LastCrawl", None)
        ended = [crawl for crawl in crawler.crawls if not crawl.alive]
        if ended:
            described["LastCrawl"] = ended[-1].last_crawl()
        if crawler.crawls and crawler.crawls[-1].alive:
            described["CrawlElapsedTime"] = int(crawler.crawls[-1].seconds * 1000)
        return described

    FakeCrawler.as_dict = as_dict
    FakeCrawler.status = property(_state)
    FakeCrawler.start_crawler = lambda crawler: runs.start(crawler, url())
    FakeCrawler.stop_crawler = runs.stop
    GlueResponse.update_crawler = _update_crawler
    GlueResponse.get_crawler_metrics = _get_crawler_metrics


def _state(crawler: FakeCrawler) -> str:
    alive = crawler.crawls and crawler.crawls[-1].alive
    return str(crawler.crawls[-1].status) if alive else "READY"


def _update_crawler(response: GlueResponse) -> ActionResult:
    crawler = response.glue_backend.get_crawler(response.parameters["Name"])
    runs.refuse_running(crawler)
    for parameter, attribute in _UPDATED.items():
        if parameter in response.parameters:
            setattr(crawler, attribute, response.parameters[parameter])
    crawler.last_updated = utcnow()
    crawler.version += 1
    return EmptyResult()


def _get_crawler_metrics(response: GlueResponse) -> ActionResult:
    asked = response.parameters.get("CrawlerNameList") or []
    crawlers = [each for each in response.glue_backend.get_crawlers() if not asked or each.name in asked]
    return ActionResult({"CrawlerMetricsList": [_metrics(crawler) for crawler in crawlers]})


def _metrics(crawler: FakeCrawler) -> dict[str, Any]:
    """The CrawlerMetrics structure; the tables are those of the last crawl that has ended."""
    ended = [crawl for crawl in crawler.crawls if not crawl.alive]
    seconds = sorted(crawl.seconds for crawl in ended)
    tables = ended[-1].changes.tables if ended else {"created": 0, "updated": 0, "deleted": 0}
    return {
        "CrawlerName": crawler.name,
        "TimeLeftSeconds": 0.0,
        "StillEstimating": False,
        "LastRuntimeSeconds": ended[-1].seconds if ended else 0.0,
        "MedianRuntimeSeconds": seconds[len(seconds) // 2] if seconds else 0.0,
        "TablesCreated": tables["created"],
        "TablesUpdated": tables["updated"],
        "TablesDeleted": tables["deleted"],
    }
