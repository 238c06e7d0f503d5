"""Local AWS runs the programs that it is given: it takes requests of programs that know its key, never of a page.

Plain HTTP, as an attacker sends it; what the SDKs make of a refusal; and that nothing has happened after one.
"""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from ddb_assets.local.access_key import AccessKey
from ddb_assets.local.gate import Gate
from tests.conftest import LocalAws

SERVICES = {
    "s3": ("PUT", "/attacked", {}, ""),
    "s3 list": ("GET", "/", {}, ""),
    "glue": ("POST", "/", {"X-Amz-Target": "AWSGlue.CreateDatabase"}, '{"DatabaseInput": {"Name": "attacked"}}'),
    "glue start": ("POST", "/", {"X-Amz-Target": "AWSGlue.StartJobRun"}, '{"JobName": "ddb-assets-snapshot"}'),
    "athena": (
        "POST",
        "/",
        {"X-Amz-Target": "AmazonAthena.StartQueryExecution"},
        '{"QueryString": "CREATE DATABASE attacked", "WorkGroup": "ddb-assets"}',
    ),
    "dynamodb": ("POST", "/", {"X-Amz-Target": "DynamoDB_20120810.ListTables"}, "{}"),
    "logs": ("POST", "/", {"X-Amz-Target": "Logs_20140328.CreateLogGroup"}, '{"logGroupName": "attacked"}'),
    "sts": (
        "POST",
        "/",
        {"Content-Type": "application/x-www-form-urlencoded"},
        "Action=GetCallerIdentity&Version=2011-06-15",
    ),
    "iam": (
        "POST",
        "/",
        {"Content-Type": "application/x-www-form-urlencoded"},
        "Action=CreateUser&UserName=attacked&Version=2010-05-08",
    ),
    "lambda": ("GET", "/2015-03-31/functions/", {}, ""),
}
SIGNED_AS = {"s3 list": "s3", "glue start": "glue"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def refused(self) -> bool:
        """Refused with a message of the gate, and with nothing that lets a page read it."""
        said = "Local AWS" in self.body
        return (
            self.status in (400, 403) and said and not any(name.startswith("access-control") for name in self.headers)
        )


@pytest.fixture
def port(local_aws: LocalAws) -> int:
    found = urlsplit(local_aws.url).port
    assert found is not None
    return found


def ask(port: int, method: str, path: str, headers: Mapping[str, str], body: str = "") -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
    for name, value in {"Content-Length": str(len(body.encode())), **headers}.items():
        connection.putheader(name, value)
    connection.endheaders(body.encode())
    answer = connection.getresponse()
    names = {name.lower(): value for name, value in answer.getheaders()}
    return Answer(answer.status, names, answer.read().decode())


def authorization(service: str, key: str) -> dict[str, str]:
    scope = f"20261127/us-east-1/{SIGNED_AS.get(service, service)}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders=host, Signature=0"}


def nothing_attacked(local_aws: LocalAws, runs_before: int) -> None:
    assert "attacked" not in [bucket["Name"] for bucket in local_aws.client("s3").list_buckets()["Buckets"]]
    databases = local_aws.client("glue").get_databases()["DatabaseList"]
    assert "attacked" not in [database["Name"] for database in databases]
    assert local_aws.client("iam").list_users()["Users"] == []
    assert local_aws.client("logs").describe_log_groups(logGroupNamePrefix="attacked")["logGroups"] == []
    assert count_runs(local_aws) == runs_before


def count_runs(local_aws: LocalAws) -> int:
    return len(local_aws.client("glue").get_job_runs(JobName="ddb-assets-snapshot")["JobRuns"])


@pytest.mark.parametrize("service", ["s3", "sts", "glue"])
@pytest.mark.parametrize("path", ["/..", "/../x", "/bucket/..", "/bucket/../x", "/b/a/../../x", "/b/a//../.."])
def test_a_path_that_leads_out_of_its_bucket_is_refused_as_the_service_says_it(service: str, path: str) -> None:
    key = AccessKey("AKIATEST", "secret")
    environ = {
        "HTTP_HOST": "127.0.0.1:4000",
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "CONTENT_TYPE": "application/x-www-form-urlencoded" if service == "sts" else "",
        "HTTP_AUTHORIZATION": authorization(service, key.id)["Authorization"],
    }
    told: list[str] = []

    (body,) = Gate(lambda *_: [b"reached"], 4000, key)(environ, lambda status, headers: told.append(status))

    assert told == ["400 Bad Request"]
    said = {"s3": b"<Code>InvalidURI</Code>", "sts": b"<Code>ValidationError</Code>", "glue": b'"ValidationException"'}
    assert said[service] in body
    assert b"no path that leads out of its bucket" in body


