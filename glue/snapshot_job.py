"""The Glue job: one snapshot of one DynamoDB table. Runs on AWS Glue 5 and wherever pyspark 3.5 does.

    snapshot_job.py --table_name Reviews --read_percentage 0.25
        --output_prefix s3://bucket/snapshots_reviews --output_format parquet

Whatever goes wrong is raised, and said in one line at last, which Glue has as the run's ErrorMessage.
"""

import sys
from collections.abc import Sequence

from ddb_snapshot import arguments, job, storage
from ddb_snapshot.failing import failing_clearly
from ddb_snapshot.metadata import metadata
from ddb_snapshot.progress import open_progress
from ddb_snapshot.spark import starting_spark


def main(argv: Sequence[str]) -> None:
    """Take the snapshot that the arguments ask for."""
    asked = arguments.parse(argv)
    with failing_clearly(asked), open_progress(asked.pipes, storage.region) as progress, starting_spark() as tasks:
        manifest = job.run(asked, tasks, progress)
        progress.report(metadata(manifest))


if __name__ == "__main__":
    main(sys.argv[1:])
