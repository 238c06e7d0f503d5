"""Which engine is to answer local Athena's queries: the embedded one, or a Trino in a folder or at a URL."""

from dataclasses import dataclass
from pathlib import Path

from ddb_assets.local.errors import LocalAwsError
from ddb_assets.local.trino.distribution import default_folder

EMBEDDED, TRINO = "embedded", "trino"


@dataclass(frozen=True)
class Choice:
    """The engine's name, and where the Trino is: a URL, a folder, or None for the folder that `get-trino` fills."""

    name: str = EMBEDDED
    trino: str | None = None

    def __post_init__(self) -> None:
        if self.name not in (EMBEDDED, TRINO):
            raise LocalAwsError(f"--engine {self.name}: not one of {EMBEDDED}, {TRINO}")
        if self.trino is not None and self.name != TRINO:
            raise LocalAwsError("--trino names a Trino, which only --engine trino uses: give both, or neither.")

    @property
    def url(self) -> str | None:
        """The URL of a Trino that runs already, if that was named."""
        return self.trino.rstrip("/") if self.trino and self.trino.startswith(("http://", "https://")) else None

    @property
    def folder(self) -> Path:
        """The folder whose Trino is to be started."""
        return Path(self.trino).expanduser().absolute() if self.trino else default_folder()

    def arguments(self) -> list[str]:
        """The choice as arguments of `python -m ddb_assets.local`."""
        place = [] if self.trino is None else ["--trino", self.url or str(self.folder)]
        return ["--engine", self.name, *place]
