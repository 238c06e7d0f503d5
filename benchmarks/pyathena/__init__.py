"""PyAthena's own tests, from its repository, on a local AWS (docs/pyathena.md)."""
