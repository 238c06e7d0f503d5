"""Whose it is: the table that a command or an asset means, and the refusal of what belongs to another."""

from typing import Final

from botocore.exceptions import ClientError

from ddb_assets.aws.connection import Connection
from ddb_assets.errors import UserError
from ddb_snapshot import source_identity
from ddb_snapshot.source_identity import NotATableArn, Record, Source, TableArn, refusal

# There is no such table, it may not be described, or no table can have the name: a chain's own may be shorter.
_NOT_TOLD: Final = frozenset(
    {"ResourceNotFoundException", "TableNotFoundException", "AccessDeniedException", "ValidationException"}
)


class OtherSource(UserError, source_identity.OtherSource):
    """What was to be read or written belongs to another table: names both."""

    def __init__(self, what: str, record: Record, source: Source, remedy: str) -> None:
        super().__init__(refusal(what, record, source, remedy))


def require_own(what: str, record: Record, source: Source, remedy: str) -> None:
    """Raises `OtherSource` when `what` is recorded to be of another table than `source`."""
    if not record.is_of(source):
        raise OtherSource(what, record, source, remedy)


def source_named(connection: Connection, name: str) -> Source:
    """The table that `name` means: an ARN as it is, else the table of that exact name in our Region and account.

    A table that is gone, or may not be described, has its ARN all the same: it is made of account, Region and name.
    Source: AWS STS API reference, "GetCallerIdentity" (needs no permission).
    """
    try:
        return Source(str(TableArn.parse(name)))
    except NotATableArn:
        pass
    try:
        return Source.described(connection.client("dynamodb").describe_table(TableName=name)["Table"])
    except ClientError as error:
        if error.response["Error"]["Code"] not in _NOT_TOLD:
            raise
    caller = connection.client("sts").get_caller_identity()
    partition = caller["Arn"].split(":")[1]
    return Source(str(TableArn(partition, connection.region, caller["Account"], name)))
