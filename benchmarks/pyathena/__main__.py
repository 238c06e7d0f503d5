"""Run PyAthena's own tests on a local AWS of their own, which ends with them.

python -m benchmarks.pyathena CHECKOUT --python ITS_PYTHON --engine trino [what pytest is to be given]
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import boto3

from ddb_assets import local

_PLUGINS = Path(__file__).parent
_BUCKET = "pyathena-results"
# The names are PyAthena's (its docs/testing.md). What its tests skip without a variable of theirs stays skipped.
_VARIABLES = {
    "AWS_ATHENA_S3_STAGING_DIR": f"s3://{_BUCKET}/tests/",
    "AWS_ATHENA_WORKGROUP": "pyathena",
    "AWS_ATHENA_SPARK_WORKGROUP": "pyathena-spark",
}


def main() -> int:
    """pytest's exit status."""
    asked, more = _arguments().parse_known_args()
    with tempfile.TemporaryDirectory(prefix="ddb-assets-pyathena-") as folder:
        os.environ["DDB_ASSETS_LOCAL_STATE"] = folder
        running = local.start(engine=local.Choice(asked.engine))
        try:
            reached = local.environment(running)
            _set_up(reached)
            return subprocess.call(
                [str(asked.python.absolute()), "-m", "pytest", "-p", "arrow_endpoint", *(more or ["tests/pyathena"])],
                cwd=asked.checkout,
                # Polars refuses an endpoint without TLS unless it is told.
                env={**os.environ, **reached, **_VARIABLES, "AWS_ALLOW_HTTP": "true", "PYTHONPATH": str(_PLUGINS)},
            )
        finally:
            local.stop()


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pyathena", description=__doc__)
    parser.add_argument("checkout", type=Path, help="PyAthena's repository")
    parser.add_argument("--python", type=Path, required=True, help="a Python that has PyAthena and its test packages")
    parser.add_argument("--engine", choices=(local.EMBEDDED, local.TRINO), default=local.EMBEDDED)
    return parser


def _set_up(reached: dict[str, str]) -> None:
    """The bucket and the work groups that PyAthena's tests expect to be there."""
    session = boto3.session.Session(
        reached["AWS_ACCESS_KEY_ID"], reached["AWS_SECRET_ACCESS_KEY"], region_name=reached["AWS_DEFAULT_REGION"]
    )
    s3, athena = (session.client(name, endpoint_url=reached["AWS_ENDPOINT_URL"]) for name in ("s3", "athena"))
    s3.create_bucket(Bucket=_BUCKET)
    output = {"ResultConfiguration": {"OutputLocation": _VARIABLES["AWS_ATHENA_S3_STAGING_DIR"]}}
    for variable in ("AWS_ATHENA_WORKGROUP", "AWS_ATHENA_SPARK_WORKGROUP"):
        athena.create_work_group(Name=_VARIABLES[variable], Configuration=output)


if __name__ == "__main__":
    sys.exit(main())
