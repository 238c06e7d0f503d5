"""What `dg scaffold defs` writes for a component: a defs.yaml that loads as it is.

As documented in Dagster's API reference, "Scaffolder" and "scaffold_component".
"""

from pathlib import Path
from typing import Annotated

import dagster as dg
from pydantic import AfterValidator, BaseModel, Field

from ddb_assets.components import values
from ddb_snapshot.allowed import is_table_name


class TableParams(BaseModel):
    """What `dg scaffold defs ddb_assets.DynamoDBTable` asks for."""

    table_name: Annotated[str, AfterValidator(values.table_name)] | None = Field(
        default=None, description="The DynamoDB table's name. Default: the folder's."
    )


class TableScaffolder(dg.Scaffolder[TableParams]):
    """Writes the defs.yaml of one table."""

    @classmethod
    def get_scaffold_params(cls) -> type[TableParams]:
        return TableParams

    def scaffold(self, request: dg.ScaffoldRequest[TableParams]) -> None:
        named = request.params.table_name or _table_named_as(request.target_path)
        dg.scaffold_component(request, {"table_name": named})


class GroupParams(BaseModel):
    """What `dg scaffold defs ddb_assets.DynamoDBTableGroup` asks for."""

    tables: list[Annotated[str, AfterValidator(values.table_name)]] = Field(
        default=["First-Table", "Second-Table"],
        min_length=2,
        description="The DynamoDB tables that are captured as of one instant. Default: two names to be replaced.",
    )


class GroupScaffolder(dg.Scaffolder[GroupParams]):
    """Writes the defs.yaml of a group, which is called as its folder."""

    @classmethod
    def get_scaffold_params(cls) -> type[GroupParams]:
        return GroupParams

    def scaffold(self, request: dg.ScaffoldRequest[GroupParams]) -> None:
        dg.scaffold_component(request, {"name": request.target_path.name, "tables": request.params.tables})


def _table_named_as(folder: Path) -> str:
    return folder.name if is_table_name(folder.name) else f"Table-{folder.name}"
