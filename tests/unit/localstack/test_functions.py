import threading
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from localstack import deploy
from localstack.emulator import functions
from localstack.emulator.functions import (
    CodeStore,
    FunctionEnvironment,
    FunctionError,
    FunctionPool,
    FunctionProcess,
)

HANDLER = """
import os, sys, time

calls = 0

def handler(event, context):
    global calls
    calls += 1
    print("a line of log")
    match event.get("do"):
        case "raise":
            raise ValueError("the reason")
        case "exit":
            os._exit(7)
        case "hang":
            time.sleep(60)
        case "import":
            import pytest
    return {
        "event": event,
        "calls": calls,
        "pid": os.getpid(),
        "path": sys.path,
        "environment": dict(os.environ),
        "request_id": context.aws_request_id,
        "remaining": context.get_remaining_time_in_millis(),
        "name": context.function_name,
    }
"""

Start = Callable[..., FunctionProcess]


def archive(files: dict[str, str]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, text in files.items():
            made.writestr(name, text)
    return buffer.getvalue()


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts functions with given source; all of them end with the test."""
    started: list[FunctionProcess] = []
    layers: dict[str, bytes] = {}
    environment = FunctionEnvironment(
        data_dir=tmp_path,
        logs=tmp_path / "logs",
        endpoint_url="http://127.0.0.1:1",
        credentials=lambda config: {
            "AWS_ACCESS_KEY_ID": f"key of {config['FunctionName']}",
            "AWS_SECRET_ACCESS_KEY": "secret",
        },
    )
    monkeypatch.setattr(FunctionProcess, "environment", environment, raising=False)
    monkeypatch.setattr(
        FunctionProcess, "layer_archive", staticmethod(lambda layer: layers[layer]), raising=False
    )

    def make(
        source: str = HANDLER, *, layer: bytes | None = None, **config: Any
    ) -> FunctionProcess:
        if layer is not None:
            layers["a-layer"] = layer
            config["Layers"] = ["a-layer"]
        record = {
            "FunctionName": "greeter",
            "FunctionArn": "arn:aws:lambda:eu-west-1:000000000000:function:greeter",
            "Handler": "greeter.app.handler",
            "Timeout": 20,
            **config,
        }
        code = archive({"greeter/__init__.py": "", "greeter/app.py": source})
        started.append(FunctionProcess("greeter", record, code))
        return started[-1]

    yield make
    for process in started:
        process.kill()


def call(process: FunctionProcess, **event: Any) -> Any:
    return process.invoke(event, "request-1", "arn", None)


def test_a_handler_gets_the_event_and_a_context(start: Start) -> None:
    answer = call(start(), question="why")["result"]

    assert answer["event"] == {"question": "why"}
    assert answer["request_id"] == "request-1"
    assert answer["name"] == "greeter"
    assert 0 < answer["remaining"] <= 20_000


def test_a_process_is_used_again(start: Start) -> None:
    process = start()

    first, second = call(process)["result"], call(process)["result"]

    assert first["pid"] == second["pid"]
    assert second["calls"] == 2


def test_a_function_imports_nothing_but_itself_its_layers_and_the_standard_library(
    start: Start, tmp_path: Path
) -> None:
    layer = archive({"python/shared.py": "VALUE = 1"})

    path = call(start(layer=layer))["result"]["path"]

    own, of_layer, *standard = path
    assert Path(own).is_relative_to(tmp_path)
    assert of_layer.endswith("/python")
    assert not any("site-packages" in part for part in standard)


def test_a_function_cannot_import_what_this_machine_has_installed(start: Start) -> None:
    answer = call(start(), do="import")

    assert answer["error"]["errorType"] == "ModuleNotFoundError"


def test_nothing_of_our_environment_reaches_a_function(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")

    variables = {"TABLE": "tasks", "AWS_REGION": "nowhere-1"}
    found = call(start(Environment={"Variables": variables}))["result"]["environment"]

    assert "OPENAI_API_KEY" not in found
    assert "PYTHONPATH" not in found
    assert found["TABLE"] == "tasks"
    assert found["AWS_REGION"] == "eu-west-1"  # Reserved, as on AWS.
    assert found["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"


def test_an_exception_is_reported_and_leaves_the_process_running(start: Start) -> None:
    process = start()
    pid = call(process)["result"]["pid"]

    error = call(process, do="raise")["error"]

    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "the reason")
    assert call(process)["result"]["pid"] == pid


def test_a_process_that_ends_fails_its_invocation_and_is_replaced(start: Start) -> None:
    process = start()
    pid = call(process)["result"]["pid"]

    with pytest.raises(FunctionError) as raised:
        call(process, do="exit")

    assert raised.value.type_name == "Runtime.ExitError"
    assert call(process)["result"]["pid"] != pid


def test_a_timeout_ends_the_process(start: Start) -> None:
    process = start(Timeout=0.5)

    with pytest.raises(FunctionError) as raised:
        call(process, do="hang")

    assert raised.value.type_name == "Sandbox.Timedout"
    assert str(raised.value) == "Task timed out after 0.50 seconds"


def test_a_handler_that_cannot_be_imported_fails_the_start(start: Start) -> None:
    with pytest.raises(FunctionError) as raised:
        start("import nothing_of_this_name").start()

    assert raised.value.type_name == "ModuleNotFoundError"


def test_what_a_function_prints_is_in_its_log(start: Start, tmp_path: Path) -> None:
    process = start()
    call(process)
    call(process, do="raise")

    log = (tmp_path / "logs" / "greeter.log").read_text()

    assert log.count("a line of log") == 2
    assert "ValueError: the reason" in log


def test_an_event_larger_than_a_pipe_gets_through_both_ways(start: Start) -> None:
    text = "é" * 500_000

    assert call(start(), text=text)["result"]["event"]["text"] == text


def test_an_archive_is_unpacked_once(tmp_path: Path) -> None:
    store = CodeStore(tmp_path)
    content = archive({"a.txt": "a"})

    first = store.folder_of(content)
    (first / "a.txt").write_text("changed since")

    assert store.folder_of(content) == first
    assert CodeStore(tmp_path).folder_of(content) == first
    assert (first / "a.txt").read_text() == "changed since"


def test_an_archive_that_points_to_a_folder_is_that_folder(tmp_path: Path) -> None:
    built = tmp_path / "built"

    assert CodeStore(tmp_path / "code").folder_of(deploy.pointer_archive(built)) == built
    assert not (tmp_path / "code").exists()


class Pool:
    """A pool whose processes are never started."""

    def __init__(self) -> None:
        self.processes: dict[str, list[FunctionProcess]] = {}
        self._pool = FunctionPool(self.processes, threading.Lock())

    def lease(self, *, warm: bool = True) -> FunctionProcess:
        process = self._pool.lease("key", "greeter", {}, b"")
        process.cold = not warm
        return process

    def release(self, process: FunctionProcess) -> None:
        self._pool.release("key", process)


def test_a_free_process_is_taken_before_another_is_made() -> None:
    pool = Pool()
    first = pool.lease()
    pool.release(first)

    assert pool.lease() is first


def test_a_busy_process_is_waited_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "PATIENCE_SECONDS", (30.0, 30.0))
    pool = Pool()
    first = pool.lease()
    taken: list[FunctionProcess] = []
    waiting = threading.Thread(target=lambda: taken.append(pool.lease()))
    waiting.start()

    pool.release(first)

    waiting.join(20)
    assert taken == [first]


def test_another_process_is_made_when_none_comes_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "PATIENCE_SECONDS", (0.01, 0.01))
    pool = Pool()

    first, second = pool.lease(), pool.lease()

    assert first is not second


def test_no_more_than_two_processes_of_a_function_start_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(functions, "PATIENCE_SECONDS", (0.01, 0.01))
    pool = Pool()
    pool.lease()
    starting = [pool.lease(warm=False), pool.lease(warm=False)]
    taken: list[FunctionProcess] = []
    waiting = threading.Thread(target=lambda: taken.append(pool.lease()))
    waiting.start()

    waiting.join(0.2)
    assert not taken
    starting[0].cold = False
    pool.release(starting[0])

    waiting.join(20)
    assert taken == [starting[0]]


def test_the_first_process_of_a_function_starts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "PATIENCE_SECONDS", (0.01, 0.01))
    pool = Pool()
    first = pool.lease(warm=False)
    taken: list[FunctionProcess] = []
    waiting = threading.Thread(target=lambda: taken.append(pool.lease()))
    waiting.start()

    waiting.join(0.2)
    assert not taken
    first.cold = False
    pool.release(first)

    waiting.join(20)
    assert taken == [first]


def test_a_process_that_was_dropped_from_the_books_is_not_given_out_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = Pool()
    outdated = pool.lease()
    pool.processes.clear()
    pool.release(outdated)

    assert pool.lease() is not outdated
