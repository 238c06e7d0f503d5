"""The closed list: every function that the embedded engine answers, by family, with its types and its translation.

`registry` has the list; a family's module fills it. What isn't in it is refused.
"""
