"""ORC, by name when `orc.column.index.access` is false, else by position (Athena's default)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.orc as po

from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.hive_types import arrow_type, hive_name
from ddb_assets.local.athena.readers.conform import Unfit, conform
from ddb_assets.local.athena.readers.rows import Rows, Wanted, bad_data
from ddb_assets.local.athena.storage import DataFile, Storage


def by_name(parameters: Mapping[str, str]) -> bool:
    """Whether columns are found by name. Source: Athena user guide, "ORC SerDe"."""
    return parameters.get("orc.column.index.access", "true").lower() == "false"


def read(
    storage: Storage,
    file: DataFile,
    parameters: Mapping[str, str],
    wanted: Sequence[Wanted],
    meter: Callable[[int], None],
) -> Iterator[Rows]:
    """Stripe by stripe. Arrow doesn't say how long a column's streams are, so the file's bytes are counted."""
    meter(file.size)
    try:
        source = po.ORCFile(storage.open(file))
    except (pa.ArrowInvalid, OSError) as error:
        raise bad_data(file, f"Malformed ORC file: {error}") from error
    names = source.schema.names
    if by_name(parameters):
        places = {name.lower(): i for i, name in reversed(list(enumerate(names)))}
        found = [places.get(want.column.name.lower()) for want in wanted]
    else:
        found = [want.position if want.position < len(names) else None for want in wanted]
    columns = [names[place] for place in found if place is not None]
    for stripe in range(source.nstripes):
        if not columns:
            batch, count = None, len(source.read_stripe(stripe, columns=names[:1]))
        else:
            batch = source.read_stripe(stripe, columns=list(dict.fromkeys(columns)))
            count = batch.num_rows
        yield Rows(count, [_array(file, batch, names, place, want, count)
                           for place, want in zip(found, wanted, strict=True)])  # fmt: skip


def _array(
    file: DataFile, batch: pa.RecordBatch, names: list[str], place: int | None, want: Wanted, count: int
) -> pa.Array:
    if place is None:
        return pa.nulls(count, arrow_type(want.column.type))
    try:
        return conform(batch.column(names[place]), want.column.type, want.column.name)
    except Unfit as unfit:
        raise QueryError(
            "HIVE_BAD_DATA",
            f"Malformed ORC file. Can not read SQL type {hive_name(unfit.declared)} from ORC stream {unfit.path} of "
            f"type {unfit.found} [{file.uri}]",
        ) from unfit
