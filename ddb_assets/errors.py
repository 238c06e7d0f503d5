"""The error a person can act on: what was wrong, where, and what to do."""


class UserError(Exception):
    """Something the person can mend. The message stands alone: no traceback is needed to act on it."""


class Interrupted(UserError):
    """The person stopped it; the message says how to go on."""
