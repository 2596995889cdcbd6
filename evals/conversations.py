"""How well whole conversations go.

``python -m evals.conversations`` lets the worker itself, with the configured provider, hold the
conversations of ``evals/data/conversations.jsonl`` with the sample company's customers, and prints
one JSON object. They are graded on what can be checked: the route, the receipts (citations,
records, tickets, proposed actions), what must not be said, and the database at the end; not on
wording. With a model that is not deterministic, ``--runs K`` tells how many conversations succeed
K times out of K (pass^k).
"""

import argparse
import contextlib
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from evals.desk import EvaluatedDesk, evaluated_desk
from evals.provider import ProviderError, configured_provider
from frontdesk.clock import utc_now
from frontdesk.domain.actions import ActionKind
from frontdesk.domain.errors import FrontdeskError
from frontdesk.domain.ids import new_id
from frontdesk.domain.task import AgentName, QueuedMessage, RouteLabel, TaskResult, TaskStatus
from frontdesk.principal import Principal, PrincipalKind
from localstack.seed.records import CUSTOMERS
from localstack.settings import LocalStackError, Settings

DATA = Path(__file__).with_name("data") / "conversations.jsonl"

NAIVE_CALLS = 3
"""What a chain of router, tool choice and answer takes for every message."""

EMAILS = {customer.first_name.lower(): customer.email for customer in CUSTOMERS}
NOBODY = "nobody@example.com"
"""Verified, and without a record."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ExpectedTurn(_Part):
    """A message, and what its answer is held to.

    Attributes:
        confirm: True to send the token of the last proposal beside it; or a token.
        route: The routes that are right.
        cites: Titles of which one is cited; any where there are none; not checked where None.
        records: Kinds of records that are listed.
        facts: What is said: figures and identifiers, no wording.
        ticket: Whether a ticket is made or added to; not checked where None.
        action: The kind of action that is proposed.
        forbidden: What is not said anywhere in the answer.
    """

    say: str
    confirm: bool | str = False
    route: tuple[RouteLabel, ...] = ()
    agent: AgentName | None = None
    status: TaskStatus = TaskStatus.COMPLETED
    cites: tuple[str, ...] | None = None
    records: tuple[Literal["subscription", "invoice", "customer", "ticket"], ...] = ()
    facts: tuple[str, ...] = ()
    ticket: bool | None = False
    action: ActionKind | None = None
    forbidden: tuple[str, ...] = ()


class ExpectedState(_Part):
    """What the database holds at the end.

    Attributes:
        subscription: Fields of the customer's subscription; ``set`` stands for any value.
        customer: Fields of the customer's record.
        done: How many actions were carried out.
        others_unchanged: True where no other customer's record was touched.
    """

    subscription: dict[str, str | None] = {}
    customer: dict[str, str | None] = {}
    tickets: int | None = None
    tickets_at_most: int | None = None
    done: int | None = None
    others_unchanged: bool = True


class Script(_Part):
    """A conversation to hold.

    Attributes:
        customer: A sample customer's first name, ``nobody``, or None for a guest.
    """

    id: str
    theme: str
    customer: str | None
    language: str | None = None
    turns: tuple[ExpectedTurn, ...]
    final: ExpectedState = ExpectedState()

    @property
    def principal(self) -> Principal:
        """Who holds it."""
        if self.customer is None:
            return Principal(kind=PrincipalKind.GUEST, subject=f"guest:{self.id}")
        email = EMAILS.get(self.customer, NOBODY)
        return Principal(
            kind=PrincipalKind.CUSTOMER, subject=f"evaluation|{self.customer}", email=email
        )


@dataclass
class Held:
    """A conversation that was held, and what was wrong with it."""

    script: Script
    results: list[TaskResult] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the evaluation.

    Args:
        arguments: Command-line arguments; the process's own where left out.

    Returns:
        An exit status.
    """
    options = _options(arguments)
    try:
        scripts = read_scripts(options.file)
        report = evaluate(scripts, Settings.from_environment(), runs=options.runs)
    except (OSError, ValueError, ValidationError, LocalStackError, ProviderError) as error:
        print(f"evals.conversations: {error}", file=sys.stderr)
        return 1
    except FrontdeskError as error:
        print(f"evals.conversations: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print(json.dumps(report, ensure_ascii=False))
    return 0


def read_scripts(path: Path = DATA) -> list[Script]:
    """Reads conversations.

    Args:
        path: A file of JSON lines.

    Returns:
        The conversations.
    """
    with path.open(encoding="utf-8") as file:
        return [Script.model_validate_json(line) for line in file if line.strip()]


def evaluate(scripts: Sequence[Script], settings: Settings, *, runs: int = 1) -> dict[str, Any]:
    """Holds conversations, several times over.

    Args:
        scripts: What to hold.
        settings: What the environment says.
        runs: How often.

    Returns:
        The report.
    """
    held: list[list[Held]] = []
    # What the worker logs is no part of the report.
    with contextlib.redirect_stdout(sys.stderr), configured_provider(settings) as provider:
        with evaluated_desk(provider, settings.data_dir / "evals") as desk:
            for run in range(runs):
                held.append([hold(script, desk) for script in scripts])
                good = sum(not one.faults for one in held[-1])
                print(f"run {run + 1}: {good} of {len(scripts)}", file=sys.stderr)
        model = provider.llm_model
    return report_of(held) | {"model": model}


def hold(script: Script, desk: EvaluatedDesk) -> Held:
    """Holds one conversation with records as they are in the beginning.

    Args:
        script: The conversation.
        desk: The worker.

    Returns:
        What came of it.
    """
    desk.reset()
    before = _records(desk)
    conversation_id = new_id("conv")
    held = Held(script)
    token: str | None = None
    for number, turn in enumerate(script.turns, start=1):
        confirmed = token if turn.confirm is True else turn.confirm or None
        result = desk.answer(
            QueuedMessage(
                task_id=new_id("task"),
                conversation_id=conversation_id,
                correlation_id=script.id,
                text=turn.say,
                principal=script.principal,
                language=script.language,
                confirm_action=confirmed,
                accepted_at=utc_now(),
            )
        )
        token = result.proposed_action.token if result.proposed_action else None
        held.results.append(result)
        held.faults += [f"turn {number}: {fault}" for fault in faults_of(turn, result)]
    held.faults += _faults_at_the_end(script, desk, before)
    return held


def faults_of(expected: ExpectedTurn, result: TaskResult) -> Iterator[str]:
    """Grades an answer.

    Args:
        expected: What it is held to.
        result: The answer.

    Yields:
        What is wrong.
    """
    if result.status is not expected.status:
        yield f"status {result.status}"
    route = result.route.agent if result.route else None
    if expected.route and route not in expected.route:
        yield f"routed {route}, not {' or '.join(expected.route)}"
    if expected.agent is not None and result.agent is not expected.agent:
        yield f"answered by {result.agent}"
    titles = [citation.title for citation in result.citations]
    if expected.cites is not None and not (
        set(titles) & set(expected.cites) if expected.cites else titles
    ):
        yield f"cites {titles}, not {list(expected.cites) or 'anything'}"
    kinds = {record.kind for record in result.records}
    yield from (f"lists no {kind}" for kind in expected.records if kind not in kinds)
    said = result.model_dump_json(include={"response", "records", "citations"}).lower()
    yield from (f"does not say {fact!r}" for fact in expected.facts if fact.lower() not in said)
    yield from (f"says {word!r}" for word in expected.forbidden if word.lower() in said)
    if expected.ticket is not None and (result.ticket is not None) != expected.ticket:
        yield "has a ticket" if result.ticket else "has no ticket"
    action = result.proposed_action.kind if result.proposed_action else None
    if action is not expected.action:
        yield f"proposes {action}, not {expected.action}"


def report_of(runs: Sequence[Sequence[Held]]) -> dict[str, Any]:
    """Sums up.

    Args:
        runs: Of each run, its conversations in the same order.

    Returns:
        The report, as JSON.
    """
    every = [held for run in runs for held in run]
    together = list(zip(*runs, strict=True))
    results = [result for held in every for result in held.results]
    by_theme: dict[str, list[bool]] = defaultdict(list)
    for held in every:
        by_theme[held.script.theme].append(not held.faults)
    calls: dict[str, list[int]] = defaultdict(list)
    for result in results:
        calls[str(result.agent)].append(result.usage.llm_calls)
    return {
        "n": len(together),
        "runs": len(runs),
        "turns": len(results),
        "success_rate": _share([not held.faults for held in every]),
        "pass_k": _share([all(not held.faults for held in same) for same in together]),
        "by_theme": {theme: _share(good) for theme, good in sorted(by_theme.items())},
        "routes": dict(Counter(str(r.route.agent) for r in results if r.route).most_common()),
        "degraded": sum(result.degraded for result in results),
        "llm_calls_mean": round(fmean(result.usage.llm_calls for result in results), 3),
        "llm_calls_naive": NAIVE_CALLS,
        "llm_calls_by_agent": {
            agent: round(fmean(counts), 3) for agent, counts in sorted(calls.items())
        },
        "answer_ms_mean": round(fmean(r.timings_ms.total for r in results)),
        "failures": [
            {"id": held.script.id, "theme": held.script.theme, "faults": held.faults}
            for held in every
            if held.faults
        ],
    }


def _faults_at_the_end(
    script: Script, desk: EvaluatedDesk, before: Mapping[str, dict[str, Any]]
) -> list[str]:
    wanted, found = script.final, []
    after = _records(desk)
    email = EMAILS.get(script.customer or "")
    own = after.get(email or "", {})
    for kind, fields in (("subscription", wanted.subscription), ("customer", wanted.customer)):
        for name, value in fields.items():
            present = own.get(f"{kind}_{name}")
            is_right = present is not None if value == "set" else _text(present) == value
            if not is_right:
                found.append(f"{kind}.{name} is {present}")
    if wanted.others_unchanged:
        touched = [who for who in before if who != email and before[who] != after.get(who)]
        found += [f"the record of {who} was changed" for who in touched]
    tickets = desk.rows("SELECT count(*) FROM tickets WHERE conversation_id IS NOT NULL")
    made = tickets[0]["count"]
    if wanted.tickets is not None and made != wanted.tickets:
        found.append(f"{made} tickets were made")
    if wanted.tickets_at_most is not None and made > wanted.tickets_at_most:
        found.append(f"{made} tickets were made")
    done = desk.rows("SELECT count(*) FROM proposed_actions WHERE status = 'done'")[0]["count"]
    if wanted.done is not None and done != wanted.done:
        found.append(f"{done} actions were carried out")
    return found


def _records(desk: EvaluatedDesk) -> dict[str, dict[str, Any]]:
    """Reads what belongs to each customer, by e-mail address."""
    rows = desk.rows(
        """
        SELECT c.email, c.phone AS customer_phone, c.company_name AS customer_company_name,
            c.version AS customer_version, s.plan AS subscription_plan,
            s.status AS subscription_status, s.end_date AS subscription_end_date,
            s.next_plan AS subscription_next_plan, s.version AS subscription_version
        FROM customers c LEFT JOIN subscriptions s ON s.customer_id = c.id
        """
    )
    return {row["email"]: row for row in rows}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _share(good: Sequence[bool]) -> float:
    return round(sum(good) / len(good), 4) if good else 0.0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evals.conversations", description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=DATA, metavar="FILE.jsonl")
    parser.add_argument("--runs", type=int, default=1, help="how often each is held (pass^k)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
