"""The state of a local AWS on disk: where it serves and its access key, for this user's programs and nobody else's."""

import json
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ddb_assets.local.access_key import AccessKey
from ddb_assets.local.engine_choice import EMBEDDED
from ddb_assets.local.errors import LocalAwsError

LOCK = "server.lock"
"""The file in the folder that its one server has locked, from its start to its end."""

_FILE = "server.json"


@dataclass(frozen=True)
class ServerState:
    """A server's address, access key, process (number and time of creation), engine of Athena, and Region."""

    url: str
    access_key: AccessKey
    pid: int
    created: float
    engine: str = EMBEDDED
    region: str = "us-east-1"


def private_folder(folder: Path) -> Path:
    """The folder, made if it is missing, which nobody but this user may look into (mode 0700).

    Raises:
        LocalAwsError: it is a link, a file, or somebody else's: who can write there could hand us an endpoint of
            theirs.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise LocalAwsError(
            f"{folder} can't be the folder of local AWS's state ({error.strerror}): set DDB_ASSETS_LOCAL_STATE to "
            "another."
        ) from None
    _refuse_not_ours(folder)
    if stat.S_IMODE(folder.lstat().st_mode) & 0o077:
        folder.chmod(0o700)
    return folder


def write(folder: Path, state: ServerState) -> None:
    """Write the state whole or not at all, readable by this user only (mode 0600)."""
    text = json.dumps(
        {
            "url": state.url,
            "pid": state.pid,
            "created": state.created,
            "engine": state.engine,
            "region": state.region,
            "access_key_id": state.access_key.id,
            "secret_access_key": state.access_key.secret,
        }
    )
    # A file made so has mode 0600 from its first moment, and a name that nobody else has taken.
    descriptor, unfinished = tempfile.mkstemp(dir=folder, prefix=f".{_FILE}.")
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    Path(unfinished).replace(folder / _FILE)


def read(folder: Path) -> ServerState | None:
    """The state that a server wrote there, or None.

    Raises:
        LocalAwsError: the folder or the file can't be trusted, or is another version's.
    """
    if not os.path.lexists(folder):
        return None
    _refuse_not_ours(folder)
    file = folder / _FILE
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LocalAwsError(f"{file} can't be read ({error.strerror}): remove it, and start local AWS again.") from None
    with os.fdopen(descriptor) as opened:
        found = os.fstat(opened.fileno())
        text = opened.read()
    if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise LocalAwsError(
            f"{file} may be read or written by others than you, so its access key is nobody's secret: run "
            "`ddb-assets local stop` if you started it, remove the file, and start local AWS again."
        )
    try:
        written = json.loads(text)
        key = AccessKey(str(written["access_key_id"]), str(written["secret_access_key"]))
        return ServerState(
            str(written["url"]),
            key,
            int(written["pid"]),
            float(written["created"]),
            str(written["engine"]),
            str(written["region"]),
        )
    except (ValueError, KeyError, TypeError):
        raise LocalAwsError(
            f"{file} was not written by this version of ddb-assets: end the local AWS that runs there, and "
            "remove the file."
        ) from None


def remove(folder: Path) -> None:
    """Forget the state."""
    (folder / _FILE).unlink(missing_ok=True)


def _refuse_not_ours(folder: Path) -> None:
    found = folder.lstat()
    trouble = None
    if stat.S_ISLNK(found.st_mode):
        trouble = "is a link"
    elif not stat.S_ISDIR(found.st_mode):
        trouble = "is not a folder"
    elif found.st_uid != os.geteuid():
        trouble = "belongs to another user"
    if trouble:
        raise LocalAwsError(
            f"{folder} {trouble}, and local AWS keeps its access key there: set DDB_ASSETS_LOCAL_STATE to a folder of "
            "your own."
        )
