"""What a catalog says of published snapshots, in words of its own: no service's dictionaries, and no calls.

published   one published snapshot, and a span of snapshots' keys
newest      the newest of them, or all from the newest back, asked for span by span
"""

from ddb_assets.catalog.newest import Snapshots, newest, newest_first, spans_back
from ddb_assets.catalog.published import ALL, Published, Span

__all__ = ["ALL", "Published", "Snapshots", "Span", "newest", "newest_first", "spans_back"]
