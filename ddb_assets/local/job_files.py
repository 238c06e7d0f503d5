"""What a Glue job's script needs to run: fetched from S3 into the run's folder, its modules installed by pip.

Source: AWS Glue developer guide, "Using job parameters in AWS Glue jobs" and "Using Python libraries with AWS Glue".
"""

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from ddb_assets.local import glue_versions
from ddb_assets.local.clients import client

_INSTALL_SECONDS = 600


class NotStarted(Exception):
    """The script can't be started: it or a library of it is not in S3, or a module can't be installed."""


@dataclass(frozen=True)
class Script:
    """What to run: addresses in S3, arguments as the job and the run give them."""

    job_name: str
    run_id: str
    location: str
    arguments: Mapping[str, str]
    url: str
    region: str
    glue_version: str | None = None


@dataclass(frozen=True)
class Fetched:
    """A script that can be started: the Python to run it with, its file, and where it finds its imports."""

    python: Path
    main: Path
    import_from: tuple[Path, ...]


def fetch(script: Script, folder: Path) -> Fetched:
    """Fetch the script and what it imports.

    In the environment of the job's GlueVersion, where it is there, its `--additional-python-modules` are installed for
    this run. Local AWS's own environment has its own releases of them, and is left as it is.

    Raises:
        NotStarted: names the object that isn't there, or says what pip said.
    """
    main = _download(script, script.location, folder)
    libraries = [_download(script, uri, folder / "libraries") for uri in _listed(script, "--extra-py-files")]
    import_from = [library.parent if library.suffix == ".py" else library for library in libraries]
    python = glue_versions.python_of(script.glue_version)
    if python is None:
        return Fetched(Path(sys.executable), main, tuple(import_from))
    if modules := _listed(script, "--additional-python-modules"):
        wheels = folder / "wheels"
        named = [str(_download(script, one, wheels)) if one.startswith("s3://") else one for one in modules]
        import_from.append(_installed(script, python, named, folder / "modules"))
    return Fetched(python, main, tuple(dict.fromkeys(import_from)))


def _listed(script: Script, argument: str) -> list[str]:
    return [part.strip() for part in script.arguments.get(argument, "").split(",") if part.strip()]


def _download(script: Script, uri: str, folder: Path) -> Path:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    try:
        body = client("s3", script.url, script.region).get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        raise NotStarted(f"Job {script.job_name}: can't read {uri}: {error}") from None
    folder.mkdir(exist_ok=True)
    target = folder / Path(uri).name
    target.write_bytes(body)
    return target


def _installed(script: Script, python: Path, modules: Sequence[str], target: Path) -> Path:
    """The folder into which pip has installed them, with the options that the job has for it."""
    options = shlex.split(script.arguments.get("--python-modules-installer-option", ""))
    command = [str(python), "-m", "pip", "install", "--quiet", "--target", str(target), *options, *modules]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    done = subprocess.run(
        command,
        env={**inherited, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_INSTALL_SECONDS,
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise NotStarted(
            f"Job {script.job_name}: pip can't install {', '.join(modules)}: {said[-1] if said else done.returncode}"
        )
    return target
