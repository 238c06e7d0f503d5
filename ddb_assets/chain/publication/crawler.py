"""Publication by a Glue crawler: files where it finds partitions, a crawl, and the columns' memory put back.

A crawler takes partitions from paths, so all files of a snapshot lie directly in `snapshot_timestamp=…/`, and an
attempt can't have its folder there. The job writes attempts beside the crawled path; publication is then

    repoint    a partition that is published already is pointed at the new attempt's own folder, in one call
    copy       the attempt's files replace those of the flat folder, the manifest last
    crawl      the crawler adds the partition, and columns that are new
    complete   types are verified, the columns' memory is put back, the partition names its attempt and the flat folder

Cut off anywhere and run again, it goes on.
"""

from dataclasses import dataclass

from ddb_assets.aws.crawled_table import CrawledTable
from ddb_assets.aws.data_catalog import DataCatalog
from ddb_assets.aws.flat_folder import copy_flat
from ddb_assets.aws.s3 import output_prefix
from ddb_assets.chain.publication.publication import Done, Services
from ddb_assets.chain.table import TableSpec
from ddb_assets.settings import Settings
from ddb_snapshot.manifest import Manifest


@dataclass(frozen=True)
class ByCrawler:
    """See this module, and docs/catalog.md for what a reader sees meanwhile."""

    table: TableSpec

    @property
    def crawler(self) -> str:
        """The crawler's name: one for each table."""
        return f"ddb-assets-{self.table.database}-{self.table.catalog_table}"

    def attempts(self, settings: Settings) -> str:
        folder, _, snapshots = self._crawled(settings).rpartition("/")
        return f"{folder}/attempts_{snapshots.removeprefix('snapshots_')}"

    def require_ready(self, settings: Settings, catalog: DataCatalog) -> None:
        self._catalog_table(settings, catalog).require_memory()

    def publish(self, manifest: Manifest, services: Services) -> Done:
        store = services.store
        crawled = self._catalog_table(store.connection.settings(), services.catalog)
        before = crawled.before_crawl(manifest)
        if manifest.snapshot_timestamp in before.snapshots:
            crawled.point_at(manifest)
        # A crawl that another run has started would take the folder as it is while files are copied into it; one that
        # is started later leaves it out.
        services.crawlers.wait_until_idle(self.crawler, services.say)
        folder = crawled.folder(manifest.snapshot_timestamp)
        flat = copy_flat(store.connection.client("s3"), manifest, folder)
        services.say(f"Copied {len(flat.files)} files of attempt {flat.attempt} to {folder}")
        crawl = services.crawlers.crawl(self.crawler, self.table.database, crawled.location, services.say)
        # Another run of this partition may have replaced our files by its own meanwhile.
        store.verify(flat)
        published = crawled.complete(before, flat)
        added = [column.name for column in before.columns if column.name not in before.names]
        metadata = {
            "crawler": crawl.crawler,
            "crawl_seconds": round(crawl.seconds, 1),
            "crawl_log": f"{crawl.log_group}/{crawl.log_stream}",
            "tables_created": int(before.created),
            "tables_updated": int(not before.created and bool(added)),
            "partitions_added": int(manifest.snapshot_timestamp not in before.snapshots),
            "columns_added": added,
        }
        services.say(
            f"Crawler {crawl.crawler}: {'created' if before.created else 'kept'} table {self.table.catalog_table}, "
            f"{metadata['partitions_added']} partitions and {len(added)} columns added"
        )
        return Done(published, metadata)

    def _crawled(self, settings: Settings) -> str:
        return output_prefix(settings, self.table.snapshots_folder, self.table.prefix)

    def _catalog_table(self, settings: Settings, catalog: DataCatalog) -> CrawledTable:
        return CrawledTable(catalog, self.table.database, self.table.catalog_table, f"{self._crawled(settings)}/")
