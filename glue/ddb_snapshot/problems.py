"""What an error that nobody foresaw means, in one line: what it is, and what a person can do."""

from typing import Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    TokenRetrievalError,
)
from botocore.exceptions import ConnectionError as AwsConnectionError

_DENIED: Final = ("AccessDenied", "Unauthorized", "NotAuthorized", "Forbidden")
_EXPIRED: Final = ("ExpiredToken", "InvalidClientTokenId", "UnrecognizedClient", "InvalidAccessKeyId", "SignatureDoes")
_THROTTLED: Final = ("Throttl", "TooManyRequests", "ProvisionedThroughputExceeded", "RequestLimitExceeded", "SlowDown")
_SERVER_ERRORS: Final = 500
_OURS: Final = ("ddb_snapshot", "ddb_assets")


def one_line(text: object) -> str:
    """The text with its line breaks as spaces: what a person sees last is the whole of it."""
    return " ".join(str(text).split())


def explain(error: BaseException) -> str:
    """The error in a line: its type and message, and what to do."""
    what = f"{type(error).__name__}: {one_line(error)}" if one_line(error) else type(error).__name__
    if type(error).__module__.partition(".")[0] in _OURS:
        # It was foreseen, and says what to do.
        return what
    return f"{what.rstrip('.')}. {_remedy(error)}"


def _remedy(error: BaseException) -> str:
    if isinstance(error, ClientError):
        return _of_answer(error)
    if isinstance(
        error,
        NoCredentialsError
        | PartialCredentialsError
        | CredentialRetrievalError
        | TokenRetrievalError
        | ProfileNotFound
        | NoRegionError,
    ):
        return "Set AWS_PROFILE and AWS_REGION, or log in again, then run it again."
    if isinstance(error, HTTPClientError | AwsConnectionError):
        return (
            "AWS could not be reached: check the network, and AWS_ENDPOINT_URL where it is set (local AWS: "
            "`ddb-assets local status`); then run it again."
        )
    if isinstance(error, BotoCoreError):
        return "The call to AWS could not be made: mend what the message says, then run it again."
    if isinstance(error, MemoryError):
        return "This process needs more memory; give it that, then run it again."
    if isinstance(error, OSError):
        return "Look at the disk, the network and the permissions of this machine, then run it again."
    return "This is a fault in the program, not in your data: report it with the trace above. Running again is safe."


def _of_answer(error: ClientError) -> str:
    answer = error.response.get("Error", {})
    code, status = str(answer.get("Code", "")), error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if any(part in code for part in _DENIED):
        return f"Allow {error.operation_name} to the role that runs this, then run it again."
    if any(part in code for part in _EXPIRED):
        return "Renew the AWS credentials of this process, then run it again."
    if any(part in code for part in _THROTTLED):
        return f"AWS throttles {error.operation_name} beyond all retries: run it again later."
    if status >= _SERVER_ERRORS:
        return "AWS had an error of its own beyond all retries: run it again later."
    return "AWS refused the call: mend what the message says, then run it again."
