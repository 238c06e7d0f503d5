"""What a table, a snapshot and a run of the job are: facts and names, as frozen records.

Nothing here knows Dagster or boto3, nor any other folder of this package: `aws` reads facts into these records,
`planning` makes plans of them, `components` makes them of a defs.yaml, and `chain` makes Dagster's assets of them.

table        a table as its defs.yaml has it, and every name that follows
capture      the methods of capture: one entry for each
facts        a table as DynamoDB describes it, the snapshot that is wanted, the one before, the size of a run
run_wishes   what a table wants of its runs
windows      the windows of incremental exports
quotas       what is in use of AWS's limits
span         of which instants a snapshot's items are
words        sizes, times and instants as a person reads and writes them
"""
