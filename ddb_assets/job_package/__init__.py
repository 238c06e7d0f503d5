"""The Glue job as files: its script, its library as the zip that `--extra-py-files` names, and wheels of modules.

The files are the same, byte for byte, for the same sources, and uploaded under a name made of their content: a job that
is running keeps the library that it began with, whatever is deployed meanwhile.
"""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from ddb_assets.errors import UserError
from ddb_assets.job_package.modules import add, wheels

GLUE_VERSION: Final = "5.0"
"""The version of Glue of a job for which nobody has named another."""

_SCRIPT = "snapshot_job.py"
# `dagster_pipes` is all Python and needs nothing else, so pip need not install it.
_LIBRARIES = ("ddb_snapshot", "dagster_pipes")


@dataclass(frozen=True)
class JobPackage:
    """The files of a deployed job, as s3:// addresses."""

    glue_version: str
    script: str
    library: str
    modules: tuple[str, ...]
    files: Mapping[str, bytes] = field(repr=False)
    """The content of each, by its address."""

    def arguments(self) -> dict[str, str]:
        """The job's default arguments."""
        return {
            "--extra-py-files": self.library,
            "--additional-python-modules": ",".join(self.modules),
            # Nothing is asked of a package index, so a job that has no way out starts as well.
            "--python-modules-installer-option": "--no-index",
        }

    def definition(self) -> dict[str, Any]:
        """What CreateJob is told of the job's program, in its own words."""
        return {
            "Command": {"Name": "glueetl", "ScriptLocation": self.script, "PythonVersion": "3"},
            "GlueVersion": self.glue_version,
            "DefaultArguments": self.arguments(),
        }


def upload(s3: Any, bucket: str, prefix: str = "glue", glue_version: str = GLUE_VERSION) -> JobPackage:
    """Put script, library and wheels into the bucket, below `prefix`; what is there already is left alone.

    Raises:
        UserError: the job is not tested with this version of Glue.
    """
    package = build(bucket, prefix, glue_version)
    for address, content in package.files.items():
        s3.put_object(Bucket=bucket, Key=address.removeprefix(f"s3://{bucket}/"), Body=content)
    return package


def build(bucket: str, prefix: str = "glue", glue_version: str = GLUE_VERSION) -> JobPackage:
    """Script, library and wheels, with the addresses that they are to have in the bucket.

    Raises:
        UserError: the job is not tested with this version of Glue.
    """
    files = {
        _SCRIPT: job_script().read_bytes(),
        f"{_LIBRARIES[0]}.zip": build_library(),
        **{module.name: module.content for module in wheels(glue_version)},
    }
    version = hashlib.sha256(b"".join(files.values())).hexdigest()[:12]
    placed = {f"s3://{bucket}/{prefix}/{version}/{name}": content for name, content in files.items()}
    script, library, *others = placed
    return JobPackage(glue_version, script, library, tuple(others), placed)


def require_glues_machine(glue_version: str) -> None:
    """See that the modules installed here run on Glue.

    Raises:
        UserError: one is for another machine; or the job is not tested with this version of Glue.
    """
    for module in wheels(glue_version):
        if not module.runs_on_glue:
            raise UserError(
                f"{module.name} was made for this machine and its Python, and Glue is Linux on x86_64 with Python "
                "3.11: run this command with such a Python on such a machine. Nothing was uploaded."
            )


def job_script() -> Path:
    """The job's script: beside the library in the repository, inside of it where a wheel was installed.

    A wheel has no place beside the library: there the script would be a module that everyone can import.
    """
    library = _root(_LIBRARIES[0])
    inside = library / _SCRIPT
    return inside if inside.is_file() else library.parent / _SCRIPT


def build_library() -> bytes:
    """The library as a zip whose bytes depend on the sources only."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for library in _LIBRARIES:
            root = _root(library)
            for source in sorted(root.rglob("*.py")):
                if source != job_script():
                    add(archive, f"{library}/{source.relative_to(root).as_posix()}", source.read_bytes())
    return buffer.getvalue()


def _root(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{package} is not installed beside ddb_assets: install the package again")
    return Path(spec.origin).parent
