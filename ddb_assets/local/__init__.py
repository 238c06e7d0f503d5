"""Local AWS: one HTTP endpoint on 127.0.0.1 whose Glue jobs, crawlers and Athena queries really execute.

It is moto's server, in a process of its own, with the parts replaced that in moto only change states:

    process        start, find and stop that process (what the rest of the package uses)
    server         the process itself: serves, ends when idle
    account        what the account holds from the start: bucket, database, workgroup, job
    glue_runs      Glue job runs as real processes
    crawlers       Glue crawlers that read the files in S3
    athena         Athena queries and DDL on DuckDB and Arrow
    data_catalog   what Glue's Data Catalog refuses
    dynamodb       read capacity and table sizes as DynamoDB counts them
    point_in_time  DynamoDB's change history, and exports of it
    past           what a client needs to write a past (the CLI's sample data, tests)

It needs the extra `local`. Without it, importing anything of this package raises `LocalAwsNotInstalled`.
"""

from ddb_assets.local.installed import require_installed

require_installed()
