"""Reading data files, by SerDe. One module per format; `reader_for` chooses."""

from __future__ import annotations

from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.readers import avro, json_lines, lazy_simple, open_csv, orc, parquet
from ddb_assets.local.athena.readers.rows import Reader

_READERS: dict[str, Reader] = {
    "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe": parquet.read,
    "org.apache.hadoop.hive.ql.io.orc.OrcSerde": orc.read,
    "org.apache.hadoop.hive.serde2.avro.AvroSerDe": avro.read,
    "org.openx.data.jsonserde.JsonSerDe": json_lines.read,
    "org.apache.hive.hcatalog.data.JsonSerDe": json_lines.read,
    "org.apache.hadoop.hive.serde2.JsonSerDe": json_lines.read,
    "org.apache.hadoop.hive.serde2.OpenCSVSerde": open_csv.read,
    "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe": lazy_simple.read,
}


def reader_for(serde: str) -> Reader:
    """The reader of a SerDe. Raises QueryError, HIVE_UNSUPPORTED_FORMAT, naming those there are."""
    try:
        return _READERS[serde]
    except KeyError:
        known = ", ".join(sorted(_READERS))
        raise QueryError("HIVE_UNSUPPORTED_FORMAT", f"SerDe '{serde}' is not supported; use one of: {known}") from None
