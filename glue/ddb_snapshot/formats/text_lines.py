"""Lines of text, gzip'd: what the text formats have in common."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from ddb_snapshot import thresholds
from ddb_snapshot.columns import Column


def rows_at_once(columns: Sequence[Column]) -> int:
    """How many lines to hold as Python objects, which take some hundred bytes for each column."""
    limits = thresholds.now()
    return max(1, min(limits.text_rows, limits.text_cells // max(1, len(columns))))


class LinesWriter(ABC):
    """Writes each row as a line that ends with a line feed."""

    def __init__(self, sink: pa.NativeFile, columns: Sequence[Column]) -> None:
        self.columns = tuple(columns)
        self._stream = pa.CompressedOutputStream(sink, "gzip")

    @abstractmethod
    def lines(self, batch: pa.RecordBatch) -> pa.Array:
        """One string for each row, without line breaks."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        for start in range(0, batch.num_rows, thresholds.now().text_rows):
            lines = pc.binary_join_element_wise(self.lines(batch.slice(start, thresholds.now().text_rows)), "", "\n")
            # The values of a string array lie one behind the other: together they are the file's text.
            _, offsets, text = lines.buffers()
            bounds = pa.Array.from_buffers(pa.int32(), len(lines) + 1, [None, offsets], offset=lines.offset)
            self._stream.write(text.slice(bounds[0].as_py(), bounds[-1].as_py() - bounds[0].as_py()))

    def close(self) -> None:
        """Finish the file, and close the sink."""
        self._stream.close()
