"""Trino's types: what they are (`kinds`), what becomes what (`coercion`), their names, and what holds them in DuckDB."""
