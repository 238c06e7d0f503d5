"""`ddb-assets local start --engine trino` as a user gives it, and what it says when it can't."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ddb_assets.local.errors import LocalAwsError
from ddb_assets.local.trino import client, distribution
from ddb_assets.local.trino.client import Address
from tests.trino.conftest import Trino

DDB_ASSETS = Path(sys.executable).with_name("ddb-assets")


def local(folder: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DDB_ASSETS_"))}
    return subprocess.run(
        [DDB_ASSETS, *words],
        env={**inherited, "DDB_ASSETS_LOCAL_STATE": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_user_starts_it_with_a_trino_of_its_own_and_ends_both(tmp_path: Path) -> None:
    started = local(tmp_path, "local", "start", "--engine", "trino")
    try:
        assert started.returncode == 0, started.stderr
        assert "with queries by Trino" in started.stdout
        assert "engine trino" in local(tmp_path, "local", "status").stdout
        other = local(tmp_path, "local", "start", "--engine", "embedded")
        assert other.returncode == 1
        assert "with the engine trino: stop it first" in " ".join(other.stderr.split())
        answer = local(tmp_path, "query", "SELECT approx_distinct(x) AS n FROM (VALUES 1, 2) t (x)", "--format", "csv")
        assert answer.stdout.split() == ["n", "2"], answer.stderr
    finally:
        assert local(tmp_path, "local", "stop").returncode == 0
    assert local(tmp_path, "local", "status").returncode == 1


def test_it_says_what_is_missing(tmp_path: Path) -> None:
    nothing = local(tmp_path, "local", "start", "--engine", "trino", "--trino", str(tmp_path / "none"))
    assert nothing.returncode == 1
    assert "ddb-assets local get-trino" in " ".join(nothing.stderr.split())
    nobody = local(tmp_path, "local", "start", "--engine", "trino", "--trino", "http://127.0.0.1:1")
    assert nobody.returncode == 1
    assert "Trino at http://127.0.0.1:1 does not answer" in " ".join(nobody.stderr.split())
    without = local(tmp_path, "local", "get-trino", str(tmp_path / "new"), PATH="/nowhere")
    assert "there is no `mvn` on the PATH" in " ".join(without.stderr.split())
    assert local(tmp_path, "local", "start", "--engine", "spark").returncode == 1
    assert local(tmp_path, "local", "start", "--trino", "http://127.0.0.1:1").returncode == 1


def test_nobody_asks_it_anything_without_its_token(trino_process: Trino) -> None:
    url = trino_process.address.url
    for token in (None, "x.y.z", (trino_process.address.token or "")[:-4] + "AAAA"):
        with pytest.raises(client.Unreachable, match="answered 40"):
            client.run(Address(url, token), "SELECT 1")


def test_a_java_that_is_too_old_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "bin" / "java"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho 'openjdk version \"17.0.15\" 2025-04-15' >&2\n")
    old.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/bin:/usr/bin")
    monkeypatch.setattr(distribution, "_javas", lambda: iter([old]))

    with pytest.raises(LocalAwsError, match=f"needs Java {distribution.OLDEST_JAVA} or newer, .*{old} is 17"):
        distribution.find_java()
