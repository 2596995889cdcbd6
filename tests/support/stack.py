"""The whole system on this machine, as ``make dev`` runs it, and callers who talk to it."""

import os
import signal
import subprocess
import sys
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import httpx

from localstack.places import free_port, read_environment
from tests.support.polling import eventually

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

ROOT = Path(__file__).parents[2]
# Customers of the sample data.
JOHN = "john.smith@techstartup.com"
DAVID = "david.wilson@agencyplus.com"
START_SECONDS = 240
STOP_SECONDS = 30
# A developer's own settings must not decide what these tests see. The first of them builds the
# functions, and installing packages may need what is said of certificates and proxies.
DROPPED_VARIABLES = (
    *("AGENTS_", "ALLOWED_", "AWS_", "COMPANY_", "CONTEXT_", "DATABASE_", "EMBEDDING_"),
    *("EMAIL", "LLM_", "OPENAI_", "STAFF", "ADMIN", "SERVICE"),
)


class Stack:
    """A stack in a folder of its own, on a port of its own.

    Args:
        data_dir: Where it keeps everything.
        **environment: Settings besides.
    """

    def __init__(self, data_dir: Path, **environment: str) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data_dir.with_suffix(".log")
        self._settings = environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Starts it, and waits until it says that it is ready; returns the seconds that took."""
        began = time.monotonic()
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "localstack", "up"],
                cwd=ROOT,
                env=self._environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        eventually(self._is_ready, seconds=START_SECONDS, what=f"ready line in {self.log}")
        return time.monotonic() - began

    def stop(self) -> float:
        """Asks it to stop, and waits until it has; returns the seconds that took."""
        process = self._process
        if process is None:
            return 0.0
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        finally:
            self._process = None
        return time.monotonic() - began

    def credential(self, **whose: str) -> str:
        """Returns a credential, as ``make token`` prints it (``EMAIL``, ``STAFF``, …)."""
        printed = subprocess.run(
            [sys.executable, "-m", "localstack", "token"],
            cwd=ROOT,
            env=self._environment() | whose,
            check=True,
            capture_output=True,
            text=True,
        )
        return printed.stdout.strip()

    def operate(self, *arguments: str, **variables: str) -> str:
        """Runs a command for people on call; returns what it prints."""
        printed = subprocess.run(
            [sys.executable, "-m", "operations", *arguments],
            cwd=ROOT,
            env=self._environment() | variables,
            check=True,
            capture_output=True,
            text=True,
        )
        return printed.stdout.strip()

    @property
    def pid(self) -> int:
        """The process that all others of it were started by."""
        if self._process is None:
            raise AssertionError("the stack does not run")
        return self._process.pid

    def guest_token(self) -> str:
        """Returns the token of a new guest."""
        answer = httpx.post(f"{self.url}/api/chat", json={"message": "Hello"}, timeout=60)
        return str(answer.raise_for_status().json()["guest_token"])

    @property
    def environment(self) -> dict[str, str]:
        """What it says of itself to other tools."""
        return read_environment(self.data_dir / "env")

    @cached_property
    def s3(self) -> "S3Client":
        """A client of its S3."""
        return boto3.client("s3", **self.client_settings())

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """A client of its DynamoDB."""
        return boto3.client("dynamodb", **self.client_settings())

    @cached_property
    def sqs(self) -> "SQSClient":
        """A client of its SQS."""
        return boto3.client("sqs", **self.client_settings())

    def client_settings(self) -> dict[str, Any]:
        """Says how a client reaches its services, with the owner's credentials."""
        running = self.environment
        return {
            "endpoint_url": running["AWS_ENDPOINT_URL"],
            "aws_access_key_id": running["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": running["AWS_SECRET_ACCESS_KEY"],
            "region_name": running["AWS_DEFAULT_REGION"],
        }

    def tasks(self) -> int:
        """Counts the tasks that were ever accepted."""
        pages = self.dynamodb.get_paginator("scan").paginate(
            TableName=self.environment["TASKS_TABLE"],
            FilterExpression="begins_with(pk, :task)",
            ExpressionAttributeValues={":task": {"S": "TASK#"}},
            Select="COUNT",
        )
        return sum(page["Count"] for page in pages)

    def _is_ready(self) -> bool:
        process = self._process
        if process is None or process.poll() is not None:
            raise AssertionError(f"the stack ended while starting:\n{self.log.read_text()}")
        return f"Frontdesk is ready: {self.url}" in self.log.read_text()

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(DROPPED_VARIABLES)}
        return kept | self._settings | {"PORT": str(self.port), "DATA_DIR": str(self.data_dir)}


class Caller:
    """Somebody who talks to a stack over HTTP.

    Args:
        url: The stack's address.
        headers: The caller's credential.
    """

    def __init__(self, url: str, headers: dict[str, str] | None = None) -> None:
        self.http = httpx.Client(base_url=url, headers=headers or {}, timeout=60)

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        """Sends a GET request."""
        return self.http.get(path, params=parameters)

    def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        """Sends a POST request with a JSON body."""
        return self.http.post(path, json=body, headers=headers)

    def send(self, text: str, **fields: Any) -> dict[str, Any]:
        """Sends a message; returns what was accepted.

        A guest keeps the token that its first answer brings.
        """
        answer = self.post("/api/chat", {"message": text, **fields})
        assert answer.status_code == 202, answer.text
        accepted: dict[str, Any] = answer.json()
        if token := accepted.get("guest_token"):
            self.http.headers["authorization"] = f"Bearer {token}"
        return accepted

    def result(self, task_id: str, *, seconds: float = 30) -> dict[str, Any]:
        """Waits until a task has ended; returns it."""

        def ended() -> dict[str, Any] | None:
            answer = self.get(f"/api/chat/status/{task_id}", wait=5)
            assert answer.status_code == 200, answer.text
            task: dict[str, Any] = answer.json()
            return task if task["status"] not in {"queued", "processing"} else None

        return eventually(ended, seconds=seconds, what="end of the task") or {}

    def ask(self, text: str, **fields: Any) -> dict[str, Any]:
        """Sends a message and waits for its end; returns the task."""
        return self.result(self.send(text, **fields)["task_id"])


def assert_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """Checks that an answer is a problem as the contract describes it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    content: dict[str, Any] = answer.json()
    assert content["status"] == status
    assert {"type", "title", "detail"} <= content.keys()
    assert content["correlation_id"] == answer.headers["x-correlation-id"]
    assert bool(content.get("errors")) == (status == 422)
    return content
