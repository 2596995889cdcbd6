"""``make dev``: starts the whole system, says when it is ready, and stops all of it again."""

import contextlib
import os
import secrets
import shlex
import shutil
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from localstack import build, places, sampledata, stack
from localstack.aws import Aws
from localstack.control import Control
from localstack.oidc import Issuer
from localstack.places import Places
from localstack.postgres import EmbeddedPostgres, PostgresError
from localstack.processes import (
    Children,
    MakeWatch,
    hold_lock,
    is_alive,
    stop_left_behind,
    wait_until,
)
from localstack.settings import DEFAULT_DATA_DIR, DEFAULT_PORT, ROOT, LocalStackError, Settings

NEEDED_BYTES = 300 * 1024 * 1024
"""What a first start writes, roughly: a database, the built functions, logs."""

EMULATOR_SECONDS = 60.0
MODEL_SECONDS = 90.0
API_SECONDS = 60.0
STARTING_THREADS_SECONDS = 20.0
"""How long what is being started may take to notice that it is not wanted any more."""

WATCH_SECONDS = 0.25
EMBEDDED = "embedded"
SERVICE_KEY_BYTES = 24


class Stopped(BaseException):
    """Somebody asked us to stop. No error, so nothing may catch it as one."""


class Job[T]:
    """Something that is done in the background."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._result: T | None = None
        self._error: Exception | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self._result = self._work()
        except Exception as error:  # noqa: BLE001 -- raised again where the result is wanted.
            self._error = error

    def result(self) -> T:
        """Waits for the end and returns the result, or raises what the work raised."""
        while self.thread.is_alive():
            self.thread.join(WATCH_SECONDS)
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]  # A T, once the work is done.


@dataclass(frozen=True, slots=True)
class Running:
    """What everything else needs.

    Attributes:
        aws: Clients of the emulator.
        control: The emulator's process.
        database_url: The owner's URL.
        model_url: Where the model is; empty for OpenAI's own.
        issuer: The local issuer.
        build: The folder with the built template.
    """

    aws: Aws
    control: Control
    database_url: str
    model_url: str
    issuer: Issuer
    build: Path


class Supervisor:
    """Runs the stack of one data directory."""

    def __init__(self, settings: Settings) -> None:
        """Prepares to run.

        Args:
            settings: What the environment says.
        """
        self._settings = settings
        self._places = Places(settings.data_dir)
        self._children = Children()
        self._postgres: EmbeddedPostgres | None = None
        self._jobs: list[threading.Thread] = []
        self._pages: Job[None] | None = None
        self._began = time.monotonic()

    def run(self) -> None:
        """Starts everything, then stays until told to stop or something ends by itself.

        Raises:
            LocalStackError: Something went wrong; the text is one line for the user.
        """
        check_disk(self._settings.data_dir)
        with hold_lock(self._places.lock):
            try:
                with stop_on_signals():
                    self._clean_up()
                    self._start()
                    self._watch()
            except Stopped:
                say("Stopping")
            finally:
                # Whatever comes now: what was started is stopped, once and in order.
                ignore_signals()
                self._stop()

    # ── starting ──────────────────────────────────────────────────────────────────────────────

    def _clean_up(self) -> None:
        self._places.environment.unlink(missing_ok=True)
        if left := stop_left_behind(self._settings.data_dir):
            say(f"Ended {left} processes that a killed run had left behind")
        check_port(self._settings.port)

    def _start(self) -> None:
        running = self._start_processes()
        outputs = self._deploy(running)
        running.control.serve_api(outputs["ApiId"])
        # Our own stays the same one, though its port may change.
        database = running.database_url if self._postgres is None else EMBEDDED
        is_seeded = self._places.knows(self._places.seeded, database)
        running.control.start_functions(
            [*stack.NEEDED_FIRST, *(() if is_seeded else (stack.KNOWLEDGE,))]
        )
        build.remove_other_builds(self._places, running.build)
        self._embed_again_if_needed(running, outputs["KbIngestFunctionName"])
        stack.verify_mail_domain(running.aws)
        stack.put_service_key(
            running.aws, outputs["TasksTableName"], service_key(self._places.service_key)
        )
        if not is_seeded:
            sampledata.load(
                running.aws,
                outputs["DocumentsBucketName"],
                running.database_url,
                # A database that is new has none, whatever is in the bucket.
                put_all=True,
            )
            self._places.note(self._places.seeded, database)
            self._done("Loaded the sample data")
        running.control.start_functions(list(stack.NEEDED_NEXT))
        self._wait_for_api()
        if self._pages is not None:
            self._pages.result()
        running.control.save()
        self._write_environment(running, outputs)
        self._welcome(running)

    def _start_processes(self) -> Running:
        """Starts side by side what does not need each other."""
        say(f"Starting in {self._settings.data_dir}")
        ports, former_ports = places.keep_ports(self._places.ports, ("emulator", "model"))
        if (former := former_ports.get("emulator", ports["emulator"])) != ports["emulator"]:
            places.move_port(self._places.emulator_state, former, ports["emulator"])
        database = self._in_background(self._start_postgres)
        built = self._in_background(self._build)
        self._pages = self._in_background(self._build_pages)
        issuer = self._open_issuer()
        control = Control(f"http://127.0.0.1:{ports['emulator']}")
        emulator = self._in_background(lambda: self._start_emulator(control, ports, issuer))
        model = self._in_background(lambda: self._start_model(ports["model"]))
        emulator.result()
        return Running(
            aws=Aws(control.endpoint_url),
            control=control,
            database_url=database.result(),
            model_url=model.result(),
            issuer=issuer,
            build=built.result(),
        )

    def _in_background[T](self, work: Callable[[], T]) -> Job[T]:
        job = Job(work)
        self._jobs.append(job.thread)
        return job

    def _start_postgres(self) -> str:
        given = self._settings.database_url
        if given is not None and not is_embedded(given, self._places):
            return given
        self._postgres = EmbeddedPostgres(self._places.postgres)
        try:
            url = self._postgres.start()
        except PostgresError as error:
            raise LocalStackError(f"Postgres did not start: {one_line(str(error))}") from error
        link = self._places.logs / "postgres.log"
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(self._postgres.log_path)
        self._done("Postgres answers")
        return url

    def _open_issuer(self) -> Issuer:
        own = f"http://127.0.0.1:{self._settings.port}/oidc"
        issuer = Issuer.open(self._places.issuer, own)
        port = urlsplit(issuer.url).port
        if port not in (None, self._settings.port) and not places.is_free(port):
            # Whoever holds a token of that address has to sign in again.
            issuer = Issuer.move(self._places.issuer, own)
        return issuer

    def _start_emulator(self, control: Control, ports: Mapping[str, int], issuer: Issuer) -> None:
        issuer_port = urlsplit(issuer.url).port
        config = {
            "data_dir": str(self._settings.data_dir),
            "emulator_port": ports["emulator"],
            "gateway_port": self._settings.port,
            "issuer_port": None if issuer_port == self._settings.port else issuer_port,
        }
        file = places.write_json(self._places.emulator / "config.json", config)
        child = self._children.start(
            "the emulator",
            [sys.executable, "-m", "localstack.emulator", str(file)],
            log=self._places.logs / "emulator.log",
            environment=clean_environment(),
        )
        wait_until(control.is_ready, EMULATOR_SECONDS, "the emulator", child)
        self._done("The emulator answers")

    def _start_model(self, port: int) -> str:
        if not self._settings.is_offline:
            return self._settings.openai_base_url
        self._places.model_cache.mkdir(parents=True, exist_ok=True)
        child = self._children.start(
            "the offline model",
            [sys.executable, "-m", "localstack.offline_model",
             "--port", str(port), "--cache", str(self._places.model_cache)],
            log=self._places.logs / "model.log",
            environment=clean_environment(),
        )  # fmt: skip
        url = f"http://127.0.0.1:{port}/v1"
        wait_until(lambda: answers(f"{url}/models"), MODEL_SECONDS, "the offline model", child)
        self._done("The offline model answers")
        return url

    def _build(self) -> Path:
        built = build.find(self._places)
        if built is None:
            built = build.build(self._places, self._children)
            self._done("Built the functions")
        return built

    def _build_pages(self) -> None:
        """Builds the pages; without them the API answers all the same."""
        child = self._children.start(
            "the pages",
            [sys.executable, str(ROOT / "scripts" / "web.py")],
            log=self._places.logs / "web.log",
            environment=os.environ,
        )
        status = child.process.wait()
        self._children.forget(child)
        if status != 0:
            say(f"  The pages could not be built: see {child.log}")
        elif not (ROOT / "web" / "dist" / "index.html").exists():
            say(f"  {one_line(child.log_tail())}")

    def _deploy(self, running: Running) -> Mapping[str, str]:
        deployment, former = stack.bring_up_to_date(
            running.aws,
            self._places,
            running.build,
            stack.parameters(
                self._settings,
                issuer=running.issuer.url,
                model_url=running.model_url,
                database_secret=stack.put_database_secret(running.aws, running.database_url),
            ),
            running.database_url,
        )
        if deployment is not former:
            self._done("Deployed the stack")
        return deployment.outputs

    def _embed_again_if_needed(self, running: Running, function_name: str) -> None:
        model, noted = self._settings.embedding_model, self._places.embedded
        if noted.exists() and noted.read_text() != model:
            say(f"Embedding the knowledge with {model}")
            # A round ends in time for the function's own limit.
            while not stack.invoke(running.aws, function_name, {"action": "reindex"})["done"]:
                pass
            self._done("Embedded the knowledge again")
        noted.write_text(model)

    def _wait_for_api(self) -> None:
        health = f"{self._url}/api/health"
        try:
            wait_until(lambda: answers(health), API_SECONDS, "the API")
        except LocalStackError as error:
            raise LocalStackError(
                f"{error}: {answer_of(health)}; logs are in {self._places.logs}"
            ) from error

    def _write_environment(self, running: Running, outputs: Mapping[str, str]) -> None:
        places.write_environment(
            self._places.environment,
            {
                "FRONTDESK_URL": self._url,
                **running.aws.environment(),
                "DOCUMENTS_BUCKET": outputs["DocumentsBucketName"],
                "CHAT_QUEUE_URL": outputs["ChatQueueUrl"],
                "CHAT_DLQ_URL": outputs["ChatDlqUrl"],
                "TASKS_TABLE": outputs["TasksTableName"],
                "DATABASE_URL": running.database_url,
            },
        )

    def _welcome(self, running: Running) -> None:
        say(f"Frontdesk is ready: {self._url}")
        if self._settings.is_offline:
            say("The offline model answers: no key, no network (OPENAI_API_KEY=… for OpenAI)")
        else:
            where = f" at {running.model_url}" if running.model_url else ""
            say(f"{self._settings.llm_model} answers{where}")
        say(f"The chat widget: {self._url}/\nThe console: {self._url}/console")
        prefix = make_prefix(self._settings)
        say(
            "Try:\n"
            f"  {prefix}make chat\n"
            f"  {prefix}EMAIL=john.smith@techstartup.com make chat\n"
            f"""  curl {self._url}/api/chat/sync -H 'content-type: application/json' """
            """-d '{"message": "How do I create a new project?"}'"""
        )

    # ── running and stopping ──────────────────────────────────────────────────────────────────

    def _watch(self) -> None:
        while True:
            if (child := self._children.ended()) is not None:
                raise LocalStackError(
                    f"{child.name} ended by itself (status {child.exit_status}): see {child.log}"
                )
            if self._postgres is not None and not is_alive(self._postgres.pid):
                raise LocalStackError(f"Postgres ended by itself: see {self._postgres.log_path}")
            time.sleep(WATCH_SECONDS)

    def _stop(self) -> None:
        self._places.environment.unlink(missing_ok=True)
        self._children.stop()
        deadline = time.monotonic() + STARTING_THREADS_SECONDS
        for job in self._jobs:
            job.join(max(0.0, deadline - time.monotonic()))
        if self._postgres is not None:
            self._postgres.stop()
        # Processes of functions, where the emulator could not end them.
        stop_left_behind(self._settings.data_dir)

    @property
    def _url(self) -> str:
        return f"http://127.0.0.1:{self._settings.port}"

    def _done(self, what: str) -> None:
        say(f"  {time.monotonic() - self._began:5.1f} s  {what}")


def say(text: str) -> None:
    """Tells the user something; nobody listening is no reason to fail."""
    with contextlib.suppress(BrokenPipeError):
        print(text, flush=True)


def one_line(text: str) -> str:
    """Returns the last line that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def check_port(port: int) -> None:
    """Makes sure that the gateway's port can be had.

    Raises:
        LocalStackError: Somebody else has it.
    """
    if not places.is_free(port):
        raise LocalStackError(f"port {port} is in use: choose another one with PORT=…")