@pytest.mark.parametrize("path", ["/", "/bucket", "/bucket/a/../b", "/bucket/a/b/../..", "/bucket/a..b", "/bucket/..a"])
def test_a_path_that_stays_in_its_bucket_passes(path: str) -> None:
    key = AccessKey("AKIATEST", "secret")
    environ = {"HTTP_HOST": "127.0.0.1:4000", "PATH_INFO": path, "HTTP_AUTHORIZATION": f"AWS {key.id}:signature"}

    assert Gate(lambda *_: [], 4000, key).refusal(environ) is None


FROM_A_PAGE = {
    "origin": {"Origin": "http://attacker.example"},
    "opaque origin": {"Origin": "null"},
    "own origin": {"Origin": "http://127.0.0.1:{port}"},
    "cross-site": {"Sec-Fetch-Site": "cross-site"},
    "same-site": {"Sec-Fetch-Site": "same-site"},
    "same-origin": {"Sec-Fetch-Site": "same-origin"},
    "rebound name": {"Host": "attacker.example:{port}"},
    "rebound bucket": {"Host": "bucket.localhost:{port}"},
    "another port": {"Host": "127.0.0.1:1"},
    "no port": {"Host": "127.0.0.1"},
    "two hosts": {"Host": "127.0.0.1:{port},attacker.example"},
}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("page", FROM_A_PAGE)
def test_a_page_is_refused_even_with_the_key(local_aws: LocalAws, port: int, service: str, page: str) -> None:
    before = count_runs(local_aws)
    method, path, headers, body = SERVICES[service]
    given_away = {name: value.format(port=port) for name, value in FROM_A_PAGE[page].items()}
    key = local_aws.environment["AWS_ACCESS_KEY_ID"]

    answer = ask(port, method, path, {**authorization(service, key), **headers, **given_away}, body)

    assert answer.refused, answer
    nothing_attacked(local_aws, before)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("key", ["", "test", "local", "AKIAEXAMPLE", "LKIAAAAAAAAAAAAAAAAA"])
def test_no_key_and_other_keys_are_refused(local_aws: LocalAws, port: int, service: str, key: str) -> None:
    before = count_runs(local_aws)
    method, path, headers, body = SERVICES[service]

    answer = ask(port, method, path, {**headers, **(authorization(service, key) if key else {})}, body)

    assert answer.refused and "ddb-assets local env" in answer.body, answer
    nothing_attacked(local_aws, before)


@pytest.mark.parametrize("service", SERVICES)
def test_a_preflight_is_refused(port: int, service: str) -> None:
    headers = {"Origin": "http://attacker.example", "Access-Control-Request-Method": SERVICES[service][0]}

    assert ask(port, "OPTIONS", SERVICES[service][1], headers).refused


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_the_key_and_a_loopback_name_are_enough(local_aws: LocalAws, port: int, host: str) -> None:
    headers = {**authorization("s3", local_aws.environment["AWS_ACCESS_KEY_ID"]), "Host": f"{host}:{port}"}

    assert ask(port, "GET", "/", headers).status == 200
    assert ask(port, "GET", "/", {**headers, "Sec-Fetch-Site": "none"}).status == 200


