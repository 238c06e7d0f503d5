"""A query's failure, in the words Athena uses."""

from __future__ import annotations

USER = 2
SYSTEM = 1


class QueryError(Exception):
    """A query ended FAILED.

    `name` is Trino's error name (`TABLE_NOT_FOUND`, `HIVE_BAD_DATA`, ...), which Athena puts before the message;
    `line` and `column` count from 1. Source: Athena API reference, "AthenaError".
    """

    def __init__(
        self, name: str, message: str, *, line: int | None = None, column: int | None = None, category: int = USER
    ) -> None:
        position = f"line {line}:{column}: " if line is not None else ""
        super().__init__(f"{name}: {position}{message}")
        self.name = name
        self.text = f"{position}{message}"
        self.category = category

    @property
    def reason(self) -> str:
        """The execution's StateChangeReason."""
        return str(self)

    def described(self) -> dict[str, object]:
        """The execution's AthenaError. ErrorType is one number per category: Athena's finer table isn't modelled.

        Source: Amazon Athena user guide, "Athena error catalog" (1000 is a user error, 200 an internal one).
        """
        return {
            "ErrorCategory": self.category,
            "ErrorType": 1000 if self.category == USER else 200,
            "Retryable": self.category == SYSTEM,
            "ErrorMessage": self.reason,
        }


class InvalidRequest(Exception):
    """A call that Athena refuses at once with InvalidRequestException; no execution is made."""


class MetadataError(Exception):
    """A call that Athena refuses with MetadataException: the catalog hasn't what it names."""


class Cancelled(Exception):
    """The query was stopped by StopQueryExecution."""


def hive_ddl_error(message: str) -> QueryError:
    """A failed Hive DDL statement: Athena reports the Hive DDLTask's text without a Trino error name in front."""
    return QueryError(
        "FAILED", f"Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. {message}"
    )


def not_supported(what: str) -> QueryError:
    """What the embedded engine doesn't run: the thing's name, and the engine that does."""
    refused = never_supported(what)
    return QueryError(
        refused.name, f"{refused.text}. A real Trino behind it does: ddb-assets local start --engine trino"
    )


def never_supported(what: str) -> QueryError:
    """What local Athena runs with neither engine: the thing's name."""
    return QueryError("NOT_SUPPORTED", f"The local Athena does not run {what}")