def check_disk(data_dir: Path) -> None:
    """Makes the data directory, and makes sure that there is room in it.

    Raises:
        LocalStackError: There is not, or it cannot be made.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LocalStackError(f"{data_dir} cannot be made: {error.strerror}") from error
    free = shutil.disk_usage(data_dir).free
    if free < NEEDED_BYTES:
        raise LocalStackError(
            f"the disk is full: {free >> 20} MB are left in {data_dir}, "
            f"and {NEEDED_BYTES >> 20} MB are needed"
        )


def clean_environment() -> dict[str, str]:
    """Makes an environment without anything of the user's own: no keys, no settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {**kept, "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def answers(url: str) -> bool:
    """Tells whether a URL answers with success.

    Raises:
        OSError: Nobody is there.
    """
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bool(200 <= answer.status < 300)
    except urllib.error.HTTPError:
        return False


def answer_of(url: str) -> str:
    """Returns what a URL answers, in a few words for the user."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return f"it answers {answer.status}"
    except urllib.error.HTTPError as error:
        return f"it answers {error.code} {error.read(500).decode(errors='replace')}"
    except OSError as error:
        return str(error)


def service_key(file: Path) -> str:
    """Returns the local service key; makes one where there is none."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(f"fdk_{secrets.token_hex(SERVICE_KEY_BYTES)}")
    return file.read_text()


