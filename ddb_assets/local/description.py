"""What the account of local AWS is to hold from its start, described by the program that starts local AWS.

A description is also a file, which the server reads: JSON with the names below, and the content of each object in a
file beside it. A person can write such a file, for `python -m ddb_assets.local --account FILE`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as validated

from ddb_assets.local.errors import LocalAwsError

_STRICT: Final = ConfigDict(extra="forbid")
_FILE: Final = "account.json"


@dataclass(frozen=True)
class Workgroup:
    """A work group of Athena. `results` is the s3:// address below which its queries write their results."""

    name: str
    results: str
    description: str = ""


@dataclass(frozen=True)
class GlueJob:
    """A Glue job whose script is an object of the account.

    `script` is an s3:// address. `arguments` are the job's default arguments, such as `--extra-py-files`. One
    concurrent run and 480 minutes are what Glue gives a job that names none (AWS Glue API reference, "CreateJob").
    """

    name: str
    script: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    glue_version: str = "5.0"
    workers: int = 2
    concurrent_runs: int = 1
    timeout_minutes: int = 480


@dataclass(frozen=True)
class Account:
    """The account: its Region, buckets, objects, databases, work groups and jobs.

    `objects` has the content of each by its s3:// address, `databases` the description of each by its name. Local AWS
    has Glue's database `default` and Athena's work group `primary` whatever is described.
    """

    region: str = "us-east-1"
    buckets: Sequence[str] = ()
    objects: Mapping[str, bytes] = field(default_factory=dict)
    databases: Mapping[str, str] = field(default_factory=dict)
    workgroups: Sequence[Workgroup] = ()
    jobs: Sequence[GlueJob] = ()


def write(folder: Path, account: Account) -> Path:
    """Write the description into the folder, which is there, and return its file."""
    described = asdict(account)
    described["objects"] = {}
    for number, (address, content) in enumerate(account.objects.items()):
        (folder / f"object-{number}").write_bytes(content)
        described["objects"][address] = f"object-{number}"
    file = folder / _FILE
    file.write_text(json.dumps(described))
    return file


def read(file: Path) -> Account:
    """The account that the file describes. Paths of objects are relative to the file's folder.

    Raises:
        LocalAwsError: the file or an object's content can't be read, or the file describes no account.
    """
    try:
        written = _FILE_FORM.validate_json(file.read_bytes())
        objects = {address: (file.parent / path).read_bytes() for address, path in written.objects.items()}
    except OSError as error:
        raise LocalAwsError(
            f"{error.filename} can't be read ({error.strerror}), and the account of local AWS is described there: "
            "correct the path."
        ) from None
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'the file'}: {one['msg']}" for one in error.errors())
        raise LocalAwsError(
            f"{file} does not describe an account of local AWS: {problems}. Correct the file."
        ) from None
    return Account(written.region, written.buckets, objects, written.databases, written.workgroups, written.jobs)


@validated(frozen=True, config=_STRICT)
class _Written:
    region: str = "us-east-1"
    buckets: tuple[str, ...] = ()
    objects: dict[str, Path] = field(default_factory=dict)
    databases: dict[str, str] = field(default_factory=dict)
    workgroups: tuple[Workgroup, ...] = ()
    jobs: tuple[GlueJob, ...] = ()


_FILE_FORM = TypeAdapter(_Written)
