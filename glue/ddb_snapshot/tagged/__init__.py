"""DynamoDB-JSON bytes to Arrow, still type-tagged, without a Python object for each item."""

from ddb_snapshot.tagged.reading import BadBlock, Tagged, read_lines, read_pages
from ddb_snapshot.tagged.schema import Limits, TaggedSchema

__all__ = ["BadBlock", "Limits", "Tagged", "TaggedSchema", "read_lines", "read_pages"]