def is_embedded(database_url: str, kept: Places) -> bool:
    """Tells whether a URL is that of our own Postgres: somebody has sourced ``DATA_DIR/env``."""
    password = urlsplit(database_url).password
    identity = kept.postgres / "identity.json"
    return bool(password) and identity.exists() and f'"{password}"' in identity.read_text()


def make_prefix(settings: Settings) -> str:
    """Returns what has to stand before ``make`` to mean this stack."""
    parts = []
    if settings.port != DEFAULT_PORT:
        parts.append(f"PORT={settings.port} ")
    if settings.data_dir != (ROOT / DEFAULT_DATA_DIR).resolve():
        parts.append(f"DATA_DIR={shlex.quote(str(settings.data_dir))} ")
    return "".join(parts)


@contextlib.contextmanager
def stop_on_signals() -> Iterator[None]:
    """Raises `Stopped` on SIGINT, SIGTERM and SIGHUP, and once the `make` above us is gone."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        ignore_signals()
        raise Stopped

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    watch = MakeWatch()
    finished = threading.Event()

    def watch_make() -> None:
        while not finished.wait(WATCH_SECONDS):
            if watch.is_gone:
                os.kill(os.getpid(), signal.SIGTERM)
                return

    threading.Thread(target=watch_make, daemon=True).start()
    try:
        yield
    finally:
        finished.set()


def ignore_signals() -> None:
    """Lets nothing interrupt us any more."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
