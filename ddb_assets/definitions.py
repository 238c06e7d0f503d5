"""The code location: every defs.yaml under defs/, with the resources that they share."""

from pathlib import Path

import dagster as dg

from ddb_assets.aws import aws_resources


@dg.definitions
def defs() -> dg.Definitions:
    return dg.Definitions.merge(
        dg.load_from_defs_folder(project_root=Path(__file__).parent.parent),
        # The steps only wait on AWS: a process for each would cost seconds of imports and gain nothing.
        dg.Definitions(resources=aws_resources(), executor=dg.in_process_executor),
    )
