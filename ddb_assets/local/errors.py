"""The errors of local AWS that the person can mend. Each message says what was wrong, where, and what to do."""


class LocalAwsError(Exception):
    """Local AWS can't do what it was asked."""


class LocalAwsNotInstalled(LocalAwsError, ImportError):
    """What local AWS is made of is missing: the extra `local`, a part of it, or a Python that is new enough."""
