"""A trivial S3 in memory, path-style: enough for what jobs and their rivals do with files."""

import itertools
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import format_datetime
from urllib.parse import parse_qsl, quote, unquote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from benchmarks.endpoint.http import Request, Response

_XMLNS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
_MOST_KEYS = 1000
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
Query = Mapping[str, str]
Parts = Sequence[bytes | bytearray | memoryview]


@dataclass(frozen=True)
class _Object:
    parts: Parts
    etag: str
    headers: Mapping[str, str]
    modified: datetime = field(default_factory=lambda: datetime.now(timezone.utc).replace(microsecond=0))

    @property
    def size(self) -> int:
        return sum(map(len, self.parts))

    def range(self, start: int, end: int) -> list[memoryview]:
        """The bytes from `start` up to `end`, from where they lie."""
        found, position = [], 0
        for part in self.parts:
            found.append(memoryview(part)[max(0, start - position) : max(0, end - position)])
            position += len(part)
        return [piece for piece in found if piece]


class S3:
    """Buckets and their objects. ETags are numbers, not hashes: hashing would cost as much as the rest."""

    def __init__(self, buckets: Iterable[str]) -> None:
        self._buckets: dict[str, dict[str, _Object]] = {name: {} for name in buckets}
        self._uploads: dict[str, dict[int, Parts]] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Response:
        """The response to one call."""
        path, _, query_text = request.target.partition("?")
        query = dict(parse_qsl(query_text, keep_blank_values=True))
        bucket, _, key = unquote(path).lstrip("/").partition("/")
        if not bucket:
            names = "".join(f"<Bucket><Name>{escape(name)}</Name></Bucket>" for name in self._buckets)
            return _xml("ListAllMyBucketsResult", f"<Buckets>{names}</Buckets>")
        if bucket not in self._buckets and not (request.method == "PUT" and not key):
            return _error(404, "NoSuchBucket", bucket)
        return self._object_call(request, bucket, key, query) if key else self._bucket_call(request, bucket, query)

    def _bucket_call(self, request: Request, bucket: str, query: Query) -> Response:
        match request.method:
            case "PUT":
                self._buckets.setdefault(bucket, {})
                return Response(200)
            case "HEAD":
                return Response(200, {"x-amz-bucket-region": "us-east-1"})
            case "POST" if "delete" in query:
                for found in ElementTree.fromstring(bytes(request.body)).iter():
                    if found.tag.rpartition("}")[2] == "Key":
                        self._buckets[bucket].pop(found.text or "", None)
                return _xml("DeleteResult", "")
            case "GET" if "location" in query:
                return _xml("LocationConstraint", "")
            case "GET":
                return self._list(bucket, query)
        return _error(501, "NotImplemented", request.target)

    def _list(self, bucket: str, query: Query) -> Response:
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        most = int(query.get("max-keys", _MOST_KEYS))
        after = query.get("continuation-token") or query.get("start-after") or query.get("marker") or ""
        encoded: Callable[[str], str] = quote if query.get("encoding-type") == "url" else escape
        with self._lock:
            objects = sorted(self._buckets[bucket].items())
        entries: list[str] = []
        folders: set[str] = set()
        last, more = "", False
        for key, found in objects:
            if not key.startswith(prefix) or key <= after or (folders and key.startswith(tuple(folders))):
                continue
            if len(entries) + len(folders) >= most:
                more = True
                break
            last = key
            rest = key[len(prefix) :]
            if delimiter and delimiter in rest:
                folders.add(prefix + rest[: rest.index(delimiter) + len(delimiter)])
                last = prefix + rest[: rest.index(delimiter)] + "\U0010ffff"
                continue
            entries.append(
                f"<Contents><Key>{encoded(key)}</Key><Size>{found.size}</Size><ETag>{found.etag}</ETag>"
                f"<LastModified>{found.modified:%Y-%m-%dT%H:%M:%S.000Z}</LastModified>"
                "<StorageClass>STANDARD</StorageClass></Contents>"
            )
        entries += [
            f"<CommonPrefixes><Prefix>{encoded(folder)}</Prefix></CommonPrefixes>" for folder in sorted(folders)
        ]
        text = f"<Name>{bucket}</Name><Prefix>{encoded(prefix)}</Prefix><KeyCount>{len(entries)}</KeyCount>"
        text += f"<MaxKeys>{most}</MaxKeys><IsTruncated>{str(more).lower()}</IsTruncated>"
        text += "<EncodingType>url</EncodingType>" if encoded is quote else ""
        text += f"<NextContinuationToken>{escape(last)}</NextContinuationToken>" if more else ""
        return _xml("ListBucketResult", text + "".join(entries))

    def _object_call(self, request: Request, bucket: str, key: str, query: Query) -> Response:
        objects = self._buckets[bucket]
        match request.method:
            case "POST" if "uploads" in query:
                upload = f"upload-{next(self._numbers)}"
                self._uploads[upload] = {}
                return _xml(
                    "InitiateMultipartUploadResult",
                    f"<Bucket>{bucket}</Bucket><Key>{escape(key)}</Key><UploadId>{upload}</UploadId>",
                )
            case "PUT" if "partNumber" in query:
                return self._put_part(request, query)
            case "POST" if "uploadId" in query:
                parts = self._uploads.pop(query["uploadId"])
                pieces = [piece for number in sorted(parts) for piece in parts[number]]
                etag = self._put(bucket, key, pieces, {})
                return _xml(
                    "CompleteMultipartUploadResult",
                    f"<Bucket>{bucket}</Bucket><Key>{escape(key)}</Key><ETag>{etag}</ETag>",
                )
            case "DELETE" if "uploadId" in query:
                self._uploads.pop(query["uploadId"], None)
                return Response(204)
            case "PUT" if "x-amz-copy-source" in request.headers:
                found = self._source(request)
                if found is None:
                    return _error(404, "NoSuchKey", request.headers["x-amz-copy-source"])
                etag = self._put(bucket, key, found.parts, found.headers)
                return _xml("CopyObjectResult", f"<ETag>{etag}</ETag>")
            case "PUT":
                if request.headers.get("if-none-match") == "*" and key in objects:
                    return _error(412, "PreconditionFailed", key)
                kept = ("content-type", "content-encoding")
                headers = {
                    name: value
                    for name, value in request.headers.items()
                    if name in kept or name.startswith("x-amz-meta-")
                }
                return Response(200, {"ETag": self._put(bucket, key, [request.body], headers)})
            case "GET" | "HEAD":
                return _error(404, "NoSuchKey", key) if key not in objects else _content(objects[key], request)
            case "DELETE":
                objects.pop(key, None)
                return Response(204)
        return _error(501, "NotImplemented", request.target)

    def _put_part(self, request: Request, query: Query) -> Response:
        parts, number = self._uploads[query["uploadId"]], int(query["partNumber"])
        if "x-amz-copy-source" not in request.headers:
            parts[number] = [request.body]
            return Response(200, {"ETag": self._etag()})
        found = self._source(request)
        if found is None:
            return _error(404, "NoSuchKey", request.headers["x-amz-copy-source"])
        asked = _RANGE.fullmatch(request.headers.get("x-amz-copy-source-range", ""))
        first, last = (int(end) for end in asked.groups()) if asked else (0, found.size - 1)
        parts[number] = found.range(first, last + 1)
        return _xml("CopyPartResult", f"<ETag>{self._etag()}</ETag>")

    def _source(self, request: Request) -> _Object | None:
        """What a copy is of."""
        bucket, _, key = unquote(request.headers["x-amz-copy-source"]).lstrip("/").partition("/")
        return self._buckets.get(bucket, {}).get(key)

    def _put(self, bucket: str, key: str, parts: Parts, headers: Mapping[str, str]) -> str:
        stored = _Object(parts, self._etag(), headers)
        with self._lock:
            self._buckets[bucket][key] = stored
        return stored.etag

    def _etag(self) -> str:
        return f'"{next(self._numbers):032x}"'


def _content(found: _Object, request: Request) -> Response:
    headers = {
        "Content-Type": "binary/octet-stream",
        **found.headers,
        "ETag": found.etag,
        "Last-Modified": format_datetime(found.modified, usegmt=True),
        "Accept-Ranges": "bytes",
    }
    start, end, status = 0, found.size, 200
    if asked := _RANGE.fullmatch(request.headers.get("range", "")):
        first, last = asked.groups()
        start = int(first) if first else max(0, found.size - int(last))
        end = min(int(last) + 1, found.size) if first and last else found.size
        if start >= found.size:
            return _error(416, "InvalidRange", request.target)
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{found.size}"
        status = 206
    return Response(status, headers, found.range(start, end))


def _xml(root: str, content: str) -> Response:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} {_XMLNS}>{content}</{root}>'
    return Response(200, {"Content-Type": "application/xml"}, (text.encode(),))


def _error(status: int, code: str, about: str) -> Response:
    text = f"<Error><Code>{code}</Code><Message>{code}: {escape(about)}</Message></Error>"
    return Response(status, {"Content-Type": "application/xml"}, (text.encode(),))
