"""How a finished attempt becomes a partition of the catalog's table: `catalog` in defs.yaml, chosen here.

direct    the partition is pointed at the attempt's own folder, in one call (the default)
crawler   the attempt's files are copied to where a Glue crawler finds partitions, and the crawler is run
"""

from ddb_assets.chain.publication.crawler import ByCrawler
from ddb_assets.chain.publication.direct import Direct
from ddb_assets.chain.publication.protocol import Done, Publication, Services
from ddb_assets.model.table import CatalogMethod, TableSpec

__all__ = ["Done", "Publication", "Services", "publication"]

_METHODS: dict[CatalogMethod, type[Direct] | type[ByCrawler]] = {"direct": Direct, "crawler": ByCrawler}


def publication(table: TableSpec) -> Publication:
    """The way in which the table is published."""
    return _METHODS[table.catalog](table)
