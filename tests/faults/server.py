"""Local AWS whose Glue jobs reach it by way of a proxy: `python -m tests.faults.server PROXY_URL`.

On AWS a job's calls go through a network. Here that network is where the faults are. While the file `WITHOUT_SPARK`
lies in the state's folder, jobs are the same processes with the same calls, but their tasks are calls in the driver.
"""

import os
import sys
from pathlib import Path
from typing import Any

from ddb_assets.local import job_process
from ddb_assets.local.process import state_folder
from ddb_assets.local.server import serve
from ddb_assets.local_aws import account

WITHOUT_SPARK = "without-spark"
_SPARKLESS = Path(__file__).with_name("sparkless")
_environment = job_process._environment


def main(proxy_url: str) -> None:
    """Serve until ended."""

    def environment(*arguments: Any) -> dict[str, str]:
        made = {**_environment(*arguments), "AWS_ENDPOINT_URL": proxy_url}
        if (state_folder() / WITHOUT_SPARK).exists():
            made["PYTHONPATH"] = os.pathsep.join([str(_SPARKLESS), made["PYTHONPATH"]])
        return made

    job_process._environment = environment
    serve(state_folder(), 0, 3600.0, lambda url: print(url, flush=True), described=account())


if __name__ == "__main__":
    main(sys.argv[1])
