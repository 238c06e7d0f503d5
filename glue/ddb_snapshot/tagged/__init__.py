"""DynamoDB-JSON bytes to Arrow, still type-tagged, without a Python object for each item."""

from ddb_snapshot.tagged.parts import Part, Tagged, Values
from ddb_snapshot.tagged.reading import BadBlock, read_lines, read_pages
from ddb_snapshot.tagged.schema import Limits, TaggedSchema

__all__ = ["BadBlock", "Limits", "Part", "Tagged", "TaggedSchema", "Values", "read_lines", "read_pages"]
