"""Trino's types: what they are (`kinds`), what becomes what (`coercion`), their names here and in DuckDB."""
