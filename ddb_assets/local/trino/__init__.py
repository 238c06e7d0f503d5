"""A real Trino beside local AWS, whose Athena can hand its statements to it.

distribution   bring Trino by Maven, and find a Java that runs it
server         start it on a free port of 127.0.0.1, wait until it answers, end it
keeper         the process between: it ends Trino when whoever started it is gone
token          what a client shows to such a Trino
client         one statement, by Trino's REST API
catalog        the catalog `awsdatacatalog`, which is local AWS's Data Catalog and S3
"""
