"""The Glue job as files: its script, and its library as the zip that `--extra-py-files` names.

The zip is the same, byte for byte, for the same sources, so it is uploaded under a name made of its content: a job that
is running keeps the library that it began with, whatever is deployed meanwhile.
"""

import hashlib
import io
import zipfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# What the library imports and Glue 5 doesn't bring, or brings in another release than the tests ran with.
_MODULES = ("dagster-pipes", "fastavro", "isal", "orjson", "pyarrow")
_SCRIPT_MODULE = "snapshot_job"
_LIBRARY = "ddb_snapshot"
# The earliest instant that a zip can hold; the sources' own times must not change the content.
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class JobPackage:
    """The two files of a deployed job, as s3:// addresses."""

    script: str
    library: str


def upload(s3: Any, bucket: str, prefix: str = "glue") -> JobPackage:
    """Put script and library into the bucket, below `prefix`; what is there already is left alone."""
    script = _origin(_SCRIPT_MODULE).read_bytes()
    library = build_library()
    version = hashlib.sha256(script + library).hexdigest()[:12]
    script_key = f"{prefix}/{version}/{_SCRIPT_MODULE}.py"
    library_key = f"{prefix}/{version}/{_LIBRARY}.zip"
    s3.put_object(Bucket=bucket, Key=script_key, Body=script)
    s3.put_object(Bucket=bucket, Key=library_key, Body=library)
    return JobPackage(f"s3://{bucket}/{script_key}", f"s3://{bucket}/{library_key}")


def build_library() -> bytes:
    """The library as a zip whose bytes depend on the sources only."""
    root = _origin(_LIBRARY).parent
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for source in sorted(root.rglob("*.py")):
            entry = zipfile.ZipInfo(f"{_LIBRARY}/{source.relative_to(root).as_posix()}", _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, source.read_bytes())
    return buffer.getvalue()


def python_modules() -> str:
    """The value of the job's `--additional-python-modules`: the releases that are installed here."""
    return ",".join(f"{name}=={version(name)}" for name in _MODULES)


def _origin(module: str) -> Path:
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{module} is not installed beside ddb_assets: install the package again")
    return Path(spec.origin)
