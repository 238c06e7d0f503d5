"""Side-by-side measurements. Each is a module that prints a Markdown table: `python -m benchmarks.census`."""
