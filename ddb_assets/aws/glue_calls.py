"""Calls to Glue's Data Catalog, which wait while Glue throttles: a snapshot is late then, and doesn't fail."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from botocore.exceptions import ClientError

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.job_messages import tables_at_work
from ddb_assets.aws.run_pace import Pace


# Classes of our own: those of a client are made when they are first asked for, and differ if two threads ask at once.
class EntityNotFound(ClientError):  # type: ignore[misc]  # botocore has no types
    """There is no such database, table or partition."""


class AlreadyExists(ClientError):  # type: ignore[misc]
    """Another has created it before."""


class ChangedMeanwhile(ClientError):  # type: ignore[misc]
    """It was changed since it was read, or is being changed."""


_KINDS: Final[Mapping[str, Callable[[Any, str], Exception]]] = {
    "EntityNotFoundException": EntityNotFound,
    "AlreadyExistsException": AlreadyExists,
    "ConcurrentModificationException": ChangedMeanwhile,
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class GlueCalls:
    """Operations, by boto3's names of them.

    Nothing has happened when a call is throttled, so each may be made again. That is done the more rarely, the more
    tables are at work.
    """

    connection: Connection

    def __call__(self, operation: str, **request: Any) -> Mapping[str, Any]:
        """The operation's answer.

        Raises:
            EntityNotFound, AlreadyExists, ChangedMeanwhile: as Glue says.
            ClientError: for whatever else Glue refuses.
        """
        call = getattr(self.connection.client("glue"), operation)
        try:
            answer: Mapping[str, Any] = self._pace().asked(lambda: call(**request))
        except ClientError as error:
            kind = _KINDS.get(error.response["Error"]["Code"])
            if kind is None:
                raise
            raise kind(error.response, error.operation_name) from None
        return answer

    def pages(self, operation: str, **request: Any) -> Iterator[Mapping[str, Any]]:
        """The operation's answers, one for each page."""
        page = self(operation, **request)
        yield page
        while token := page.get("NextToken"):
            page = self(operation, **request, NextToken=token)
            yield page

    def _pace(self) -> Pace:
        return Pace(partial(tables_at_work, self.connection), _log.warning)
