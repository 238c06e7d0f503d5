"""Runs a Glue job's script as `__main__`, as Glue does, and writes its last exception to a file.

Started as a program of its own, with nothing of this package in reach of the script:

    python script_runner.py ERROR_FILE SCRIPT [ARGUMENT …]

Its standard input is a pipe that local AWS holds open. When the pipe ends, local AWS is gone, and the job with it.
"""

import os
import runpy
import signal
import sys
import threading
from pathlib import Path


def main(error_file: Path, script: Path, arguments: list[str]) -> None:
    """Run the script. Exits as the script does; an exception is written as `Type: message`, and raised."""
    threading.Thread(target=_end_with_local_aws, daemon=True).start()
    sys.argv = [str(script), *arguments]
    sys.path[0] = str(script.parent)
    try:
        runpy.run_path(str(script), run_name="__main__")
    except SystemExit as ending:
        if ending.code not in (None, 0):
            error_file.write_text(f"SystemExit: {ending.code}")
        raise
    except BaseException as error:
        error_file.write_text(f"{type(error).__name__}: {error}{_what_runs_here(error)}")
        raise


def _what_runs_here(error: BaseException) -> str:
    """What to do about a script that needs what only AWS has; nothing for another error."""
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] == "awsglue":
        return (
            ". The library awsglue is only in AWS Glue itself. Local Glue runs PySpark scripts that take "
            "their arguments from sys.argv, and reach S3, DynamoDB and the Data Catalog through boto3 or pyarrow."
        )
    if "S3AFileSystem" in str(error) or 'for scheme "s3' in str(error):
        return (
            ". Local Glue's Spark has no S3 file system (s3:// and s3a:// paths in spark.read and write). Read "
            "and write S3 through boto3 or pyarrow, in the driver or in the tasks."
        )
    return ""


def _end_with_local_aws() -> None:
    # The descriptor itself: the script may close or replace sys.stdin.
    while os.read(0, 1024):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
