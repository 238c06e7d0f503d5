"""Projections of items that hold numbers of more than 38 digits when they are spelled plainly, such as 1E+60.

moto makes Python objects of a whole item to project it, by boto3's deserializer, which takes the trailing zeros for
digits that it would have to round, and raises.
"""

from decimal import Context, Decimal
from functools import wraps
from typing import Any, Final

from boto3.dynamodb.types import TypeDeserializer
from moto.dynamodb.models.dynamo_type import Item

from ddb_assets.local.plain_numbers import make_plain

# DynamoDB's numbers have at most 38 digits, and 126 before or 130 after the point.
_EXACT: Final = Context(prec=300)


def install() -> None:
    """Change moto's DynamoDB in this process."""
    project = Item.project

    @wraps(project)
    def projected(item: Item, expressions: list[list[str]]) -> Item:
        found = project(item, expressions)
        make_plain(found)
        return found

    Item.project = projected
    TypeDeserializer._deserialize_n = _number


def _number(deserializer: Any, text: str) -> Decimal:
    """Without the trailing zeros before the point."""
    return _EXACT.create_decimal(text).normalize(_EXACT)