def test_no_answer_is_for_web_pages_to_read(local_aws: LocalAws, port: int) -> None:
    headers = authorization("s3", local_aws.environment["AWS_ACCESS_KEY_ID"])

    assert not [name for name in ask(port, "GET", "/", headers).headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize(
    "path",
    ["/moto-api/", "/moto-api/reset", "/moto-api/data.json", "/moto-api/seed?a=1", "/moto-api/recorder/start-recording",
     "/moto-api/config", "/%6doto-api/reset", "//moto-api/reset", "/favicon.ico", "/MOTO-API/reset",
     "/latest/meta-data/iam/security-credentials/x", "/latest/api/token"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_motos_own_pages_are_off(local_aws: LocalAws, port: int, path: str, method: str) -> None:
    key = authorization("s3", local_aws.environment["AWS_ACCESS_KEY_ID"])

    for headers in ({}, key):
        assert ask(port, method, path, headers).refused

    local_aws.client("s3").head_bucket(Bucket="dynamodb-exports")


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("s3", lambda client: client.list_buckets(), "InvalidAccessKeyId"),
        ("sts", lambda client: client.get_caller_identity(), "InvalidClientTokenId"),
        ("iam", lambda client: client.list_users(), "InvalidClientTokenId"),
        ("glue", lambda client: client.get_databases(), "UnrecognizedClientException"),
        ("dynamodb", lambda client: client.list_tables(), "UnrecognizedClientException"),
        ("athena", lambda client: client.list_work_groups(), "UnrecognizedClientException"),
        ("lambda", lambda client: client.list_functions(), "UnrecognizedClientException"),
    ],
)
def test_an_sdk_shows_awss_code_and_what_to_do(local_aws: LocalAws, service: str, call: Any, code: str) -> None:
    with pytest.raises(ClientError, match="ddb-assets local env") as refused:
        call(boto3.Session("test", "test", region_name="us-east-1").client(service, endpoint_url=local_aws.url))

    assert refused.value.response["Error"]["Code"] == code


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_presigned_address_names_the_key(local_aws: LocalAws, version: str) -> None:
    local_aws.client("s3").put_object(Bucket="dynamodb-exports", Key="presigned.txt", Body=b"text")
    address = {"Bucket": "dynamodb-exports", "Key": "presigned.txt"}

    def fetch(session: boto3.Session) -> Answer:
        config = Config(signature_version=version, s3={"addressing_style": "path"})
        client = session.client("s3", endpoint_url=local_aws.url, config=config)
        parts = urlsplit(client.generate_presigned_url("get_object", Params=address))
        assert parts.port is not None
        return ask(parts.port, "GET", f"{parts.path}?{parts.query}", {})

    assert fetch(boto3.Session()).body == "text"
    assert fetch(boto3.Session("test", "test", region_name="us-east-1")).refused


def test_a_large_body_that_is_refused_is_answered(local_aws: LocalAws, port: int) -> None:
    """Not with a lost connection, which an SDK would try again and explain as such."""
    answer = ask(port, "PUT", "/dynamodb-exports/large", authorization("s3", "test"), "x" * 20_000_000)

    assert answer.status == 403 and "InvalidAccessKeyId" in answer.body


def test_keys_that_the_endpoint_has_issued_are_known(local_aws: LocalAws) -> None:
    issued = local_aws.client("sts").assume_role(
        RoleArn="arn:aws:iam::310987654321:role/other", RoleSessionName="other"
    )
    keys = issued["Credentials"]
    session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])

    assert session.client("sts").get_caller_identity()["Account"] == "310987654321"
    assert session.client("dynamodb").list_tables()["TableNames"] == []


def test_what_is_shown_of_a_request_is_text(port: int) -> None:
    key = "<script>alert(1)</script>\x1b[31m"
    said = ask(port, "GET", "/", {"Authorization": f"AWS {key}:0"})

    assert "<script>" not in said.body and "\x1b" not in said.body
    assert said.headers["x-content-type-options"] == "nosniff"
    assert json.loads(ask(port, "POST", "/", {"X-Amz-Target": "Glue.A", "Authorization": f"AWS {key}:0"}).body)


HEADERS = st.dictionaries(
    st.sampled_from(
        ["HTTP_HOST", "HTTP_ORIGIN", "HTTP_SEC_FETCH_SITE", "HTTP_AUTHORIZATION", "QUERY_STRING", "PATH_INFO"]
    ),
    st.text(max_size=40)
    | st.sampled_from(
        ["127.0.0.1:4566", "localhost:4566", "none", "AWS4-HMAC-SHA256 Credential=", "AWS :", "X-Amz-Credential=%2F"]
    ),
)


@given(HEADERS)
def test_nothing_passes_without_the_key_and_the_gate_never_fails(headers: dict[str, str]) -> None:
    gate = Gate(lambda *_: [b"passed"], 4566, AccessKey("LKIASECRETSECRETSECR", "secret"))

    assert gate.refusal({"REQUEST_METHOD": "GET", **headers}) is not None
