import json
import subprocess
from pathlib import Path

import pytest

from localstack import places

VALUES = {
    "FRONTDESK_URL": "http://127.0.0.1:3000",
    "DATABASE_URL": "postgresql://frontdesk:pa%20ss@127.0.0.1:5432/frontdesk?sslmode=disable",
    "ODD": 'it\'s $HOME `date` "quoted"',
    "EMPTY": "",
}


def test_a_shell_reads_the_environment_file_as_it_was_meant(tmp_path: Path) -> None:
    file = tmp_path / "env"
    places.write_environment(file, VALUES)

    script = f'. "{file}"; printf "%s\\n" "$FRONTDESK_URL" "$DATABASE_URL" "$ODD" "$EMPTY"'
    done = subprocess.run(["sh", "-c", script], env={}, capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == list(VALUES.values())


def test_we_read_back_what_we_wrote(tmp_path: Path) -> None:
    file = tmp_path / "env"
    places.write_environment(file, VALUES)

    assert places.read_environment(file) == VALUES


def test_every_line_is_an_export_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "env"
    places.write_environment(file, VALUES)

    assert all(line.startswith("export ") for line in file.read_text().splitlines())
    assert file.stat().st_mode & 0o077 == 0


def test_no_file_no_variables(tmp_path: Path) -> None:
    assert places.read_environment(tmp_path / "env") == {}


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Ports that somebody else listens on."""
    ports: set[int] = set()
    fresh = iter(range(20001, 20100))
    monkeypatch.setattr(places, "is_free", lambda port: port not in ports)
    monkeypatch.setattr(places, "free_port", lambda: next(fresh))
    return ports


@pytest.mark.usefixtures("taken")
def test_ports_are_kept_from_start_to_start(tmp_path: Path) -> None:
    first, _ = places.keep_ports(tmp_path / "ports.json", ("emulator", "model"))

    second, former = places.keep_ports(tmp_path / "ports.json", ("emulator", "model"))

    assert second == former == first


def test_a_port_that_was_taken_meanwhile_is_another_one(tmp_path: Path, taken: set[int]) -> None:
    first, _ = places.keep_ports(tmp_path / "ports.json", ("emulator", "model"))
    taken.add(first["emulator"])

    second, former = places.keep_ports(tmp_path / "ports.json", ("emulator", "model"))

    assert former == first
    assert second["emulator"] != first["emulator"]
    assert second["model"] == first["model"]


def test_a_moved_port_changes_addresses_and_nothing_else(tmp_path: Path) -> None:
    state = {
        "queue": "http://localhost:4566/000000000000/chat.fifo",
        "endpoint": "http://127.0.0.1:4566",
        "other port": "http://localhost:45661/",
        "other host": "http://example.com:4566/",
        "number": 4566,
    }
    (tmp_path / "sqs.json").write_text(json.dumps(state))

    places.move_port(tmp_path, 4566, 5001)

    assert json.loads((tmp_path / "sqs.json").read_text()) == {
        **state,
        "queue": "http://localhost:5001/000000000000/chat.fifo",
        "endpoint": "http://127.0.0.1:5001",
    }
