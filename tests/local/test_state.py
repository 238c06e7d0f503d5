"""The state of local AWS holds its access key: only this user may read it, and no one else is believed."""

import os
import stat
from pathlib import Path

import pytest

from ddb_assets.local import process, state
from ddb_assets.local.access_key import AccessKey, own
from ddb_assets.local.errors import LocalAwsError
from ddb_assets.local.state import ServerState
from tests.conftest import LocalAws

WRITTEN = ServerState("http://127.0.0.1:1", AccessKey("id", "secret"), 1, 2.5)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_a_servers_state_is_this_users_alone(local_aws: LocalAws) -> None:
    folder = process.state_folder()

    assert (mode(folder), mode(folder / "server.json")) == (0o700, 0o600)


def test_each_endpoint_has_a_key_of_its_own(local_aws: LocalAws) -> None:
    assert local_aws.environment["AWS_ACCESS_KEY_ID"] != own().id
    assert len(own().id) == 20
    assert own().secret not in repr(own()) and own().id not in repr(own())


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_what_is_written_is_read_and_private_whatever_the_umask(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        folder = state.private_folder(tmp_path / "a" / "state")
        state.write(folder, WRITTEN)
    finally:
        os.umask(before)

    assert (mode(folder), mode(folder / "server.json")) == (0o700, 0o600)
    assert state.read(folder) == WRITTEN
    assert [file.name for file in folder.iterdir()] == ["server.json"]
    state.remove(folder)
    assert state.read(folder) is None


def test_a_folder_that_others_may_look_into_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o755)

    assert mode(state.private_folder(folder)) == 0o700


def test_a_folder_that_is_not_there_holds_no_state(tmp_path: Path) -> None:
    assert state.read(tmp_path / "none") is None


def test_a_link_is_no_state_folder(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "state").symlink_to(tmp_path / "real")

    for use in (state.private_folder, state.read):
        with pytest.raises(LocalAwsError, match=r"state is a link.*DDB_ASSETS_LOCAL_STATE"):
            use(tmp_path / "state")


def test_a_file_is_no_state_folder(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")

    for use in (state.private_folder, state.read):
        with pytest.raises(LocalAwsError, match="DDB_ASSETS_LOCAL_STATE"):
            use(tmp_path / "state")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_another_users_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    os.chown(folder, 12345, 12345)

    for use in (state.private_folder, state.read):
        with pytest.raises(LocalAwsError, match="belongs to another user"):
            use(folder)


def test_a_state_that_others_could_have_written_is_not_believed(tmp_path: Path) -> None:
    folder = state.private_folder(tmp_path / "state")
    state.write(folder, WRITTEN)
    (folder / "server.json").chmod(0o644)

    with pytest.raises(LocalAwsError, match="others than you"):
        state.read(folder)


def test_a_linked_state_is_not_believed(tmp_path: Path) -> None:
    folder, other = state.private_folder(tmp_path / "state"), state.private_folder(tmp_path / "other")
    state.write(other, WRITTEN)
    (folder / "server.json").symlink_to(other / "server.json")

    with pytest.raises(LocalAwsError, match=r"server\.json can't be read"):
        state.read(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"url": "http://127.0.0.1:1", "pid": 1, "created": 1}'])
def test_another_versions_state_is_said_to_be_so(tmp_path: Path, text: str) -> None:
    folder = state.private_folder(tmp_path / "state")
    state.write(folder, WRITTEN)
    (folder / "server.json").write_text(text)

    with pytest.raises(LocalAwsError, match="not written by this version"):
        state.read(folder)
