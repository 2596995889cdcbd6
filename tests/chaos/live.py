"""``make chaos-live``: faults in a stack that really runs, judged by the same checker.

Nothing is simulated: the whole stack of ``make dev``, callers over HTTP, and processes that are
killed, stopped or cut off. What goes wrong depends on the seed, what it hits on the machine.
DURATION (seconds), SEED and CUSTOMERS say how much of it.
"""

import json
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Lock
from typing import Any
from uuid import UUID

import httpx
import psutil
import psycopg

from localstack.stack import STACK_NAME
from tests.chaos.check import ENDED, check
from tests.chaos.effects import log_effects, take_effects
from tests.chaos.history import History, digest
from tests.support.stack import DAVID, JOHN, Stack

QUESTIONS = {
    "faq": ("How do I create a new project?", "What are the API rate limits?"),
    "order": ("Which plan am I on?", "Are my invoices paid?"),
    "escalation": ("I want to talk to a person.",),
}
SIGNED_IN = (JOHN, DAVID)

CONVERSATION_MESSAGES = 8
"""Then a customer begins another one."""

CALM_SECONDS = 6.0
"""Between two faults, at most."""

OUTAGE_SECONDS = (2.0, 15.0, 40.0)
"""How long something stands still; a call to the model is given up after eight."""

LONGEST_SECONDS = 700.0
"""A killed worker's message is hidden for its run's time; the checker asks for ten minutes."""

ATTEMPTS = 60
_CONNECTION = re.compile(r"postgres: frontdesk_(?:agent|desk)\b")
"""What Postgres calls the processes that serve the functions."""

CALLED_ROLES = ("agent-worker", "authorizer", "chat-ingest", "status")


class Notes:
    """A history that many threads write.

    Args:
        history: Where it is written.
        owner: A connection of the tables' owner.
    """

    def __init__(self, history: History, owner: psycopg.Connection[tuple[object, ...]]) -> None:
        self._history = history
        self._owner = owner
        self._lock = Lock()

    def note(self, kind: str, **fields: Any) -> None:
        """Adds a line."""
        with self._lock:
            self._history.note(kind, **fields)

    def note_effects(self) -> None:
        """Adds what has been committed since the last time."""
        with self._lock:
            for logged in take_effects(self._owner):
                # Who publishes an event claims it first; that is no effect.
                if (logged.relation, logged.operation) != ("domain_events", "UPDATE"):
                    self._history.note("effect", **logged.told())


class LiveCustomer:
    """Somebody who sends messages until told to stop, each until it is accepted.

    Args:
        number: Which of them; each second one is a guest.
        stack: The stack.
        notes: Where it is told.
        seed: What happens.
        credential: Whose; None for a guest.
    """

    def __init__(
        self, number: int, stack: Stack, notes: Notes, seed: int, credential: str | None
    ) -> None:
        self.tasks: dict[str, str | None] = {}
        self._number = number
        self._url = stack.url
        self._notes = notes
        self._random = random.Random(f"{seed}/live/{number}")
        self._own = credential
        self._credential = credential

    def converse(self, is_over: Callable[[], bool]) -> int:
        """Sends messages; returns how many were accepted."""
        kinds = ("faq", "escalation") if self._own is None else ("faq", "order", "escalation")
        number = 0
        conversation_id: str | None = None
        with httpx.Client(base_url=self._url, timeout=30) as client:
            while not is_over():
                if number % CONVERSATION_MESSAGES == 0:
                    conversation_id, self._credential = None, self._own
                wants = self._random.choice(kinds)
                body = {"message": self._random.choice(QUESTIONS[wants])}
                if conversation_id is not None:
                    body["conversation_id"] = conversation_id
                accepted = self._insist(client, body, number, wants)
                conversation_id = accepted["conversation_id"]
                self._credential = accepted.get("guest_token", self._credential)
                self.tasks[accepted["task_id"]] = self._credential
                number += 1
                if self._random.random() < 0.5:
                    self._wait(client, accepted["task_id"])
        return number

    def _insist(
        self, client: httpx.Client, body: dict[str, str], number: int, wants: str
    ) -> dict[str, Any]:
        key = str(UUID(int=self._random.getrandbits(128), version=4))
        self._notes.note(
            "request",
            request=key,
            customer=self._number,
            message=number,
            poison=None,
            wants=wants,
            confirms=None,
        )
        for _ in range(ATTEMPTS):
            with suppress(httpx.TransportError):
                headers = {"idempotency-key": key, **_authorization(self._credential)}
                answer = client.post("/api/chat", json=body, headers=headers)
                content: dict[str, Any] = answer.json()
                self._notes.note(
                    "response",
                    request=key,
                    status=answer.status_code,
                    task_id=content.get("task_id"),
                    conversation_id=content.get("conversation_id"),
                )
                if answer.status_code == httpx.codes.ACCEPTED:
                    return content
                if answer.is_client_error and answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                    raise AssertionError(f"{answer.status_code}: {answer.text}")
            time.sleep(1.0)
        raise AssertionError(f"not accepted in {ATTEMPTS} attempts")

    def _wait(self, client: httpx.Client, task_id: str) -> None:
        task = read_task(client, task_id, self._credential, wait=20)
        if task is not None:
            self._notes.note(
                "seen",
                task_id=task_id,
                status=task["status"],
                reply=digest(task["response"]),
            )


