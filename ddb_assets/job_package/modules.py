"""The modules that the job imports and Glue doesn't have, as wheels.

A wheel is made of what is installed here, so the job runs with the releases that the tests ran with. In our own bucket
pip finds it also where a job has no way out to a package index. What Glue has is used as Glue has it: a job starts
sooner, the fewer modules are installed first. `make test-glue` runs the job with exactly Glue's own releases.
Sources: the pins in awslabs/aws-glue-libs, branches glue-5.0 and glue-5.1 (base-requirements.txt); Python Packaging
User Guide, "Binary distribution format".
"""

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from typing import Final

from ddb_assets.errors import UserError

MODULES: Final[Mapping[str, tuple[str, ...]]] = {
    "5.0": ("fastavro", "isal", "orjson"),
    "5.1": ("fastavro", "isal"),
}
"""What each version of Glue that the job is tested with lacks."""

# The earliest instant that a zip can hold; the files' own times must not change the content.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
# Notes of the installation, which are no part of the module.
_NOTES: Final = frozenset({"INSTALLER", "REQUESTED", "RECORD", "direct_url.json"})
# Glue 5 is Amazon Linux 2023 with Python 3.11 on x86_64.
_GLUES_PLATFORM: Final = ("manylinux", "x86_64")
_GLUES_PYTHON: Final = 11


@dataclass(frozen=True)
class Wheel:
    """A wheel: its file's name, which says for which Python and which machine it is, and its bytes."""

    name: str
    content: bytes

    @property
    def runs_on_glue(self) -> bool:
        """Whether Glue's machines, and its Python, can load it."""
        python, abi, platform = self.name.removesuffix(".whl").split("-")[-3:]
        if not any(_loads(one, abi) for one in python.split(".")):
            return False
        return platform == "any" or all(part in platform for part in _GLUES_PLATFORM)


def _loads(python: str, abi: str) -> bool:
    """Whether Glue's Python loads what was built for this one: itself, Python 3 at large, or an older stable ABI."""
    if python == "py3":
        return True
    minor = python.removeprefix("cp3")
    return minor.isdigit() and (int(minor) <= _GLUES_PYTHON if abi == "abi3" else int(minor) == _GLUES_PYTHON)


def wheels(glue_version: str) -> list[Wheel]:
    """The wheels that a job of this version needs.

    Raises:
        UserError: the job is not tested with this version.
    """
    if glue_version not in MODULES:
        raise UserError(
            f"Glue {glue_version} is none of the versions that the job is tested with: take {' or '.join(MODULES)}."
        )
    return [wheel(name) for name in MODULES[glue_version]]


def wheel(module: str) -> Wheel:
    """The installed module as a wheel whose bytes depend on its files only."""
    found = distribution(module)
    described = found.read_text("WHEEL") or ""
    tags = [line.partition(":")[2].strip() for line in described.splitlines() if line.startswith("Tag:")]
    compressed = "-".join(".".join(sorted(set(part))) for part in zip(*(tag.split("-") for tag in tags), strict=True))
    name = found.metadata["Name"].replace("-", "_")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        record = []
        for path, content in _files(found):
            record.append(f"{path},sha256={_digest(content)},{len(content)}\n")
            add(archive, path, content)
        at = f"{name}-{found.version}.dist-info/RECORD"
        add(archive, at, "".join([*record, f"{at},,\n"]).encode())
    return Wheel(f"{name}-{found.version}-{compressed}.whl", buffer.getvalue())


def add(archive: zipfile.ZipFile, path: str, content: bytes) -> None:
    """Put a file into the archive so that the same content makes the same bytes."""
    entry = zipfile.ZipInfo(path, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content)


def _files(found: Distribution) -> Iterable[tuple[str, bytes]]:
    for file in sorted(found.files or (), key=str):
        outside = ".." in file.parts
        made_here = "__pycache__" in file.parts or (file.parts[0].endswith(".dist-info") and file.name in _NOTES)
        if not outside and not made_here:
            yield file.as_posix(), file.read_binary()


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
