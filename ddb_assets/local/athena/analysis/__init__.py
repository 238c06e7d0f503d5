"""A query understood as Trino understands it, and written as DuckDB's SQL.

Every expression gets Trino's type before anything runs; what has none is refused. `relations` and `selects` do queries,
`expressions` what stands in them, `casts` and `operators` what types allow; functions come from the closed list
(`ddb_assets.local.athena.functions`).
"""
