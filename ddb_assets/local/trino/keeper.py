"""Runs Trino, and ends it when its own standard input ends: then whoever holds the other end of the pipe is gone.

Started as a program of its own, with the folder that it works in as its current one:

    python keeper.py JAVA [ARGUMENT …]
"""

import os
import subprocess
import sys
import threading

_END_SECONDS = 20.0


def main(command: list[str]) -> int:
    """Run the command until it ends, or until nobody wants it any more."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    threading.Thread(target=_end_when_alone, args=(child,), daemon=True).start()
    return child.wait()


def _end_when_alone(child: "subprocess.Popen[bytes]") -> None:
    while os.read(0, 1024):
        pass
    child.terminate()
    try:
        child.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
