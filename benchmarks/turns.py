"""CPU time of a turn of our own code, beside the same turn with langgraph and openai-agents.

Three figures, which must not be mixed up:

* ``three_model_calls_in_memory``: like for like. All three ask the same model, which answers at
  once and is a process of its own, three times: for a route, for a tool, for the answer. All get
  the same prompts, the same earlier messages, the same tools, and the same records in memory, and
  each asks through the model class that its users take: ours through our adapter of
  langchain-openai, langgraph through ChatOpenAI, openai-agents through its model of chat
  completions, its tracing switched off. The peers end with the model's words. Ours is the team of
  agents with all that it always does: it looks the records up once more before the first call,
  cleans and guards the reply, checks it against its receipts, writes the trace and the log lines.
* ``own_routing_in_memory``: the same question to the team as it is deployed, which routes by one
  embedding and has looked up what is asked for: one model call. No peer does this, so that it is
  no comparison of frameworks; it shows what the design saves.
* ``whole_worker_on_postgres``: what our worker does with a queued message, asking the model for
  the route: it takes it up, reads under row level security, commits and publishes. The tasks table
  and the queue are in memory; Postgres' own time is not in it. No peer stores anything.

Everybody runs in a process of its own, in turn, several rounds; each figure is the median of them.
"""

import contextlib
import json
import statistics
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

from benchmarks.our_turn import Kind, described
from localstack.settings import ROOT, Settings

ROUNDS = 3
TURNS = 100
PEERS = {"langgraph": "langgraph", "openai_agents": "openai-agents"}
"""Each peer's script, and the distribution that it shows."""


def measure(
    folder: Path, *, turns: int = TURNS, rounds: int = ROUNDS
) -> dict[str, dict[str, float]]:
    """Measures all of them.

    Args:
        folder: For the database, and for the interpreter that has the peers installed.
        turns: How many turns each does in a round.
        rounds: How many rounds.

    Returns:
        CPU milliseconds of a turn, by figure and by whose it is.
    """
    python = compare_python(folder / "compare")
    described_turn = folder / "turn.json"
    measured: dict[str, list[float]] = {}
    with instant_model() as base_url:
        # What the team logs is no part of the result.
        with contextlib.redirect_stdout(sys.stderr):
            described_turn.write_text(json.dumps(described(base_url)), encoding="utf-8")
        for _ in range(rounds):
            for kind in Kind:
                one = _printed(
                    sys.executable, "-m", "benchmarks.our_turn", kind, base_url, turns, folder
                )
                measured.setdefault(kind, []).append(one)
            for peer in PEERS:
                script = Path(__file__).parent / "peers" / f"{peer}_turn.py"
                one = _printed(python, script, base_url, turns, described_turn)
                measured.setdefault(peer, []).append(one)
    middle = {name: statistics.median(found) for name, found in measured.items()}
    return {
        "three_model_calls_in_memory": {
            "frontdesk_agents": middle[Kind.MODEL_DECIDES],
            **{name: middle[peer] for peer, name in PEERS.items()},
        },
        "own_routing_in_memory": {"frontdesk_agents_one_model_call": middle[Kind.OWN_ROUTING]},
        "whole_worker_on_postgres": {"frontdesk_worker_three_model_calls": middle[Kind.WORKER]},
    }


@contextlib.contextmanager
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


def _printed(*command: object) -> float:
    """Runs what prints its figure last."""
    printed = subprocess.run(
        [str(word) for word in command], check=True, stdout=subprocess.PIPE, cwd=ROOT, text=True
    )
    return float(json.loads(printed.stdout.splitlines()[-1]))


if __name__ == "__main__":
    found = measure(Settings.from_environment().data_dir / "bench")
    json.dump(found, sys.stdout, indent=2)
    print()
