import errno
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from localstack import __main__ as command_line
from localstack import places, supervisor
from localstack.places import Places
from localstack.settings import LocalStackError, Settings


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_a_port_in_use_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "is_free", lambda _: False)

    with pytest.raises(LocalStackError) as raised:
        supervisor.check_port(3000)

    assert str(raised.value) == "port 3000 is in use: choose another one with PORT=…"


def test_a_full_disk_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1 << 30, 1 << 30, 5 << 20))

    with pytest.raises(LocalStackError) as raised:
        supervisor.check_disk(tmp_path)

    assert "the disk is full: 5 MB are left" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_disk_that_fills_up_on_the_way_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_: Settings) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/data/file")

    monkeypatch.setitem(command_line.COMMANDS, "up", fail)
    monkeypatch.setattr(sys, "argv", ["localstack", "up"])

    with pytest.raises(SystemExit) as raised:
        command_line.main()

    assert raised.value.code == "frontdesk: the disk is full: /data/file"


def test_an_unknown_command_is_told_which_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["localstack", "fly"])

    with pytest.raises(SystemExit) as raised:
        command_line.main()

    assert "usage" in str(raised.value.code)


def test_children_get_nothing_of_the_users_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("AWS_PROFILE", "production")

    environment = supervisor.clean_environment()

    assert not {"OPENAI_API_KEY", "AWS_PROFILE"} & environment.keys()


def test_our_own_database_is_known_again_from_a_sourced_environment(tmp_path: Path) -> None:
    kept = Places(tmp_path)
    kept.postgres.mkdir()
    (kept.postgres / "identity.json").write_text('{"port": 5, "owner_password": "abc123"}')

    assert supervisor.is_embedded("postgresql://frontdesk:abc123@127.0.0.1:5/frontdesk", kept)
    assert not supervisor.is_embedded("postgresql://me:other@db.example/frontdesk", kept)
    assert not supervisor.is_embedded("postgresql://db.example/frontdesk", kept)


def test_the_service_key_is_made_once_and_is_nobody_elses_to_read(tmp_path: Path) -> None:
    file = tmp_path / "service-key"

    key = supervisor.service_key(file)

    assert key.startswith("fdk_")
    assert supervisor.service_key(file) == key
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("environment", "prefix"),
    [
        ({}, ""),
        ({"PORT": "3001"}, "PORT=3001 "),
        ({"DATA_DIR": "/tmp/a b"}, "DATA_DIR='/tmp/a b' "),
    ],
)
def test_the_commands_to_try_mean_this_stack(environment: dict[str, str], prefix: str) -> None:
    settings = Settings.from_environment({"X": "1", **environment})

    assert supervisor.make_prefix(settings) == prefix
