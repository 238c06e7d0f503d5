"""One batch at a time into the table, until DynamoDB has taken all of it.

Items go out as the JSON that they are: boto3 keeps endpoints, signing and retries, while its serializer, which would
make a Python object of every value and JSON of it again, is given a stand-in (botocore's events
`before-parameter-build` and `before-call`).
Source: Amazon DynamoDB API reference, "BatchWriteItem".
"""

import random
import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError

from ddb_assets.errors import UserError
from ddb_assets.restore.batches import Batch
from ddb_snapshot.scanning.throttle import Pacer

Seen = Callable[[int, float], None]
"""Told of items that were written, and of the write units that they cost, indexes included."""

_FRUITLESS_TRIES: Final = 12
_LONGEST_PAUSE: Final = 20.0
_BUSY: Final = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
        "InternalServerError",
        "ServiceUnavailable",
    }
)
_REFUSED: Final = frozenset({"ValidationException", "ItemCollectionSizeLimitExceededException"})
_BODY: Final = "ddb_assets.restore.body"


class Stopped(Exception):
    """The writing was called off before all of a batch was written."""


class BatchWriter:
    """Writes into one table. May be used from several threads, each with a pacer of its own."""

    def __init__(
        self,
        client: Any,
        table_name: str,
        keys: Sequence[str],
        seen: Seen,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = _raw_client(client)
        self._table_name = table_name
        self._keys = keys
        self._seen = seen
        self._pause = pause

    def write(self, batch: Batch, pacer: Pacer, stopped: Callable[[], bool] = lambda: False) -> None:
        """Put every item of the batch.

        Raises:
            Stopped: `stopped` said so.
            UserError: DynamoDB refused an item, names it; or it took none of them in a dozen tries.
        """
        waiting, fruitless = batch.items, 0
        while waiting:
            pacer.wait()
            if stopped():
                raise Stopped
            answer = self._put(waiting)
            written = len(waiting) - len(answer.rest)
            pacer.consumed(answer.table_wcu, written, throttles=1 if answer.rest else 0)
            self._seen(written, answer.wcu)
            fruitless = 0 if written else fruitless + 1
            if fruitless == _FRUITLESS_TRIES:
                raise UserError(
                    f"DynamoDB took nothing more into {self._table_name} in {fruitless} tries ({answer.reason}). Run "
                    "the same command again to go on; if the table or an index has too little write capacity, raise it "
                    "first."
                )
            if answer.rest:
                self._pause(random.uniform(0, min(_LONGEST_PAUSE, 0.1 * 2**fruitless)))
            waiting = answer.rest

    def _put(self, items: tuple[bytes, ...]) -> "_Answer":
        try:
            answer = self._client.batch_write_item(**self._request(items))
        except (HTTPClientError, IncompleteReadError) as error:
            return _Answer(items, reason=f"{type(error).__name__}: {error}")
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _BUSY:
                return _Answer(items, reason=str(error))
            if code in _REFUSED:
                return self._put_singly(items, error)
            if code == "ResourceNotFoundException":
                raise UserError(f"DynamoDB table {self._table_name} was deleted while it was being restored.") from None
            raise
        if "UnprocessedItems" not in answer:
            # To botocore a broken body under status 200 is an answer without fields; DynamoDB always gives this one.
            return _Answer(items, reason="its answer was broken")
        return _answer(answer)

    def _put_singly(self, items: tuple[bytes, ...], error: ClientError) -> "_Answer":
        """Put the items of a batch that was refused one by one, to find the one that is meant."""
        if len(items) > 1:
            return sum((self._put((item,)) for item in items), _Answer())
        item = orjson.loads(items[0])
        key = _dumped({name: item[name] for name in self._keys}).decode()
        raise UserError(
            f"DynamoDB refused the item {key} of {len(items[0]):,} bytes of JSON: {error.response['Error']['Message']} "
            f"If a secondary index is meant, delete table {self._table_name}, restore it with --without-indexes, and "
            "add the index then."
        ) from error

    def _request(self, items: Sequence[bytes]) -> dict[str, Any]:
        puts = b",".join(b'{"PutRequest":{"Item":' + item + b"}}" for item in items)
        name = orjson.dumps(self._table_name)
        body = b'{"RequestItems":{' + name + b":[" + puts + b']},"ReturnConsumedCapacity":"INDEXES"}'
        # The stand-in would be refused: it has no key.
        return {_BODY: body, "RequestItems": {self._table_name: [{"PutRequest": {"Item": {}}}]}}


@dataclass(frozen=True)
class _Answer:
    """What was not taken, and why; the write units of the table itself, and with those of its global indexes."""

    rest: tuple[bytes, ...] = ()
    table_wcu: float = 0.0
    wcu: float = 0.0
    reason: str = ""

    def __add__(self, other: "_Answer") -> "_Answer":
        return _Answer(
            self.rest + other.rest, self.table_wcu + other.table_wcu, self.wcu + other.wcu, self.reason or other.reason
        )


def _answer(answer: Mapping[str, Any]) -> _Answer:
    puts = [request for requests in answer["UnprocessedItems"].values() for request in requests]
    consumed = answer.get("ConsumedCapacity") or ()
    wcu = sum(_units(one) for one in consumed)
    in_indexes = sum(_units(index) for one in consumed for index in (one.get("GlobalSecondaryIndexes") or {}).values())
    rest = tuple(_dumped(put["PutRequest"]["Item"]) for put in puts)
    return _Answer(rest, wcu - in_indexes, wcu, "too little write capacity" if rest else "")


def _units(consumed: Mapping[str, Any]) -> float:
    return float(consumed.get("CapacityUnits", 0.0))


def _raw_client(client: Any) -> Any:
    """`client`, whose BatchWriteItem sends the body that it is given, if it is given one."""
    events = client.meta.events
    events.register("before-parameter-build.dynamodb.BatchWriteItem", _take_body, unique_id=f"{_BODY}.take")
    events.register("before-call.dynamodb.BatchWriteItem", _send_body, unique_id=f"{_BODY}.send")
    return client


def _take_body(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    if _BODY in params:
        context[_BODY] = params.pop(_BODY)


def _send_body(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    if _BODY in context:
        params["body"] = context[_BODY]


def _dumped(value: Any) -> bytes:
    return orjson.dumps(value, default=_base64)


def _base64(value: object) -> str:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise TypeError(type(value))
