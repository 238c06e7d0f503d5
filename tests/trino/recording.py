"""Keep a real Trino's answers, which local Athena's tests replay where there is none.

make record-trino                      asks for those of the functions' examples: `recorded/examples.jsonl`
make record-trino STATEMENTS=a.sql     asks for those of a file's lines, and adds them to `recorded/more.jsonl`
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ddb_assets.local.athena.functions import examples
from ddb_assets.local.athena.trino_values import renderer, type_of
from ddb_assets.local.trino import client, distribution, server
from ddb_assets.local.trino.client import Address, Column
from tests.local.athena.replaying import RECORDED

_UNBOUNDED = str(2**31 - 1)


def recorded(address: Address, sql: str) -> dict[str, Any]:
    """Trino's answer to one statement, or its error's name. Cells are GetQueryResults' texts; doubles are numbers."""
    try:
        answer = client.run(address, sql)
    except client.Failed as failed:
        return {"sql": sql, "error": failed.error["errorName"]}
    rows = [[_cell(column, cell) for column, cell in zip(answer.columns, row, strict=True)] for row in answer.rows]
    return {"sql": sql, "types": [_name(column.signature) for column in answer.columns], "rows": rows}


def _name(signature: Mapping[str, Any]) -> str:
    """The type as SQL writes it. An unbounded varchar has the longest length."""
    name, arguments = str(signature["rawType"]), [_argument(each) for each in signature.get("arguments") or ()]
    if not arguments or arguments == [_UNBOUNDED]:
        return name
    first, *rest = name.split(" ")
    return " ".join([f"{first}({','.join(arguments)})", *rest])


def _argument(argument: Mapping[str, Any]) -> str:
    value = argument["value"]
    if argument["kind"] == "NAMED_TYPE":
        field = f'"{value["fieldName"]["name"]}" ' if value.get("fieldName") else ""
        return field + _name(value["typeSignature"])
    return _name(value) if argument["kind"] == "TYPE" else str(value)


def _cell(column: Column, cell: Any) -> Any:
    if cell is not None and column.signature["rawType"] in ("double", "real"):
        return float(cell)
    return renderer(type_of(column.signature))(cell)


def main(statements: str | None) -> None:
    asked = Path(statements).read_text().splitlines() if statements else list(examples.statements())
    with server.running(distribution.default_folder()) as address:
        lines = [json.dumps(recorded(address, sql), ensure_ascii=False) + "\n" for sql in asked]
    if statements:
        with (RECORDED / "more.jsonl").open("a") as more:
            more.writelines(lines)
    else:
        (RECORDED / "examples.jsonl").write_text("".join(lines))


if __name__ == "__main__":
    main(next(iter(sys.argv[1:]), None))
