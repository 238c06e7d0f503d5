"""What the Data Catalog must be told about files of a format."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

TEXT_INPUT: Final = "org.apache.hadoop.mapred.TextInputFormat"
TEXT_OUTPUT: Final = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"


@dataclass(frozen=True)
class StorageFormat:
    """SerDe, input and output formats, and parameters. Source: AWS Glue API reference, "StorageDescriptor"."""

    serde: str
    input_format: str
    output_format: str
    serde_parameters: Mapping[str, str] = field(default_factory=dict)
    table_parameters: Mapping[str, str] = field(default_factory=dict)
