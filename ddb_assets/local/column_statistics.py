"""Column statistics in the Data Catalog, which moto has not: a Trino asks for them with each table that it makes.

They belong to a table or to one of its partitions, and are gone with it.
Source: AWS Glue API reference, "Column statistics".
"""

from collections.abc import Callable, Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.glue.responses import GlueResponse

Owner = Any
"""Moto's table or partition."""

_KEPT = "column_statistics"


def install() -> None:
    """Give moto's Glue the six calls, in this process."""
    for of, owner in (("table", _table), ("partition", _partition)):
        for verb, call in (("get", _get), ("update", _update), ("delete", _delete)):
            setattr(GlueResponse, f"{verb}_column_statistics_for_{of}", _operation(call, owner))


def _operation(
    call: Callable[[dict[str, Any], Mapping[str, Any]], dict[str, Any]], owner: Callable[[Any], Owner]
) -> Callable[[Any], ActionResult]:
    def run(response: Any) -> ActionResult:
        kept = owner(response).__dict__.setdefault(_KEPT, {})
        return ActionResult(call(kept, response.parameters))

    return run


def _table(response: Any) -> Owner:
    named = response.parameters
    return response.glue_backend.get_table(named.get("DatabaseName"), named.get("TableName"))


def _partition(response: Any) -> Owner:
    named = response.parameters
    return response.glue_backend.get_partition(
        named.get("DatabaseName"), named.get("TableName"), named.get("PartitionValues")
    )


def _get(kept: dict[str, Any], named: Mapping[str, Any]) -> dict[str, Any]:
    wanted = named.get("ColumnNames") or []
    missing = [{"ColumnName": name, "Error": _not_found(name)} for name in wanted if name not in kept]
    return {"ColumnStatisticsList": [kept[name] for name in wanted if name in kept], "Errors": missing}


def _update(kept: dict[str, Any], named: Mapping[str, Any]) -> dict[str, Any]:
    kept.update({each["ColumnName"]: each for each in named.get("ColumnStatisticsList") or []})
    return {"Errors": []}


def _delete(kept: dict[str, Any], named: Mapping[str, Any]) -> dict[str, Any]:
    # Trino's own CREATE TABLE AS deletes those of columns that never had any, and works on AWS.
    kept.pop(str(named.get("ColumnName")), None)
    return {}


def _not_found(name: str) -> dict[str, str]:
    return {"ErrorCode": "EntityNotFoundException", "ErrorMessage": f"Column statistics of {name} not found."}
