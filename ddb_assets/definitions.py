"""The code location: every defs.yaml under defs/, with the resources that they share."""

from pathlib import Path

import dagster as dg

import ddb_assets.defs
from ddb_assets.aws import aws_resources


@dg.definitions
def defs() -> dg.Definitions:
    return dg.Definitions.merge(
        # By its module: where the package is installed, it stands in no project's folder.
        dg.load_defs(
            ddb_assets.defs,
            project_root=Path(__file__).parent.parent,
            terminate_autoloading_on_keyword_files=False,
        ),
        # The steps only wait on AWS: a process for each would cost seconds of imports and gain nothing.
        dg.Definitions(resources=aws_resources(), executor=dg.in_process_executor),
    )
