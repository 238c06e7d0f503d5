"""The endpoint itself: one address for DynamoDB, S3 and the rest, in this process or in one of its own."""

import dataclasses
import json
import multiprocessing
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

import orjson

from benchmarks.endpoint.capacity import Meter, rates
from benchmarks.endpoint.dynamodb import DynamoDB
from benchmarks.endpoint.faults import Chooser, Faults
from benchmarks.endpoint.http import HttpServer, Request, Response
from benchmarks.endpoint.s3 import S3
from benchmarks.endpoint.table import Table

BUCKET = "bench"
REGION = "us-east-1"
_CONTROL = "/_control"


@dataclass(frozen=True)
class Seen:
    """What an endpoint has been asked so far, and what it answered.

    `requests` counts calls by operation, `answers` Scans by `page` or the fault's kind. `consumed` has the read units
    of each page, behind the time at which it was read, in seconds of the endpoint's own clock.
    """

    requests: Mapping[str, int]
    answers: Mapping[str, int]
    consumed: Sequence[tuple[float, float]] = field(repr=False)

    @property
    def consumed_rcu(self) -> float:
        """All read units."""
        return sum(rcu for _, rcu in self.consumed)

    def rates(self, window_seconds: float = 60.0) -> list[float]:
        """Read units a second, over each window of that length (see `capacity.rates`)."""
        return rates(self.consumed, window_seconds)


@dataclass(frozen=True)
class Endpoint:
    """A running endpoint. `environment` is what boto3 needs to find it."""

    url: str

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables with which any AWS SDK uses it for every service."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "AKIABENCHMARK",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @property
    def client_options(self) -> dict[str, str]:
        """The same as arguments of `boto3.client`."""
        return {
            "endpoint_url": self.url,
            "region_name": REGION,
            "aws_access_key_id": "AKIABENCHMARK",
            "aws_secret_access_key": "secret",
        }

    def seen(self) -> Seen:
        """What it has seen since it began, or since `begin_again`."""
        found = json.loads(self._call("GET"))
        return Seen(found["requests"], found["answers"], [(at, rcu) for at, rcu in found["consumed"]])

    def begin_again(self, faults: Faults | None = None) -> None:
        """Forget what was seen; the next Scan is number 0 again, with these faults or none."""
        self._call("POST", json.dumps(dataclasses.asdict(faults or Faults())).encode())

    def _call(self, method: str, body: bytes | None = None) -> bytes:
        request = urllib.request.Request(self.url + _CONTROL, body, method=method)
        with urllib.request.urlopen(request, timeout=60) as response:
            content: bytes = response.read()
            return content


@contextmanager
def serving(
    tables: Mapping[str, Table],
    faults: Faults | None = None,
    capacity_rcu: float | None = None,
    burst_seconds: float = 300.0,
    buckets: Sequence[str] = (BUCKET,),
) -> Iterator[Endpoint]:
    """An endpoint in threads of this process, until the block ends."""
    server = HttpServer(_Services(tables, faults or Faults(), Meter(capacity_rcu, burst_seconds), buckets).answer)
    server.start()
    try:
        yield Endpoint(server.url)
    finally:
        server.stop()


@contextmanager
def serving_apart(make_tables: Callable[[], Mapping[str, Table]], **options: Any) -> Iterator[Endpoint]:
    """An endpoint in a process of its own, so that its work isn't counted as the client's; otherwise as `serving`.

    `make_tables` is called there, so it must be picklable, and the tables need not be.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve_apart, args=(theirs, make_tables, options), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Endpoint(ours.recv())
    finally:
        ours.close()
        process.join(10)
        process.kill()


def _serve_apart(until_closed: Connection, make_tables: Callable[[], Mapping[str, Table]], options: Any) -> None:
    with serving(make_tables(), **options) as endpoint:
        until_closed.send(endpoint.url)
        try:
            until_closed.recv()
        except EOFError:
            return


class _Services:
    """Tells from a request whose it is."""

    def __init__(self, tables: Mapping[str, Table], faults: Faults, meter: Meter, buckets: Sequence[str]) -> None:
        self._dynamodb = DynamoDB(tables, faults, meter)
        self._s3 = S3(buckets)

    def answer(self, request: Request) -> Response:
        service, _, operation = request.headers.get("x-amz-target", "").partition(".")
        if service.startswith("DynamoDB"):
            return self._dynamodb.answer(request, operation)
        if service == "AWSGlue":
            body = orjson.dumps({"__type": "EntityNotFoundException", "Message": "There is no catalog here."})
            return Response(400, {"Content-Type": "application/x-amz-json-1.1"}, (body,))
        if request.target == _CONTROL:
            return self._control(request)
        if request.target == "/" and request.method == "POST":
            identity = "<GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult>"
            text = f"<GetCallerIdentityResponse>{identity}</GetCallerIdentityResponse>"
            return Response(200, {"Content-Type": "text/xml"}, (text.encode(),))
        return self._s3.answer(request)

    def _control(self, request: Request) -> Response:
        dynamodb = self._dynamodb
        if request.method == "POST":
            dynamodb.chooser = Chooser(Faults.from_json(orjson.loads(request.body)))
            dynamodb.requests.clear()
            dynamodb.answers.clear()
            dynamodb.meter.entries.clear()
            return Response(204)
        seen = {
            "requests": dict(dynamodb.requests),
            "answers": dict(dynamodb.answers),
            "consumed": dynamodb.meter.entries,
        }
        return Response(200, {"Content-Type": "application/json"}, (orjson.dumps(seen),))
