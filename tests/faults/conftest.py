"""A local AWS of its own whose clients, the Glue job's too, reach it by way of the proxy."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ddb_assets.local import process
from tests.conftest import LocalAws
from tests.faults.proxy import Proxy, proxying

_ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """Local AWS itself: what these clients see has passed no proxy."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("DDB_ASSETS_", "AWS_"))]:
            if name != "AWS_CA_BUNDLE":
                patch.delenv(name)
        state = tmp_path_factory.mktemp("local-aws")
        patch.setenv("DDB_ASSETS_LOCAL_STATE", str(state))
        with proxying() as proxy:
            server = _served(proxy, state)
            try:
                running = process.status()
                assert running is not None
                proxy.upstream = running.url
                environment = process.environment(running)
                for name, value in environment.items():
                    patch.setenv(name, value)
                _proxies[running.url] = proxy
                yield LocalAws(running.url, environment)
            finally:
                process.stop()
                server.kill()
                server.wait()


@pytest.fixture
def proxy(local_aws: LocalAws) -> Iterator[Proxy]:
    """The proxy, without a rule at the beginning and at the end."""
    found = _proxies[local_aws.url]
    found.begin()
    yield found
    found.begin()


_proxies: dict[str, Proxy] = {}


def _served(proxy: Proxy, state: Path) -> "subprocess.Popen[bytes]":
    with (state / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.server", proxy.job_url],
            cwd=_ROOT,
            env={**os.environ, "DDB_ASSETS_LOCAL_STATE": str(state)},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + 120
    while process.status() is None:
        assert server.poll() is None and time.monotonic() < deadline, (state / "server.log").read_text()
        time.sleep(0.05)
    return server
