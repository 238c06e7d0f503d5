"""What the job needs of a cluster."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

Facts = TypeVar("Facts")
Input = TypeVar("Input")
Result = TypeVar("Result")


class Tasks(Protocol):
    """Something that runs a function over many inputs at once."""

    @property
    def parallel(self) -> int:
        """How many tasks may run at the same time."""

    def fold(
        self,
        function: Callable[[Input, bool], Result],
        inputs: Sequence[Input],
        add: Callable[[Result, Result], Result],
        zero: Result,
        seen: Callable[[Result], None],
    ) -> Result:
        """The sum of the function's results, in the order in which they came; `seen` is told each running total.

        Of no inputs it is `zero`: windows in which nothing changed, and exports that list no file, have none. The
        function's second argument says that an earlier task for this input was lost. It raises in the driver what a
        task raised.
        """


@dataclass(frozen=True)
class Anew(Generic[Facts, Input, Result]):
    """A function of what all tasks must know and of one input, for `fold`: begun anew where a task was lost."""

    function: Callable[[Facts, Input], Result]
    facts: Facts

    def __call__(self, one: Input, lost_before: bool) -> Result:
        return self.function(self.facts, one)
