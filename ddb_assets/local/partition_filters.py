"""GetPartitions' Expression compares keys whose types have a length or a scale, `varchar(3)`, `decimal(10,2)`: engines
create them with CREATE TABLE AS, and moto knows types by their bare names.

moto reads the partitions while others may add to them, and answers with an error then; here each call has those of one
moment.

Source: AWS Glue API reference, "GetPartitions" (Expression).
"""

from functools import wraps
from typing import Any

from moto.glue import utils
from moto.glue.models import FakePartition, FakeTable


def install() -> None:
    """Change moto's Glue in this process."""
    cast = utils._cast

    @wraps(cast)
    def cast_by_base_type(kind: str, value: Any) -> Any:
        return cast(kind.partition("(")[0], value)

    utils._cast = cast_by_base_type
    FakeTable.get_partitions = _of_one_moment


def _of_one_moment(table: FakeTable, expression: str) -> list[FakePartition]:
    matches = utils.PartitionFilter(expression, table)
    return [partition for partition in tuple(table.partitions.values()) if matches(partition)]
