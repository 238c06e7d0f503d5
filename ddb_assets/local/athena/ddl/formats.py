"""What `STORED AS` names: SerDe, input format and output format. Source: Hive's StorageFormatDescriptor."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FileFormat:
    """A SerDe and its formats, by class name."""

    serde: str
    input_format: str
    output_format: str


_TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
_TEXT_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"

TEXT = FileFormat("org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe", _TEXT_INPUT, _TEXT_OUTPUT)
FORMATS = {
    "TEXTFILE": TEXT,
    "JSON": FileFormat("org.apache.hive.hcatalog.data.JsonSerDe", _TEXT_INPUT, _TEXT_OUTPUT),
    "JSONFILE": FileFormat("org.apache.hadoop.hive.serde2.JsonSerDe", _TEXT_INPUT, _TEXT_OUTPUT),
    "PARQUET": FileFormat(
        "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    ),
    "ORC": FileFormat(
        "org.apache.hadoop.hive.ql.io.orc.OrcSerde",
        "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
        "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat",
    ),
    "AVRO": FileFormat(
        "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
        "org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat",
        "org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat",
    ),
}