class Saboteur:
    """Breaks what runs, one thing after another.

    Args:
        stack: The stack.
        seed: What is done.
    """

    def __init__(self, stack: Stack, seed: int) -> None:
        self.done: list[str] = []
        self._stack = stack
        self._random = random.Random(f"{seed}/saboteur")

    def work(self, is_over: Callable[[], bool]) -> None:
        """Breaks things until told to stop, some while others stand still; those go on then."""
        with ThreadPoolExecutor(2) as threads:
            list(
                threads.map(
                    lambda deeds: self._do(deeds, is_over),
                    ((self._stop_postgres, self._stop_model), (self._kill, self._kill, self._cut)),
                )
            )

    def _do(self, deeds: Sequence[Callable[[], None]], is_over: Callable[[], bool]) -> None:
        while not is_over():
            time.sleep(self._random.uniform(0.5, CALM_SECONDS))
            with suppress(psutil.Error):
                self._random.choice(deeds)()

    def _kill(self) -> None:
        """Kills a function's process, whatever it is doing."""
        wanted = self._random.choice(CALLED_ROLES)
        running = [one for one in self._processes() if _function(one) == wanted]
        if running:
            self._random.choice(running).kill()
            self.done.append(f"{wanted} killed")

    def _cut(self) -> None:
        """Ends what serves the functions' connections, as an operator or a fail-over does."""
        serving = [one for one in self._processes() if _CONNECTION.match(" ".join(one.cmdline()))]
        for process in serving:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        self.done.append(f"{len(serving)} connections cut")

    def _stop_postgres(self) -> None:
        self._suspend("Postgres", lambda one: one.name() == "postgres")

    def _stop_model(self) -> None:
        self._suspend("model", lambda one: "localstack.offline_model" in one.cmdline())

    def _suspend(self, what: str, is_meant: Callable[[psutil.Process], bool]) -> None:
        seconds = self._random.choice(OUTAGE_SECONDS)
        meant = [one for one in self._processes() if is_meant(one)]
        try:
            for process in meant:
                process.suspend()
            time.sleep(seconds)
        finally:
            for process in meant:
                with suppress(psutil.NoSuchProcess):
                    process.resume()
        self.done.append(f"{what} stopped for {seconds:.0f} s")

    def _processes(self) -> Sequence[psutil.Process]:
        return psutil.Process(self._stack.pid).children(recursive=True)


