"""The catalog of published snapshots, in words of its own: no service's dictionaries, and no calls.

catalog     what a catalog must do: the protocol that its users know, and a second kind implements
table       a table of the catalog, as it was read, and what was done to it
published   one published snapshot, and a span of snapshots' keys
newest      the newest of them, or all from the newest back, asked for span by span
"""

from ddb_assets.catalog.catalog import Catalog, Pointer, Refused
from ddb_assets.catalog.newest import Snapshots, newest, newest_first, spans_back
from ddb_assets.catalog.published import ALL, Published, Span
from ddb_assets.catalog.table import CatalogTable, TableChange

__all__ = [
    "ALL",
    "Catalog",
    "CatalogTable",
    "Pointer",
    "Published",
    "Refused",
    "Snapshots",
    "Span",
    "TableChange",
    "newest",
    "newest_first",
    "spans_back",
]
