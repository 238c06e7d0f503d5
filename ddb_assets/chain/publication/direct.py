"""Direct publication: the partition is pointed at the attempt's own folder, in one call."""

from dataclasses import dataclass

from ddb_assets.aws.s3 import output_prefix
from ddb_assets.catalog import Catalog
from ddb_assets.chain.publication.protocol import Done, Services, say_adopted
from ddb_assets.model.table import TableSpec
from ddb_assets.settings import Settings
from ddb_snapshot.manifest import Manifest


@dataclass(frozen=True)
class Direct:
    """Readers see the old snapshot or the new one."""

    table: TableSpec

    def attempts(self, settings: Settings) -> str:
        return output_prefix(settings, self.table.snapshots_folder, self.table.prefix)

    def require_ready(self, settings: Settings, catalog: Catalog) -> None:
        """Any table is."""

    def publish(self, manifest: Manifest, services: Services) -> Done:
        location = f"{self.attempts(services.store.connection.settings())}/"
        table = self.table
        published, change = services.catalog.publish(table.database, table.catalog_table, location, manifest)
        say_adopted(table, change, manifest, services)
        return Done(published)
