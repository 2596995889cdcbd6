"""The server as a process: how it starts and stops."""

import signal
import socket
from pathlib import Path

import httpx
import pytest

from tests.support.offline_model import START_SECONDS, free_port, running_server, start_server

pytestmark = pytest.mark.integration


def test_it_says_ready_when_it_answers_and_stops_when_told(base_url: str, cache: Path) -> None:
    # Given a classifier that the server of the other tests has trained
    trained = {path: path.stat().st_mtime_ns for path in cache.iterdir()}
    port = free_port()

    # When
    with start_server(port, cache) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        with httpx.Client() as kept_alive:
            status = kept_alive.get(f"http://127.0.0.1:{port}/v1/models").status_code
            process.send_signal(signal.SIGTERM)
            rest, _ = process.communicate(timeout=5)

    # Then
    assert status == 200
    assert rest == ""
    assert process.returncode in {0, -signal.SIGTERM}
    assert {path: path.stat().st_mtime_ns for path in cache.iterdir()} == trained


def test_a_port_in_use_is_said_in_one_line(cache: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with start_server(taken.getsockname()[1], cache) as process:
            out, err = process.communicate(timeout=START_SECONDS)

    assert process.returncode == 1
    assert out == ""
    assert len(err.splitlines()) == 1
    assert "Address already in use" in err


def test_two_servers_share_a_cache(cache: Path, base_url: str) -> None:
    with running_server(cache) as other:
        assert httpx.get(f"{other}/models").json() == httpx.get(f"{base_url}/models").json()
