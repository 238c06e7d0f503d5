"""Record batches put together."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa


def one_batch(batches: Sequence[Any]) -> Any:
    """The rows of all batches, of which there is one at least, in one batch.

    pyarrow has a function for this, `concat_batches`, only since 19, and Glue 5.0 has 17.
    """
    if len(batches) == 1:
        return batches[0]
    rows = pa.Table.from_batches(batches)
    return pa.RecordBatch.from_arrays([column.combine_chunks() for column in rows.columns], schema=rows.schema)
