"""Which table a snapshot is of: its ARN, which no other table has at the time, and its TableId, which none ever has.

Names meet: a table of the same name may be in another Region or account, two names may become one in the catalog, and a
table that was deleted may be made again under its old name. So everything that is written says whose it is (`Record`),
and who reads or writes compares it with the table that is meant (`Source`) first.
Sources: Amazon DynamoDB API reference, "TableDescription"; AWS general reference, "Amazon Resource Names (ARNs)".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

NAME_PARAMETER: Final = "ddb.table"
ARN_PARAMETER: Final = "ddb.table_arn"
ID_PARAMETER: Final = "ddb.table_id"
"""The parameters of the catalog's tables and partitions."""

OWN_NAME: Final = (
    "give this chain a `name` or a `database` of its own in its defs.yaml, so that each table has its own history. "
    "Nothing was changed."
)
"""The remedy where two tables meet in one catalog table."""

OWN_PREFIX: Final = (
    "give this chain a `prefix` (or a `name`) of its own in its defs.yaml, so that each table's snapshots have their "
    "own folder. Nothing was changed."
)
"""The remedy where two tables meet in one folder of the bucket."""

_ARN: Final = re.compile(
    r"arn:(?P<partition>aws(?:-[a-z]+)*):dynamodb:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12})"
    r":table/(?P<name>[A-Za-z0-9_.-]{1,255})(?:/(?:export|stream|index|backup)/.*)?"
)


class NotATableArn(ValueError):
    """A text that is no ARN of a DynamoDB table."""


class OtherSource(ValueError):
    """What was to be read or written belongs to another table."""


@dataclass(frozen=True)
class TableArn:
    """The parts of a table's ARN. `partition` is aws, aws-cn, aws-us-gov or another of AWS's."""

    partition: str
    region: str
    account: str
    name: str

    @classmethod
    def parse(cls, text: str) -> "TableArn":
        """The parts of a table's ARN, or of that of one of its exports, streams, indexes or backups.

        Raises:
            NotATableArn: it is none; shows it.
        """
        found = _ARN.fullmatch(text)
        if found is None:
            raise NotATableArn(
                f"{text!r} is not the ARN of a DynamoDB table (such as arn:aws:dynamodb:REGION:ACCOUNT:table/NAME)"
            )
        return cls(**found.groupdict())

    def __str__(self) -> str:
        return f"arn:{self.partition}:dynamodb:{self.region}:{self.account}:table/{self.name}"


@dataclass(frozen=True)
class Source:
    """A table that is meant. `table_id` is empty where nobody can tell it: of a table that is gone."""

    arn: str
    table_id: str = ""

    @classmethod
    def described(cls, table: Mapping[str, Any]) -> "Source":
        """Of what DescribeTable says."""
        return cls(table["TableArn"], table.get("TableId") or "")

    @property
    def name(self) -> str:
        """The table's exact name."""
        return self.arn.rpartition("/")[2]


@dataclass(frozen=True)
class Record:
    """What a snapshot, a partition or a catalog table says of its source.

    Versions before this wrote the table's name alone: then `arn` and `table_id` are empty.
    """

    table_name: str
    arn: str = ""
    table_id: str = ""

    @classmethod
    def of_parameters(cls, parameters: Mapping[str, str]) -> "Record":
        """What the parameters of a catalog table or partition say."""
        arn, name = parameters.get(ARN_PARAMETER, ""), parameters.get(NAME_PARAMETER, "")
        return cls(name or arn.rpartition("/")[2], arn, parameters.get(ID_PARAMETER, ""))

    def parameters(self) -> dict[str, str]:
        """The parameters that say so."""
        said = {NAME_PARAMETER: self.table_name, ARN_PARAMETER: self.arn, ID_PARAMETER: self.table_id}
        return {name: value for name, value in said.items() if value}

    @property
    def named_only(self) -> bool:
        """Whether nothing but the table's name is known: such a record is adopted by its name."""
        return not self.arn

    def is_of(self, source: Source) -> bool:
        """Whether it is of a table with the source's ARN; where none is recorded, with its exact name."""
        return self.arn == source.arn if self.arn else self.table_name == source.name

    def is_replaced_by(self, source: Source) -> bool:
        """Whether the table that it is of was deleted, and the source made under the same name."""
        return bool(self.is_of(source) and self.table_id and source.table_id and self.table_id != source.table_id)

    def __str__(self) -> str:
        return self.arn or f"table {self.table_name!r} (of an earlier version, without its ARN)"


def require_name(text: str) -> None:
    """Raises ValueError where a table's ARN stands in the place of its name; says what to write.

    A table is asked for by its name, which is also a part of the names of all that is made of it.
    """
    if not text.startswith("arn:"):
        return
    arn = TableArn.parse(text)
    raise ValueError(
        f"{text!r} is a table's ARN: write its name, {arn.name!r}. It is looked for in the account and Region of the "
        f"credentials, so those must be of account {arn.account} and Region {arn.region} (AWS_PROFILE, AWS_REGION); a "
        "table of another account can't be captured from this one"
    )


def arn_of_table(arn: str) -> str:
    """The ARN of the table that an export's, stream's, index's or backup's ARN names; empty where it names none."""
    try:
        return str(TableArn.parse(arn))
    except NotATableArn:
        return ""


def refusal(what: str, record: Record, source: Source, remedy: str) -> str:
    """The message about something that is another table's: both ARNs, and what to do."""
    return f"{what} is of {record}, not of {source.arn}: {remedy}"
