"""CPU time of a turn of our own code, beside the same turn with langgraph and openai-agents.

All three ask the same model, which answers at once and is a process of its own, three times: for a
route, for a tool, for the answer. Ours does the whole turn besides: it takes the message up,
reads the records under row level security, checks the reply, and commits it to Postgres.
"""

import contextlib
import json
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from agent_worker.routing.desk_router import DeskRouter
from agent_worker.routing.router import ModelRouter
from agent_worker.turn import TurnWorker
from benchmarks.instant_model import ANSWER
from evals.desk import EvaluatedDesk, evaluated_desk
from evals.provider import Provider
from frontdesk.clock import utc_now
from frontdesk.domain.ids import new_id
from frontdesk.domain.task import QueuedMessage
from frontdesk.principal import Principal, PrincipalKind
from localstack.settings import ROOT

QUESTION = "Are my invoices paid?"
MODEL_CALLS = 3
WARM_UP = 10
PEERS = ("langgraph", "openai_agents")

_JOHN = Principal(
    kind=PrincipalKind.CUSTOMER, subject="benchmark|john", email="john.smith@techstartup.com"
)


def measure(turns: int, folder: Path) -> dict[str, float]:
    """Measures the three, one after the other.

    Args:
        turns: How many turns each does.
        folder: For the database, and for the interpreter that has the peers installed.

    Returns:
        CPU milliseconds of a turn, by whose it is.
    """
    python = compare_python(folder / "compare")
    # What the worker logs is no part of the result.
    with contextlib.redirect_stdout(sys.stderr), instant_model() as base_url:
        measured = {"frontdesk": ours(turns, base_url, folder)}
        for peer in PEERS:
            measured[peer] = theirs(python, peer, turns, base_url)
    return measured


def ours(turns: int, base_url: str, folder: Path) -> float:
    """Measures our own turn, the whole of it.

    Args:
        turns: How many.
        base_url: Where the model is.
        folder: For the database.

    Returns:
        CPU milliseconds of a turn.
    """
    provider = Provider(base_url, "none", "instant", "instant-embedding")
    with evaluated_desk(provider, folder, wrap=_always_asking) as desk:
        desk.reset()
        for _ in range(WARM_UP):
            _turn(desk)
        started = time.process_time()
        for _ in range(turns):
            _turn(desk)
        return round((time.process_time() - started) * 1000 / turns, 2)


def theirs(python: Path, peer: str, turns: int, base_url: str) -> float:
    """Measures a peer's turn.

    Args:
        python: An interpreter that has it installed.
        peer: Its name.
        turns: How many.
        base_url: Where the model is.

    Returns:
        CPU milliseconds of a turn.
    """
    script = Path(__file__).parent / "peers" / f"{peer}_turn.py"
    printed = subprocess.run(
        [python, script, base_url, str(turns)], check=True, capture_output=True, text=True
    )
    return float(json.loads(printed.stdout))


@contextmanager
def instant_model() -> Iterator[str]:
    """Runs the model that answers at once; gives its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.instant_model"],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )
    try:
        port = process.stdout.readline().strip() if process.stdout else ""
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait()


def compare_python(folder: Path) -> Path:
    """Makes sure of an interpreter with the peers installed, and of nothing in our own.

    Args:
        folder: Where it is, or is made.

    Returns:
        The interpreter.
    """
    python, done = folder / "bin" / "python", folder / "installed"
    wanted = (ROOT / "requirements" / "compare.txt").read_text()
    if not done.exists() or done.read_text() != wanted:
        print("installing what our turn is compared with …", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        pinned = str(ROOT / "requirements" / "compare.txt")
        packages = ["--quiet", "--require-hashes", "-r", pinned]
        subprocess.run([python, "-m", "pip", "install", *packages], check=True, stdout=sys.stderr)
        done.write_text(wanted)
    return python


def _always_asking(worker: TurnWorker) -> TurnWorker:
    """Asks the model for every route, as the peers do."""
    team = worker.team
    return replace(worker, team=replace(team, router=DeskRouter(ModelRouter(team.prompts))))


def _turn(desk: EvaluatedDesk) -> None:
    result = desk.answer(
        QueuedMessage(
            task_id=new_id("task"),
            conversation_id=new_id("conv"),
            correlation_id="benchmark",
            text=QUESTION,
            principal=_JOHN,
            accepted_at=utc_now(),
        )
    )
    if result.response != ANSWER or result.usage.llm_calls != MODEL_CALLS:
        raise RuntimeError(f"another turn: {result.usage.llm_calls} calls, {result.response!r}")
