"""Publication by a Glue crawler: the table's columns written first, files where it finds partitions, a crawl.

A crawler takes partitions from paths, so all files of a snapshot lie directly in `snapshot_timestamp=…/`, and an
attempt can't have its folder there. The job writes attempts beside the crawled path; publication is then

    schema     the table is created, or the attempt's new columns are added to it
    repoint    a partition that is published already is pointed at the new attempt's own folder, in one call
    copy       the attempt's files replace those of the flat folder, the manifest last
    crawl      the crawler adds the partition, with the table's columns and SerDe
    complete   the partition names its attempt and the flat folder

Cut off anywhere and run again, it goes on.
"""

from dataclasses import dataclass

from ddb_assets.aws.crawled_table import CrawledTable
from ddb_assets.aws.flat_folder import copy_flat
from ddb_assets.aws.s3 import output_prefix
from ddb_assets.catalog import Catalog
from ddb_assets.chain.publication.protocol import Done, Services, say_adopted
from ddb_assets.model.table import TableSpec
from ddb_assets.settings import Settings
from ddb_snapshot.manifest import Manifest
from ddb_snapshot.names import fitting


@dataclass(frozen=True)
class ByCrawler:
    """See this module, and docs/catalog.md for what a reader sees meanwhile."""

    table: TableSpec

    @property
    def crawler(self) -> str:
        """The crawler's name: one for each table."""
        return fitting(f"ddb-assets-{self.table.database}-{self.table.catalog_table}")

    def attempts(self, settings: Settings) -> str:
        folder, _, snapshots = self._crawled(settings).rpartition("/")
        return f"{folder}/attempts_{snapshots.removeprefix('snapshots_')}"

    def require_ready(self, settings: Settings, catalog: Catalog) -> None:
        self._catalog_table(settings, catalog).require_flat()

    def publish(self, manifest: Manifest, services: Services) -> Done:
        store = services.store
        crawled = self._catalog_table(store.connection.settings(), services.catalog)
        crawled.require_flat()
        change, before = crawled.prepare(manifest), crawled.has(manifest.snapshot_timestamp)
        say_adopted(self.table, change, manifest, services)
        if before:
            crawled.point_at(manifest)
        # A crawl that another run has started would take the folder as it is while files are copied into it; one that
        # is started later leaves it out.
        services.crawlers.wait_until_idle(self.crawler, services.say)
        folder = crawled.folder(manifest.snapshot_timestamp)
        s3 = store.connection.client("s3")
        flat = copy_flat(s3, manifest, folder)
        services.say(f"Copied {len(flat.files)} files of attempt {flat.attempt} to {folder}")
        crawl = services.crawlers.crawl(self.crawler, self.table.database, crawled.location, services.say)
        # Another run of this partition may have replaced our files by its own meanwhile.
        store.verify(flat)
        published, found = crawled.complete(s3, flat)
        if not found:
            services.say(f"Crawler {crawl.crawler} did not recognise the {flat.output_format} files: partition added")
        metadata = {
            "crawler": crawl.crawler,
            "crawl_seconds": round(crawl.seconds, 1),
            "crawl_log": f"{crawl.log_group}/{crawl.log_stream}",
            "tables_created": int(change.created),
            "tables_updated": int(change.updated),
            "columns_added": list(change.added),
            "partitions_added": int(not before),
            "partition_found_by_crawler": found,
        }
        services.say(
            f"{self.table.catalog_table}: table {'created' if change.created else 'kept'}, {len(change.added)} columns "
            f"added; {metadata['partitions_added']} partitions added by crawler {crawl.crawler}"
        )
        return Done(published, metadata)

    def _crawled(self, settings: Settings) -> str:
        return output_prefix(settings, self.table.snapshots_folder, self.table.prefix)

    def _catalog_table(self, settings: Settings, catalog: Catalog) -> CrawledTable:
        return CrawledTable(catalog, self.table.database, self.table.catalog_table, f"{self._crawled(settings)}/")
