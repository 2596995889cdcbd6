"""The emulator as `make dev` runs it, with a small stack of its own."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from localstack import deploy
from localstack.aws import Aws
from localstack.control import Control
from localstack.places import free_port
from localstack.processes import wait_until
from localstack.settings import ROOT

STACK = Path(__file__).with_name("stack")
DEADLINE_SECONDS = 60.0


class Emulator:
    """One emulator process on a data directory, and what is deployed into it."""

    def __init__(self, data_dir: Path, *, save_seconds: float = 3600.0) -> None:
        self.data_dir = data_dir
        self.save_seconds = save_seconds
        self.gateway_port = free_port()
        self.emulator_port = free_port()
        self.aws = Aws(f"http://127.0.0.1:{self.emulator_port}")
        self.control = Control(self.aws.endpoint_url)
        self.outputs: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.gateway_port}"

    def start(self) -> None:
        config = self.data_dir / "config.json"
        config.write_text(
            json.dumps(
                {
                    "data_dir": str(self.data_dir),
                    "emulator_port": self.emulator_port,
                    "gateway_port": self.gateway_port,
                    "save_seconds": self.save_seconds,
                }
            )
        )
        with (self.data_dir / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "localstack.emulator", str(config)],
                cwd=ROOT,
                env={"PATH": os.environ["PATH"], "SECRET_OF_THE_USER": "1"},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(self.control.is_ready, DEADLINE_SECONDS, "the emulator")
        if self.outputs:
            self.control.serve_api(self.outputs["ApiId"])

    def deploy(self) -> None:
        self.outputs = deploy.deploy(self.aws, "small", STACK / "template.yaml", {})
        self.control.serve_api(self.outputs["ApiId"])

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._forget()

    def close_input(self) -> int:
        """Does what the end of the supervisor does; returns the exit status."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        return self._forget()

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._forget()

    def _forget(self) -> int:
        assert self._process is not None
        process, self._process = self._process, None
        status = process.wait(DEADLINE_SECONDS)
        if process.stdin is not None:
            process.stdin.close()
        return status

    def send(self, group: str, number: int, *, seconds: float = 0.0) -> None:
        self.aws.sqs.send_message(
            QueueUrl=self.outputs["QueueUrl"],
            MessageBody=json.dumps({"number": number, "seconds": seconds}),
            MessageGroupId=group,
            MessageDeduplicationId=f"{group}-{number}",
        )

    def handled(self) -> list[dict[str, Any]]:
        """Returns what the queue's function has noted, by the time it began."""
        items: list[dict[str, Any]] = []
        for page in self.aws.dynamodb.get_paginator("scan").paginate(
            TableName=self.outputs["TableName"]
        ):
            items += [
                {
                    "group": item["group"]["S"],
                    "number": int(item["number"]["N"]),
                    "began": float(item["began"]["N"]),
                    "ended": float(item["ended"]["N"]),
                }
                for item in page["Items"]
            ]
        return sorted(items, key=lambda item: item["began"])

    def wait_for_handled(self, count: int) -> list[dict[str, Any]]:
        wait_until(
            lambda: len(self.handled()) >= count, DEADLINE_SECONDS, f"{count} handled messages"
        )
        return self.handled()


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An emulator with the small stack, for one module's tests."""
    made = Emulator(tmp_path_factory.mktemp("emulator"))
    try:
        made.start()
        made.deploy()
        yield made
    finally:
        made.stop()


@pytest.fixture
def api(emulator: Emulator) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=emulator.url, timeout=30) as client:
        yield client


@pytest.fixture
def in_threads() -> Any:
    """Runs functions side by side and waits for all of them."""

    def run(*work: Any) -> None:
        threads = [threading.Thread(target=each) for each in work]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return run