def run(stack: Stack, path: Path, *, seconds: float, seed: int, customers: int) -> dict[str, Any]:
    """Lets customers talk to a stack while things go wrong, and has it judged.

    Args:
        stack: A stack that runs.
        path: Where the history is written.
        seconds: How long things go wrong.
        seed: What goes wrong.
        customers: How many talk at the same time.

    Returns:
        The checker's verdict, with what was done.
    """
    saboteur = Saboteur(stack, seed)
    with psycopg.connect(stack.environment["DATABASE_URL"], autocommit=True) as owner:
        log_effects(owner)
        before = _events(owner)
        began = time.monotonic()
        with History(path, lambda: time.monotonic() - began) as history:
            notes = Notes(history, owner)
            people = [
                LiveCustomer(
                    number,
                    stack,
                    notes,
                    seed,
                    stack.credential(EMAIL=SIGNED_IN[number // 2 % 2]) if number % 2 else None,
                )
                for number in range(customers)
            ]
            # Of each at least one conversation's; how many there will be depends on the machine.
            messages = customers * CONVERSATION_MESSAGES
            notes.note("run", seed=seed, messages=messages, conversations=customers)
            with _watched(notes):
                over = Event()
                with ThreadPoolExecutor(customers + 1) as threads:
                    broken = threads.submit(saboteur.work, over.is_set)
                    talks = [threads.submit(one.converse, over.is_set) for one in people]
                    over.wait(seconds)
                    over.set()
                    broken.result()
                    notes.note("faults_stopped")
                    sent = sum(talk.result() for talk in talks)
                _see_to_the_end(stack, people, notes)
            _note_events(stack, _events(owner) - before, notes)
            notes.note("end")
    return check(path) | {"seed": seed, "sent": sent, "faults": saboteur.done}


def read_task(
    client: httpx.Client, task_id: str, credential: str | None, *, wait: int = 0
) -> dict[str, Any] | None:
    """Reads a task.

    Args:
        client: A client of the stack.
        task_id: Which.
        credential: Whose it is.
        wait: Seconds to wait for its end.

    Returns:
        The task; None where it cannot be read now.
    """
    try:
        answer = client.get(
            f"/api/chat/status/{task_id}",
            params={"wait": wait},
            headers=_authorization(credential),
        )
    except httpx.TransportError:
        return None
    task: dict[str, Any] = answer.json()
    return task if answer.is_success else None


@contextmanager
def _watched(notes: Notes) -> Iterator[None]:
    """Notes what is committed, as it is committed."""
    over = Event()

    def watch() -> None:
        while not over.wait(0.2):
            notes.note_effects()

    with ThreadPoolExecutor(1) as threads:
        watching = threads.submit(watch)
        try:
            yield
        finally:
            over.set()
            watching.result()
            notes.note_effects()


def _see_to_the_end(stack: Stack, people: Sequence[LiveCustomer], notes: Notes) -> None:
    """Notes how each task ends, once its effects are noted."""
    left = {task_id: whose for person in people for task_id, whose in person.tasks.items()}
    give_up_at = time.monotonic() + LONGEST_SECONDS
    with httpx.Client(base_url=stack.url, timeout=30) as client:
        while left and time.monotonic() < give_up_at:
            for task_id, whose in list(left.items()):
                task = read_task(client, task_id, whose)
                if task is None or task["status"] not in ENDED:
                    continue
                notes.note_effects()
                _note_end(task, notes)
                del left[task_id]
            time.sleep(0.5)


def _note_end(task: dict[str, Any], notes: Notes) -> None:
    reply = digest(task["response"])
    notes.note(
        "task",
        task_id=task["task_id"],
        conversation_id=task["conversation_id"],
        was=None,
        status=task["status"],
        reply=reply,
        ticket_id=(task["ticket"] or {}).get("id"),
        degraded=task["degraded"],
        error=(task["error"] or {}).get("type"),
    )


def _note_events(stack: Stack, committed: AbstractSet[str], notes: Notes) -> None:
    """Notes what reached the bus, once all that was committed has; the stack keeps it in a file."""
    published: dict[str, str] = {}
    give_up_at = time.monotonic() + LONGEST_SECONDS
    while not committed <= published.keys() and time.monotonic() < give_up_at:
        time.sleep(0.5)
        written = (stack.data_dir / "events.jsonl").read_text().splitlines()
        published = {
            event["detail"]["event_id"]: event["detail-type"] for event in map(json.loads, written)
        }
    for event_id in published.keys() & committed:
        notes.note("event", event_id=event_id, type=published[event_id])


def _events(owner: psycopg.Connection[tuple[object, ...]]) -> set[str]:
    return {str(event_id) for (event_id,) in owner.execute("SELECT id FROM domain_events")}


def _authorization(credential: str | None) -> dict[str, str]:
    return {} if credential is None else {"authorization": f"Bearer {credential}"}


def _function(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        name = process.environ().get("AWS_LAMBDA_FUNCTION_NAME", "")
        return name.removeprefix(f"{STACK_NAME}-")
    return ""


def main() -> None:
    """Prints the verdict; ends with 1 where a promise was broken."""
    folder = Path(tempfile.mkdtemp(prefix="frontdesk-chaos-"))
    stack = Stack(folder / "stack")
    try:
        stack.start()
        verdict = run(
            stack,
            folder / "history.jsonl",
            seconds=float(os.environ.get("DURATION") or 180),
            seed=int(os.environ.get("SEED") or 1),
            customers=int(os.environ.get("CUSTOMERS") or 6),
        )
    finally:
        stack.stop()
    print(json.dumps(verdict, indent=2))
    sys.exit(verdict["verdict"] != "kept")


if __name__ == "__main__":
    main()
