"""Numbers spelled as DynamoDB spells them: `1.50` comes back as `1.5`, `1E+2` as `100`, `-0` as `0`.

Source: Amazon DynamoDB developer guide, "Naming rules and data types" (leading and trailing zeroes are trimmed). moto
keeps whatever spelling it was given.
"""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item

_PLAIN = re.compile(r"0|-?(?:[1-9][0-9]*|(?:0|[1-9][0-9]*)\.[0-9]*[1-9])")


def plain(number: Any) -> Any:
    """The number's spelling; what isn't one is left as it is, for moto to refuse."""
    if not isinstance(number, str) or _PLAIN.fullmatch(number):
        return number
    try:
        value = Decimal(number)
    except InvalidOperation:
        return number
    if not value.is_finite() or number != number.strip():
        return number
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if not value else text


def plain_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a request (DynamoDB-JSON) with plain numbers."""
    return {name: _plain_value(value) for name, value in attributes.items()}


def make_plain(item: Item) -> None:
    """Spell the numbers of a stored item plainly."""
    for value in item.attrs.values():
        _make_plain(value)


def _plain_value(value: Any) -> Any:
    match value:
        case {"N": number}:
            return {"N": plain(number)}
        case {"NS": [*numbers]}:
            return {"NS": [plain(number) for number in numbers]}
        case {"M": dict() as members}:
            return {"M": plain_attributes(members)}
        case {"L": [*elements]}:
            return {"L": [_plain_value(element) for element in elements]}
    return value


def _make_plain(value: DynamoType) -> None:
    match value.type:
        case "N":
            value.value = plain(value.value)
        case "NS":
            value.value = [plain(number) for number in value.value]
        case "M":
            for member in value.value.values():
                _make_plain(member)
        case "L":
            for element in value.value:
                _make_plain(element)
