"""Spark as what it is here: tasks on many machines, and lost ones run again. The bytes never pass through it.

Results come back through an accumulator, so that the driver folds each into one total as its task ends and holds no
list of them. Spark counts each task of an action once, however often it was run.
Source: Spark's RDD programming guide, "Accumulators".
"""

import json
import pickle
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final, Generic, TypeVar

from py4j.protocol import Py4JJavaError
from pyspark import SparkContext, TaskContext
from pyspark.accumulators import AccumulatorParam

from ddb_snapshot.tasks import Tasks

Input = TypeVar("Input")
Result = TypeVar("Result")

_ENDLESS: Final = 1_000_000
_RAISED: Final = re.compile(r"\bTaskFailed: (\[.*\])$", re.MULTILINE)


class TaskFailed(RuntimeError):
    """A task raised, as often as Spark has tried it: the message is that of its own exception."""


@contextmanager
def starting_spark() -> Iterator[Callable[[], Tasks]]:
    """Start Spark, or take the context that Glue has started; the call that is given waits until it is there.

    The JVM needs seconds, in which the driver can ask AWS whether table and bucket exist. At the end Spark is stopped.
    """

    def start() -> SparkTasks:
        return SparkTasks(SparkContext.getOrCreate())

    with ThreadPoolExecutor(1, thread_name_prefix="spark") as thread:
        starting = thread.submit(start)
        try:
            yield starting.result
        finally:
            starting.result().stop()


class SparkTasks:
    """Tasks of a Spark application."""

    def __init__(self, context: SparkContext) -> None:
        self._context = context

    @property
    def parallel(self) -> int:
        configured = dict(self._context.getConf().getAll())
        return parallel_tasks(configured, self._context.defaultParallelism)

    def fold(
        self,
        function: Callable[[Input, bool], Result],
        inputs: Sequence[Input],
        add: Callable[[Result, Result], Result],
        zero: Result,
        seen: Callable[[Result], None],
    ) -> Result:
        if not inputs:
            # Spark has no jobs of no tasks: `parallelize` divides by their number.
            return zero
        total = _Total(zero)
        folding: Any = self._context.accumulator(total, _Folding(_adder(total, add, seen)))

        def work(mine: Iterable[Input]) -> None:
            context = TaskContext.get()
            lost_before = context is not None and context.attemptNumber() > 0
            for one in mine:
                try:
                    result = function(one, lost_before)
                except Exception as error:
                    # One line that the driver finds again in the text, which is all that Spark gives it.
                    raise TaskFailed(json.dumps([type(error).__name__, str(error)])) from error
                folding.add([zlib.compress(pickle.dumps(result), 1)])

        try:
            self._context.parallelize(inputs, len(inputs)).foreachPartition(work)
        except Py4JJavaError as error:
            raised = _RAISED.search(str(error))
            if raised is None:
                raise
            raise TaskFailed(": ".join(json.loads(raised[1]))) from None
        if total.results != len(inputs):
            # Spark logs what is raised while it adds a result up, leaves out those that follow, and goes on.
            raise TaskFailed(
                f"{total.results:,} of {len(inputs):,} tasks' results came to the driver, whose log says why: it may "
                "have too little memory. Run the job again, with a larger worker type if that is so"
            )
        return total.value

    def stop(self) -> None:
        """End the Spark application."""
        self._context.stop()


def parallel_tasks(configured: dict[str, str], registered_cores: int) -> int:
    """How many tasks may run at once: what the executors that may yet come bring counts too.

    Source: Spark's configuration page, `spark.executor.instances`, `spark.dynamicAllocation.maxExecutors`.
    """
    cores = int(configured.get("spark.executor.cores", "1"))
    executors = [int(configured.get("spark.executor.instances", "0"))]
    if configured.get("spark.dynamicAllocation.enabled") == "true":
        executors.append(int(configured.get("spark.dynamicAllocation.maxExecutors", _ENDLESS)))
    return max(registered_cores, *(count * cores for count in executors if count < _ENDLESS), 1)


class _Total(Generic[Result]):
    """The driver's side of the accumulator."""

    def __init__(self, value: Result) -> None:
        self.value = value
        self.results = 0


class _Folding(AccumulatorParam[Any]):  # type: ignore[misc]  # pyspark has no stubs here
    """Lists of packed results on the tasks' side; on the driver's each is unpacked and added to the total."""

    def __init__(self, add: Callable[[bytes], None] | None) -> None:
        self._add = add

    def __reduce__(self) -> tuple[Any, ...]:
        return _Folding, (None,)

    def zero(self, value: Any) -> list[bytes]:
        return []

    def addInPlace(self, value1: Any, value2: list[bytes]) -> Any:  # noqa: N802
        if self._add is None or not isinstance(value1, _Total):
            return value1 + value2
        for packed in value2:
            self._add(packed)
        return value1


def _adder(
    total: _Total[Result], add: Callable[[Result, Result], Result], seen: Callable[[Result], None]
) -> Callable[[bytes], None]:
    def unpack_and_add(packed: bytes) -> None:
        total.value = add(total.value, pickle.loads(zlib.decompress(packed)))
        total.results += 1
        seen(total.value)

    return unpack_and_add
