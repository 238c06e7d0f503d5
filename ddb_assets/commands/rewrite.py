"""`ddb-assets rewrite`: what it says."""

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from ddb_assets.aws.connection import Connection
from ddb_assets.code_location import Chain, find_chain
from ddb_assets.commands.rewrite_progress import progress_bar
from ddb_assets.commands.terminal import ERR, say
from ddb_assets.rewrite.rewriting import Rewriting


def rewrite_history(name: str, output_format: str, folder: Path) -> None:
    """Rewrite the published snapshots of the chain of that name, and say what came of it.

    Raises:
        UserError: there is no such chain or format, or what is published can't be rewritten.
    """
    for line in rewrite_chain(find_chain(name, folder), output_format, ERR):
        say(line)


def rewrite_chain(chain: Chain, output_format: str, progress: Console) -> Iterator[str]:
    """Rewrite what the chain has published; the lines that say what came of it, and what is left to do."""
    table, prefix = chain.table, chain.payload["--output_prefix"]
    name = f"{table.database}.{table.catalog_table}"
    with progress_bar(progress) as watcher:
        done = Rewriting(Connection(), table, prefix, output_format, watcher).run()
    if not done.partitions:
        yield f"{name} is published as {output_format}: nothing to rewrite"
    else:
        yield f"{name}: {done.partitions} snapshots, {done.rows:,} rows, are published as {output_format} now"
        yield (
            f"The files they had before stay, {done.old_bytes:,} bytes below {prefix}/: nothing reads them, and "
            "they may be deleted attempt by attempt"
        )
    if chain.payload["--output_format"] != output_format:
        file = _shown(chain.file) or f"the defs.yaml of {table.table_name}"
        yield f"Now set `output_format: {output_format}` in {file}: the chain goes on in that format"


def _shown(file: str | None) -> str | None:
    if file is None:
        return None
    path, here = Path(file), Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
