"""How long a customer waits for an answer on the one-machine stack, and where the time goes.

Starts a stack of its own with the offline model, asks FAQ questions until it is warm, then measures
at one client and at several. Prints one JSON object; times are milliseconds. A stage's time is what
the task itself reports (`timings_ms`); the rest of the wait is the way through gateway, authorizer,
ingest and the reading of the answer. `cpu_ms` is what each process used a message: functions with
their libraries, and apart from them Postgres, the emulator and the offline model.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import httpx

from benchmarks import load_report
from benchmarks.processes import cpu_seconds, per_message
from evals.measures import percentile
from localstack.settings import Settings
from localstack.stack import STACK_NAME
from tests.support.polling import eventually
from tests.support.stack import Stack

QUESTIONS = (
    "How do I create a new project?",
    "What subscription plans are available?",
    "How do I upgrade my subscription plan?",
    "How do I reset my password?",
    "Can I get a refund for an annual plan?",
    "How long do you keep deleted projects?",
    "What are the API rate limits?",
    "Does the mobile app work offline?",
)
WARM_UP = 2 * len(QUESTIONS)
"""Twice each: the functions' processes are up then, and the offline model knows the passages."""

TRAINING_SECONDS = 90
"""The router learns beside the first turns, some ten seconds; meanwhile it asks the model."""

FUNCTION_PREFIX = f"{STACK_NAME}-"
"""What the local stack's functions are called, before their own names."""

STAGES = ("queued", "routing", "answering", "total")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answered question.

    Attributes:
        submit: Milliseconds until the 202.
        wait: Milliseconds from sending the question to holding its answer.
        stages: What the task reports of itself, in milliseconds.
        model_calls: How often the chat model was asked.
    """

    submit: float
    wait: float
    stages: dict[str, int]
    model_calls: int


def ask(client: httpx.Client, question: str) -> Answer:
    """Asks a question as a new guest, and waits for its answer.

    Args:
        client: An HTTP client of the stack.
        question: What to ask.

    Returns:
        How long it took.

    Raises:
        RuntimeError: It was not answered from the knowledge base.
    """
    began = time.perf_counter()
    accepted = client.post("/api/chat", json={"message": question}).raise_for_status().json()
    submitted = time.perf_counter()
    headers = {"authorization": f"Bearer {accepted['guest_token']}"}
    status = client.get(accepted["status_url"], params={"wait": 20}, headers=headers)
    task = status.raise_for_status().json()
    ended = time.perf_counter()
    if task["status"] != "completed" or not task["citations"] or task["degraded"]:
        raise RuntimeError(f"{question!r} ended as {task['status']!r} without a source")
    return Answer(
        1000 * (submitted - began),
        1000 * (ended - began),
        task["timings_ms"],
        task["usage"]["llm_calls"],
    )


def warm_up(client: httpx.Client, *, model_calls: int = 1) -> None:
    """Asks until everything has been used, and turns are as they will be.

    Args:
        client: An HTTP client of the stack.
        model_calls: How many a turn takes: one where the router, when it is trained, finds the
            route by itself.
    """
    for question in islice(cycle(QUESTIONS), WARM_UP):
        ask(client, question)
    eventually(
        lambda: ask(client, QUESTIONS[0]).model_calls == model_calls,
        seconds=TRAINING_SECONDS,
        what=f"turn of {model_calls} model calls",
    )


def measure(client: httpx.Client, stack: Stack, *, clients: int, messages: int) -> dict[str, Any]:
    """Asks many questions.

    Args:
        client: An HTTP client of the stack; used by all threads.
        stack: The stack, whose processes are looked at.
        clients: How many ask at the same time.
        messages: How many questions are asked in all.

    Returns:
        Percentiles of the wait and of the submission, medians of the parts, and CPU a message.
    """
    used = cpu_seconds(stack.pid, prefix=FUNCTION_PREFIX)
    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        questions = islice(cycle(QUESTIONS), messages)
        answers = list(pool.map(lambda question: ask(client, question), questions))
    seconds = time.perf_counter() - began
    return {
        "clients": clients,
        "messages": messages,
        "messages_per_second": round(messages / seconds, 1),
        **_percentiles("answer", [answer.wait for answer in answers]),
        **_percentiles("submit", [answer.submit for answer in answers]),
        "stages_p50": {
            stage: round(statistics.median(answer.stages[stage] for answer in answers))
            for stage in STAGES
        },
        "cpu_ms": per_message(used, cpu_seconds(stack.pid, prefix=FUNCTION_PREFIX), messages),
    }


def _percentiles(of: str, milliseconds: Sequence[float]) -> dict[str, int]:
    return {
        f"{of}_p{percent}": round(percentile(milliseconds, percent / 100))
        for percent in (50, 95, 99)
    }


def _measure_warm(
    client: httpx.Client, stack: Stack, clients: int, messages: int
) -> dict[str, Any]:
    # More clients start more processes, and that costs more than the messages do.
    measure(client, stack, clients=clients, messages=messages // 2)
    return measure(client, stack, clients=clients, messages=messages)


def measure_stack(*, clients: Sequence[int], messages: int) -> dict[str, Any]:
    """Starts a stack, measures it, and stops it.

    Args:
        clients: How many clients ask at the same time, one measurement each.
        messages: How many questions are asked in each.

    Returns:
        Seconds until the stack was ready, and a measurement for each number of clients.
    """
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder) / "data")
        try:
            ready = stack.start()
            with httpx.Client(base_url=stack.url, timeout=40) as client:
                warm_up(client)
                loads = [_measure_warm(client, stack, n, messages) for n in clients]
        finally:
            stack.stop()
    return {"ready_seconds": round(ready, 1), "loads": loads}


def main() -> None:
    """Measures what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--messages", type=int, default=100, help="questions a measurement")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 4, 16], help="at one time")
    options = parser.parse_args()
    measured = measure_stack(clients=options.clients, messages=options.messages)
    report = load_report.write(
        Settings.from_environment().data_dir / "bench" / "report.html", measured["loads"]
    )
    json.dump({"answers_ms": measured, "report": str(report)}, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
