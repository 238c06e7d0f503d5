"""What becomes what without a CAST. Source: Trino's TypeCoercion."""

from __future__ import annotations

from ddb_assets.local.athena.types.kinds import (
    DATE,
    DIGITS,
    DOUBLE,
    INTEGERS,
    MOST_DIGITS,
    REAL,
    UNKNOWN,
    Array,
    Char,
    Decimal,
    Map,
    Row,
    Time,
    Timestamp,
    TimestampZoned,
    Type,
    Varchar,
)


def coercible(source: Type, target: Type) -> bool:
    """Whether a value of one type is taken where the other is wanted."""
    if isinstance(source, Varchar) and isinstance(target, Char):
        return False
    if isinstance(source, Char) and isinstance(target, Varchar):
        return target.length is None or source.length <= target.length
    return common_type(source, target) == target


def common_type(left: Type, right: Type) -> Type | None:
    """The type that both become in a comparison, a CASE or a UNION; None when there is none."""
    if left == right:
        return _joined_zones(left, right)
    if UNKNOWN in (left, right):
        return right if left == UNKNOWN else left
    return _ordered(left, right) or _ordered(right, left)


def common_of(kinds: list[Type]) -> Type | None:
    """The common type of many."""
    found: Type | None = kinds[0] if kinds else UNKNOWN
    for kind in kinds[1:]:
        found = common_type(found, kind) if found is not None else None
    return found


def as_decimal(kind: Type) -> Decimal | None:
    """The decimal type that holds a number; None when it is no exact number."""
    if isinstance(kind, Decimal):
        return kind
    digits = next((count for each, count in DIGITS.items() if each == kind), None)
    return Decimal(digits, 0) if digits is not None else None


def _ordered(left: Type, right: Type) -> Type | None:
    """The common type, looked for from the left one."""
    if left in INTEGERS and right in INTEGERS:
        return INTEGERS[max(INTEGERS.index(left), INTEGERS.index(right))]
    if right == DOUBLE and (left in INTEGERS or left == REAL or isinstance(left, Decimal)):
        return DOUBLE
    if right == REAL and (left in INTEGERS or isinstance(left, Decimal)):
        return REAL
    if isinstance(right, Decimal):
        exact = as_decimal(left)
        return _common_decimal(exact, right) if exact is not None else None
    if isinstance(left, Varchar) and isinstance(right, Varchar):
        return Varchar() if left.length is None or right.length is None else Varchar(max(left.length, right.length))
    if isinstance(left, Char) and isinstance(right, Char):
        return Char(max(left.length, right.length))
    if isinstance(left, Varchar) and isinstance(right, Char):
        return None if left.length is None or left.length > 65536 else Char(max(left.length, right.length))
    return _common_time(left, right) or _common_nested(left, right)


def _common_decimal(left: Decimal, right: Decimal) -> Decimal:
    scale = max(left.scale, right.scale)
    whole = max(left.precision - left.scale, right.precision - right.scale)
    return Decimal(min(MOST_DIGITS, whole + scale), scale)


def _common_time(left: Type, right: Type) -> Type | None:
    if isinstance(left, Time) and isinstance(right, Time):
        return Time(max(left.precision, right.precision))
    if isinstance(right, Timestamp):
        if isinstance(left, Timestamp):
            return Timestamp(max(left.precision, right.precision))
        return right if left == DATE else None
    if isinstance(right, TimestampZoned):
        if isinstance(left, Timestamp):
            return TimestampZoned(max(left.precision, right.precision), _utc(right))
        if isinstance(left, TimestampZoned):
            return TimestampZoned(max(left.precision, right.precision), left.zone if left.zone == right.zone else None)
        return TimestampZoned(right.precision, _utc(right)) if left == DATE else None
    return None


def _utc(kind: TimestampZoned) -> str | None:
    """What has no zone takes the session's."""
    return "UTC" if kind.zone == "UTC" else None


def _common_nested(left: Type, right: Type) -> Type | None:
    if isinstance(left, Array) and isinstance(right, Array):
        element = common_type(left.element, right.element)
        return Array(element) if element is not None else None
    if isinstance(left, Map) and isinstance(right, Map):
        key, value = common_type(left.key, right.key), common_type(left.value, right.value)
        return Map(key, value) if key is not None and value is not None else None
    if isinstance(left, Row) and isinstance(right, Row) and len(left.fields) == len(right.fields):
        fields = []
        for (name, kind), (other_name, other) in zip(left.fields, right.fields, strict=True):
            common = common_type(kind, other)
            if common is None:
                return None
            fields.append((name if name == other_name else None, common))
        return Row(tuple(fields))
    return None


def _joined_zones(left: Type, right: Type) -> Type:
    """Types that differ in nothing but what is known of their zones."""
    if isinstance(left, TimestampZoned) and isinstance(right, TimestampZoned):
        return left if left.zone == right.zone else TimestampZoned(left.precision)
    return left
