"""The Glue job as a process without Spark: Python imports this first where `server` says so. Its tasks are calls."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ddb_snapshot import spark


class _Here:
    """Tasks as plain calls, one after another."""

    parallel = 1

    def fold(
        self,
        function: Callable[[Any, bool], Any],
        inputs: Sequence[Any],
        add: Callable[[Any, Any], Any],
        zero: Any,
        seen: Callable[[Any], None],
    ) -> Any:
        total = zero
        for one in inputs:
            total = add(total, function(one, False))
            seen(total)
        return total


@contextmanager
def _starting() -> Iterator[Callable[[], _Here]]:
    yield _Here


spark.starting_spark = _starting  # type: ignore[assignment]
