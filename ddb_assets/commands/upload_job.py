"""`ddb-assets upload-job`: the Glue job's files, put where Glue finds them."""

import json

from ddb_assets import job_package
from ddb_assets.aws.connection import Connection


def upload_job(glue_version: str | None) -> None:
    """Put the files into the bucket, and print what `aws glue create-job` is told of them, as JSON.

    Raises:
        UserError: this machine can't make the files of that version of Glue.
    """
    connection, version = Connection(), glue_version or job_package.GLUE_VERSION
    job_package.require_glues_machine(version)
    uploaded = job_package.upload(connection.client("s3"), connection.settings().bucket, glue_version=version)
    print(json.dumps(uploaded.definition(), indent=2))
