"""`ddb-assets query`: one statement through Athena; before the first snapshot it says that there is nothing yet."""

from botocore.exceptions import ClientError

from ddb_assets.aws.athena import Athena, QueryResult
from ddb_assets.aws.connection import Connection
from ddb_assets.aws.data_catalog import load_catalog
from ddb_assets.commands.query_output import OUTPUT_FORMS, write_result
from ddb_assets.commands.terminal import OUT
from ddb_assets.errors import UserError


def show_query(sql: str, form: str) -> None:
    """Run the statement, and write its rows in `form`.

    Raises:
        UserError: there is no such form, or the statement can't be run; says why.
    """
    if form not in OUTPUT_FORMS:
        raise UserError(f"--format {form}: not one of {', '.join(OUTPUT_FORMS)}")
    write_result(run_query(Connection(), sql), form, OUT)


def run_query(connection: Connection, sql: str) -> QueryResult:
    """The statement's rows.

    Raises:
        UserError: Athena refused it, or it failed; says why, and whether anything is published at all.
    """
    try:
        return Athena(connection=connection).run(sql)
    except UserError as error:
        database = connection.settings().database
        if _holds_tables(connection, database):
            raise
        raise UserError(
            f"{str(error).rstrip('.')}. Nothing is published in database {database} yet: `ddb-assets snapshot TABLE` "
            "takes the first snapshot."
        ) from None


def _holds_tables(connection: Connection, database: str) -> bool:
    try:
        return load_catalog(connection).holds_tables(database)
    except ClientError:
        # Where it can't be told, nothing is said of it.
        return True
