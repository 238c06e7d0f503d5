"""An answer that is shorter than its Content-Length is asked for again, from whatever service it comes (L3)."""

from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import IncompleteReadError

from ddb_snapshot import storage
from ddb_snapshot.scanning.scanner import Scanner
from ddb_snapshot.sessions import new_session
from ddb_snapshot.storage import S3Path
from ddb_snapshot.whole_answers import TRIES, require_whole_answers
from tests.conftest import LocalAws
from tests.faults.calls import Operation
from tests.faults.proxy import Fault, Proxy, Rule

BUCKET = "dynamodb-exports"
CALLS = [
    (Operation("dynamodb", "DescribeTable"), {"TableName": "Cut"}, "Table"),
    (Operation("dynamodb", "Scan"), {"TableName": "Cut"}, "Items"),
    (Operation("glue", "GetDatabases"), {}, "DatabaseList"),
    (Operation("athena", "ListWorkGroups"), {}, "WorkGroups"),
    (Operation("s3", "ListObjectsV2"), {"Bucket": BUCKET, "Prefix": "cut/"}, "Contents"),
    (Operation("sts", "GetCallerIdentity"), {}, "Account"),
]


@pytest.fixture(autouse=True)
def table(local_aws: LocalAws) -> None:
    local_aws.put("Cut", [{"id": {"S": str(number)}} for number in range(5)])
    storage.put(local_aws.client("s3"), S3Path(BUCKET, "cut/one"), b"0123456789")


def plain(service: str, proxy: Proxy) -> Any:
    return new_session().client(service, endpoint_url=proxy.url)


@pytest.mark.parametrize(("operation", "arguments", "expected"), CALLS, ids=lambda value: str(value)[:40])
def test_an_answer_that_is_cut_off_is_asked_for_again(
    proxy: Proxy, operation: Operation, arguments: dict[str, Any], expected: str
) -> None:
    client = require_whole_answers(plain(operation.service, proxy))
    call = getattr(client, xform_name(operation.name))
    whole = call(**arguments)[expected]
    proxy.begin(Rule(operation, 0, Fault.TRUNCATED, times=2))

    assert len(call(**arguments)[expected]) == len(whole) > 0
    assert proxy.calls[operation] == 3


def test_an_answer_that_is_always_cut_off_is_an_error_that_says_so(proxy: Proxy) -> None:
    client = require_whole_answers(plain("glue", proxy))
    proxy.begin(Rule(Operation("glue", "GetDatabases"), 0, Fault.TRUNCATED, times=100))

    with pytest.raises(IncompleteReadError):
        client.get_databases()
    assert proxy.calls[Operation("glue", "GetDatabases")] == TRIES


def test_heads_and_empty_answers_are_whole(proxy: Proxy) -> None:
    s3 = require_whole_answers(plain("s3", proxy))

    assert s3.head_object(Bucket=BUCKET, Key="cut/one")["ContentLength"] == 10
    s3.put_object(Bucket=BUCKET, Key="cut/two", Body=b"")
    s3.delete_object(Bucket=BUCKET, Key="cut/two")


def test_an_object_that_is_cut_off_is_read_again(proxy: Proxy) -> None:
    operation = Operation("s3", "GetObject", "other")
    s3 = plain("s3", proxy)
    proxy.begin(Rule(operation, 0, Fault.TRUNCATED, times=2))

    assert storage.read(s3, S3Path(BUCKET, "cut/one")) == b"0123456789"
    assert proxy.calls[operation] == 3


def test_a_page_that_is_cut_off_is_read_again(proxy: Proxy) -> None:
    operation = Operation("dynamodb", "Scan")
    proxy.begin(Rule(operation, 0, Fault.TRUNCATED, times=2))
    client = require_whole_answers(plain("dynamodb", proxy))

    page = Scanner(lambda: client, "Cut", 0, 1, pause=lambda seconds: None).page(None, None)

    assert page.count == 5
    assert page.retries == 2
    assert proxy.calls[operation] == 3
