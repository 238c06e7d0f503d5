"""The new table in DynamoDB: is it there, whose is it, make it, wait until it can be written."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from ddb_assets.aws.connection import Connection
from ddb_assets.errors import UserError
from ddb_assets.restore.journal import TAG

_LOOK_SECONDS: Final = 2.0
_MISSED_MOST: Final = 15
_WAITING: Final = frozenset({"CREATING", "UPDATING"})


class TableAlreadyThere(UserError):
    """A table of that name appeared while it was being created."""


@dataclass(frozen=True)
class Table:
    """A DynamoDB table by its name, whether it exists or not."""

    connection: Connection
    name: str

    def describe(self) -> Mapping[str, Any] | None:
        """What DescribeTable says, or None when there is no such table."""
        client = self._client
        try:
            found: Mapping[str, Any] = client.describe_table(TableName=self.name)["Table"]
        except client.exceptions.ResourceNotFoundException:
            return None
        return found

    def restore_id(self, described: Mapping[str, Any]) -> str | None:
        """The id of the restore that has created the table, or None when none has."""
        request = {"ResourceArn": described["TableArn"]}
        while True:
            page = self._client.list_tags_of_resource(**request)
            for tag in page.get("Tags", ()):
                if tag["Key"] == TAG:
                    return str(tag["Value"])
            if not page.get("NextToken"):
                return None
            request["NextToken"] = page["NextToken"]

    def create(self, request: Mapping[str, Any]) -> None:
        """Create it.

        Raises:
            TableAlreadyThere: somebody else has.
            UserError: DynamoDB refused; says why.
        """
        try:
            self._client.create_table(**request)
        except ClientError as error:
            code, said = error.response["Error"]["Code"], error.response["Error"]["Message"]
            if code == "ResourceInUseException":
                raise TableAlreadyThere(f"Table {self.name} was created by somebody else meanwhile.") from None
            if code in ("ValidationException", "LimitExceededException"):
                hint = (
                    " If the source's KMS key is meant, name another with --kms-key (aws-owned, aws-managed or a key)."
                    if "SSESpecification" in request
                    else ""
                )
                raise UserError(f"DynamoDB refused to create table {self.name}: {said}{hint}") from error
            raise

    def wait_until_active(self, pause: Callable[[float], None] = time.sleep) -> Mapping[str, Any]:
        """The table's description once it and its indexes can be written.

        Raises:
            UserError: it is being deleted, or can't be decrypted.
        """
        missed, seen = 0, False
        while True:
            described = self.describe()
            if described is None and not seen and missed < _MISSED_MOST:
                # DescribeTable may not know a table yet that has just been created.
                missed += 1
                pause(_LOOK_SECONDS)
                continue
            if described is None:
                raise UserError(f"DynamoDB table {self.name} was deleted while it was being restored.")
            seen = True
            indexes = described.get("GlobalSecondaryIndexes") or ()
            states = [described["TableStatus"], *(index.get("IndexStatus", "ACTIVE") for index in indexes)]
            if all(state == "ACTIVE" for state in states):
                return described
            if described["TableStatus"] not in (*_WAITING, "ACTIVE"):
                raise UserError(f"DynamoDB table {self.name} is {described['TableStatus']}: it can't be written.")
            pause(_LOOK_SECONDS)

    @property
    def _client(self) -> Any:
        return self.connection.client("dynamodb")
