"""Each example event of events/, through its built function under the real runtime client.

One story: the schema is applied, a document taken in, a message accepted, answered, read back.
Each function sees only its own folder and the layer, and only the variables of events/env.json.
"""

import json
import queue
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from frontdesk.adapters.sqs_chat import SQSChatDelivery
from frontdesk.clock import utc_now
from frontdesk.domain.task import QueuedMessage
from tests.support.backends import Backends, event_of, running_backends
from tests.support.built import Built
from tests.support.chat import a_message
from tests.support.lambda_runtime import LambdaRuntime

type Run = Callable[[str, dict[str, Any]], Any]


@pytest.fixture(scope="module")
def backends(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backends]:
    with running_backends(tmp_path_factory.mktemp("backends")) as started:
        yield started


@pytest.fixture(scope="module")
def run(built: Built, backends: Backends) -> Run:
    """Runs a function's event in a fresh environment of its own."""

    def run_once(function: str, event: dict[str, Any]) -> Any:
        paths: list[Path] = built.import_paths(function)
        environment = backends.environment_of(function)
        with LambdaRuntime(paths, f"{function}.app.handler", environment) as runtime:
            try:
                return runtime.invoke(event).result
            finally:
                # Shown where the test fails.
                print(runtime.log)

    return run_once


@pytest.fixture(scope="module")
def migrated(run: Run) -> dict[str, Any]:
    """What db_migrate told CloudFormation."""
    told: queue.Queue[dict[str, Any]] = queue.Queue()

    class CloudFormation(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            told.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), CloudFormation)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    event = event_of("db_migrate") | {"ResponseURL": f"http://127.0.0.1:{server.server_port}/"}
    try:
        result = run("db_migrate", event)
        return {**told.get(timeout=10), "result": result}
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def ingested(run: Run, migrated: dict[str, Any]) -> Any:
    """What became of the document's event."""
    return run("kb_ingest", event_of("kb_ingest"))


@pytest.fixture(scope="module")
def answered(run: Run, backends: Backends, ingested: Any) -> Any:
    """What became of the queued message."""
    event = event_of("agent_worker")
    records: Any = event["Records"]
    backends.accept(QueuedMessage.model_validate_json(records[0]["body"]))
    return run("agent_worker", event)


def body(response: dict[str, Any]) -> Any:
    return json.loads(response["body"])


def test_db_migrate_applies_the_schema(migrated: dict[str, Any]) -> None:
    assert (migrated["Status"], migrated["Reason"]) == ("SUCCESS", "")
    assert "0001_foundation" in migrated["result"]["applied"]


def test_kb_ingest_takes_a_document_in(ingested: Any) -> None:
    assert ingested == {"batchItemFailures": []}


def test_authorizer_lets_a_guest_pass(run: Run) -> None:
    result = run("authorizer", event_of("authorizer"))

    assert result["isAuthorized"] is True
    assert json.loads(result["context"]["principal"])["kind"] == "guest"


def test_chat_ingest_accepts_a_message(run: Run) -> None:
    response = run("chat_ingest", event_of("chat_ingest"))

    assert response["statusCode"] == 202, response
    assert body(response)["status"] == "queued"


def test_agent_worker_answers_a_message(answered: Any) -> None:
    assert answered == {"batchItemFailures": []}


def test_status_reads_the_answer_back(run: Run, answered: Any) -> None:
    response = run("status", event_of("status"))

    assert response["statusCode"] == 200, response
    task = body(response)
    assert (task["status"], task["error"], task["degraded"]) == ("completed", None, False)
    assert task["citations"][0]["title"] == "Inviting people"
    assert "[1]" in task["response"]


def test_support_api_finds_the_document(run: Run, ingested: Any) -> None:
    response = run("support_api", event_of("support_api"))

    assert response["statusCode"] == 200, response
    assert body(response)["results"][0]["title"] == "Inviting people"


def test_housekeeping_finds_nothing_to_mend(run: Run, answered: Any) -> None:
    report = run("housekeeping", event_of("housekeeping"))

    assert (report["looked_at"], report["failures"]) == (0, 0)


def test_housekeeping_compares_documents(run: Run, ingested: Any) -> None:
    # The one document was put just now: whether it was followed is not asked yet.
    report = run("housekeeping", {"action": "documents"})

    assert report == {"compared": 1, "drifted": 0, "postponed": False}


def test_housekeeping_brings_a_dead_letter_back(
    run: Run, backends: Backends, migrated: dict[str, Any]
) -> None:
    message = a_message(accepted_at=utc_now())
    backends.accept(message)
    dlq = backends.environment_of("housekeeping")["CHAT_DLQ_URL"]
    SQSChatDelivery(backends.aws.sqs, "", dlq).set_aside(
        message.model_dump_json(),
        conversation_id=message.conversation_id,
        deduplication_id=message.task_id,
        reason="crashed",
    )

    (shown,) = run("housekeeping", {"action": "dlq"})["letters"]
    (redriven,) = run("housekeeping", {"action": "redrive", "task_id": message.task_id})

    assert (shown["task_id"], shown["reason"]) == (message.task_id, "crashed")
    assert (redriven["task_id"], redriven["outcome"]) == (message.task_id, "sent")
    assert run("housekeeping", {"action": "dlq"}) == {"letters": [], "more": 0}


def test_notifier_sees_that_a_reply_is_gone(run: Run, migrated: dict[str, Any]) -> None:
    assert run("notifier", event_of("notifier")) == {"batchItemFailures": []}


@pytest.mark.parametrize("action", ["events", "retention"])
def test_housekeeping_publishes_and_deletes(
    action: str, run: Run, migrated: dict[str, Any]
) -> None:
    report = run("housekeeping", {"action": action})

    assert set(report.values()) <= {0}


def test_agent_worker_starts_where_it_is_traced(built: Built, backends: Backends) -> None:
    environment = backends.environment_of("agent_worker") | {"ENVIRONMENT": "prod"}

    with LambdaRuntime(
        built.import_paths("agent_worker"), "agent_worker.app.handler", environment
    ) as runtime:
        assert runtime.invoke({"Records": []}).result == {"batchItemFailures": []}
