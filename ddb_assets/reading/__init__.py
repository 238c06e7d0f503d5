"""A table's items, as they are stored: in a published snapshot, in a native export, in the table itself.

`verify` compares them, `restore` writes them into a new table. Nothing here writes.

published     a snapshot, read through the catalog's description and the files alone
chain_table   the catalog's table that a name on the command line means
export        a native export, read by its manifest
live          the DynamoDB table as it is now
"""
