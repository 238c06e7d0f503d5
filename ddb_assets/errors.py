"""The error a person can act on: what was wrong, where, and what to do."""


class UserError(Exception):
    """Something the person can mend. The message stands alone: no traceback is needed to act on it."""


class Interrupted(UserError):
    """The person stopped it; the message says how to go on."""


# What services say of an access key that isn't known, or no longer: local AWS has another after each start.
_UNKNOWN_KEY = frozenset({"InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException"})


def can_be_mended(error: Exception) -> bool:
    """Whether the error's message is all that a person needs: a `UserError`, or AWS's word about their access key."""
    if isinstance(error, UserError):
        return True
    # Late, since botocore takes long to import.
    from botocore.exceptions import ClientError

    return isinstance(error, ClientError) and error.response["Error"]["Code"] in _UNKNOWN_KEY


def first_cause(error: BaseException) -> BaseException:
    """What the error was raised from in the first place."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error
