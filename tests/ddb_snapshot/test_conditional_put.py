"""A PutObject on a condition has S3's header, signed, with whatever release of botocore is installed."""

from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from ddb_snapshot import storage
from ddb_snapshot.sessions import new_session
from ddb_snapshot.storage import S3Path

PATH = S3Path("bucket", "key")


@pytest.fixture
def s3() -> Any:
    return new_session().client("s3", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")


def sent(s3: Any) -> list[Any]:
    """The client's requests, which nobody else gets."""
    requests: list[Any] = []

    def answer(request: Any, **_: Any) -> AWSResponse:
        requests.append(request)
        return AWSResponse(request.url, 200, {"ETag": '"e"', "Content-Length": "0"}, _Empty())

    s3.meta.events.register("before-send.s3.PutObject", answer)
    return requests


class _Empty:
    def stream(self) -> Any:
        return iter(())


def header(request: Any, name: str) -> str | None:
    value = request.headers.get(name)
    return value.decode() if isinstance(value, bytes) else value


def test_each_write_has_its_own_condition(s3: Any) -> None:
    requests = sent(s3)

    assert storage.put_if(s3, PATH, b"1") == '"e"'
    storage.put_if(s3, PATH, b"2", '"old"', ContentType="application/json")
    storage.put(s3, PATH, b"3")

    found = [(header(one, "If-None-Match"), header(one, "If-Match")) for one in requests]
    assert found == [("*", None), (None, '"old"'), (None, None)]
    assert "if-none-match" in str(header(requests[0], "Authorization"))
    assert "if-match" in str(header(requests[1], "Authorization"))
