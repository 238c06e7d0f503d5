"""Trino's files: brought by Maven, unpacked into a folder, and the Java that runs them.

The folder has the layout of Trino's own archive, with the Hive plugin in `plugin/hive`; no `etc` is needed there.
"""

import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from ddb_assets.local.errors import LocalAwsError

VERSION = "476"
# Trino 476 release notes: "Require JDK 24 to run Trino".
OLDEST_JAVA = 24
_SERVER, _HIVE = f"io.trino:trino-server-core:{VERSION}:tar.gz", f"io.trino:trino-hive:{VERSION}:zip"
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
_JVM_FOLDERS = ("/usr/lib/jvm/*", "/Library/Java/JavaVirtualMachines/*/Contents/Home")


def default_folder() -> Path:
    """Where Trino is when nobody names a folder; outside of any project, so that all projects share it."""
    return Path(platformdirs.user_cache_dir("ddb-assets")) / f"trino-{VERSION}"


def is_there(folder: Path) -> bool:
    """Whether the folder has a Trino with its Hive plugin."""
    return (folder / "lib").is_dir() and (folder / "plugin" / "hive").is_dir()


def bring(folder: Path) -> bool:
    """Download Trino and its Hive plugin into the folder (450 MB), unless they are there: then False.

    Raises:
        LocalAwsError: Maven is missing, or failed; or the folder holds something else.
    """
    if is_there(folder):
        return False
    if folder.exists() and any(folder.iterdir()):
        raise LocalAwsError(f"{folder} is neither empty nor a Trino with its Hive plugin: name another folder.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as making:
        unfinished = Path(making)
        server = _unpacked(_SERVER, unfinished / "server")
        _unpacked(_HIVE, unfinished / "hive").rename(server / "plugin" / "hive")
        if is_there(folder):
            return False  # another process brought it meanwhile
        server.rename(folder)
    return True


def find_java() -> Path:
    """A Java that can run Trino: JAVA_HOME's, the one on the PATH, or one that is installed beside it.

    Raises:
        LocalAwsError: there is none; it names those that are too old.
    """
    seen: dict[str, int | None] = {}
    for java in _javas():
        version = seen[str(java)] = _version(java)
        if version is not None and version >= OLDEST_JAVA:
            return java
    found = ", ".join(f"{java} is {version or 'no Java that says its version'}" for java, version in seen.items())
    raise LocalAwsError(
        f"Trino {VERSION} needs Java {OLDEST_JAVA} or newer, and there is none ({found or 'no Java at all'}): install "
        "one, and name it in JAVA_HOME if it is not on the PATH."
    )


def require_maven() -> str:
    """Maven's command. Raises `LocalAwsError` when it is not installed."""
    command = shutil.which("mvn")
    if command is None:
        raise LocalAwsError(
            f"Trino {VERSION} comes by way of Maven, and there is no `mvn` on the PATH: install Maven (Debian: "
            "apt-get install maven)."
        )
    return command


def _unpacked(artifact: str, into: Path) -> Path:
    """The one folder that the artifact's archive holds."""
    command = [require_maven(), "-B", "-q", _COPY, f"-Dartifact={artifact}", f"-DoutputDirectory={into}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=into.parent)
    archives = list(into.glob("*.*")) if into.is_dir() else []
    if done.returncode or len(archives) != 1:
        said = next((line for line in done.stdout.splitlines() if line.startswith("[ERROR]")), done.stderr.strip())
        raise LocalAwsError(f"Maven could not bring {artifact}: {said or f'it ended with status {done.returncode}'}")
    if archives[0].suffix == ".zip":
        with zipfile.ZipFile(archives[0]) as opened:
            opened.extractall(into)
    else:
        with tarfile.open(archives[0]) as opened_tar:
            opened_tar.extractall(into, filter="data")
    archives[0].unlink()
    return next(into.iterdir())


def _javas() -> Iterator[Path]:
    homes = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    on_path = shutil.which("java")
    for pattern in _JVM_FOLDERS:
        homes += sorted(Path("/").glob(pattern.lstrip("/")))
    javas = [*(home / "bin" / "java" for home in homes[:1]), *([Path(on_path)] if on_path else [])]
    javas += [home / "bin" / "java" for home in homes[1:]]
    yield from (java for java in javas if java.is_file())


def _version(java: Path) -> int | None:
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    except OSError:
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found[1]) if found else None
