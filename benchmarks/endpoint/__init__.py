"""An in-memory DynamoDB and S3 endpoint, fast enough that the client is what is measured, with faults for tests.

    from benchmarks.endpoint import Faults, Table, serving

    table = Table.of_items({"id": {"S": f"item {n}"}, "n": {"N": str(n)}} for n in range(10_000))
    with serving({"Orders": table}, Faults(shares={"throttle": 0.05})) as endpoint:
        ...  # a client with endpoint.environment; afterwards:
        endpoint.seen().answers          # {"page": 190, "throttle": 10}
        endpoint.seen().rates(60)        # read units a second over every minute

Pages are slices of bytes that lie ready: DescribeTable, Scan with Segment, TotalSegments, ExclusiveStartKey, Limit,
ConsistentRead and ReturnConsumedCapacity, x-amz-crc32, keep-alive; filters and projections are not served. S3 has
objects, ranges, lists, copies, multipart uploads. Anything asked of Glue's catalog isn't there.

`serving` runs in threads of the caller's process, `serving_apart` in a process of its own.
"""

from benchmarks.endpoint.capacity import rates
from benchmarks.endpoint.faults import KINDS, Faults
from benchmarks.endpoint.serving import BUCKET, REGION, Endpoint, Seen, serving, serving_apart
from benchmarks.endpoint.table import Item, Table

__all__ = [
    "BUCKET",
    "KINDS",
    "REGION",
    "Endpoint",
    "Faults",
    "Item",
    "Seen",
    "Table",
    "rates",
    "serving",
    "serving_apart",
]
