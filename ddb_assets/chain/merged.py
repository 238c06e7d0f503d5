"""Where the merged attempt lies that a full export of the same instant is compared with."""


def merged_prefix(output_prefix: str) -> str:
    """Below the table's snapshots, under a name that neither Athena nor a crawler looks at: it is never published."""
    return f"{output_prefix}/_merged"
