"""Our own turn, in a process of its own: prints the CPU milliseconds of one.

There are three of it. ``MODEL_DECIDES``: the team of agents on stores in memory, asking the model
for every route. ``OWN_ROUTING``: the same with the router as it is deployed, which embeds the
message and does not ask. ``WORKER``: all that a worker does with a queued message, on Postgres.
What is in the team's turn: routing, the look-up before the first call, the tools, the guards, the
check of the reply against its receipts, the trace and the log lines.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from agent_worker.budget import TurnBudget
from agent_worker.guards import OutboundGuard
from agent_worker.memory import Window
from agent_worker.model_session import ModelSession
from agent_worker.prompting import PromptLibrary
from agent_worker.routing.desk_router import DeskRouter
from agent_worker.routing.examples import examples
from agent_worker.routing.learned import LearnedRouting
from agent_worker.routing.router import ModelRouter
from agent_worker.team import Team
from agent_worker.telemetry import Telemetry
from agent_worker.tools.results import invoices as shown
from agent_worker.tools.toolbox import Toolbox
from agent_worker.turn import TurnWorker
from benchmarks.instant_model import ANSWER, CONTENT, EMBEDDING, INSISTENT, TOOL
from evals.desk import COMPANY_NAME, COMPANY_PROFILE, EvaluatedDesk, evaluated_desk
from evals.provider import Provider
from frontdesk.adapters.openai_chat import OpenAIChatModel
from frontdesk.adapters.openai_embeddings import OpenAIEmbeddings
from frontdesk.clock import utc_now
from frontdesk.domain.actions import ActionKind, ActionPolicy
from frontdesk.domain.conversation import Message, MessageRole
from frontdesk.domain.ids import new_id
from frontdesk.domain.model import Completion, OutputSchema, PromptMessage, ToolSpec
from frontdesk.domain.task import AgentName, QueuedMessage
from frontdesk.ports import ChatModel
from frontdesk.pricing import PRICES
from frontdesk.principal import Principal, PrincipalKind
from tests.support.actions import a_subscription, an_invoice
from tests.support.fake_conversations import FakeAccountReader, FakeRecords, a_customer
from tests.support.fake_knowledge import FakeKnowledgeSearch
from tests.support.fake_router_models import FakeRouterModelStore

QUESTION = "Are my invoices paid?"
WARM_UP = 10
MODEL_CALLS = 3
TEMPERATURE = 0.3
TURN_SECONDS = 60.0

JOHN = Principal(
    kind=PrincipalKind.CUSTOMER, subject="benchmark|john", email="john.smith@techstartup.com"
)

_SAID = (
    (MessageRole.CUSTOMER, "Hello, how do I invite a colleague to a project?"),
    (
        MessageRole.ASSISTANT,
        "Open the project, choose *Members*, then *Invite*, and enter the colleague's address.",
    ),
    (MessageRole.CUSTOMER, "That worked. Which plan am I on?"),
    (MessageRole.ASSISTANT, "You are on the professional plan with 10 seats, billed monthly."),
)


class Kind(StrEnum):
    """Which of our turns is measured."""

    MODEL_DECIDES = "model_decides"
    OWN_ROUTING = "own_routing"
    WORKER = "worker"


@dataclass
class Overheard:
    """A model that remembers what it was asked; implements `frontdesk.ports.ChatModel`."""

    model: ChatModel
    asked: list[tuple[list[PromptMessage], list[ToolSpec]]] = field(default_factory=list)

    def complete(
        self,
        messages: Sequence[PromptMessage],
        *,
        tools: Sequence[ToolSpec] = (),
        output: OutputSchema | None = None,
        timeout: float,
    ) -> Completion:
        """Notes the prompt and asks the model."""
        self.asked.append((list(messages), list(tools)))
        return self.model.complete(messages, tools=tools, output=output, timeout=timeout)


class TeamInMemory:
    """The team of agents, on records, knowledge and a trained router in memory.

    Args:
        base_url: Where the model is.
        model: The model's name.
        routed: How routes are found.
    """

    def __init__(self, base_url: str, model: str, routed: Kind) -> None:
        self.model: ChatModel = OpenAIChatModel(
            lambda: "none", model=model, temperature=TEMPERATURE, base_url=base_url
        )
        self._telemetry = Telemetry()
        prompts = PromptLibrary(company_name=COMPANY_NAME, company_profile=COMPANY_PROFILE)
        learned = None
        if routed is Kind.OWN_ROUTING:
            learned = LearnedRouting(
                FakeRouterModelStore(),
                OpenAIEmbeddings(lambda: "none", base_url=base_url)(EMBEDDING),
                examples(),
                self._telemetry,
                run=lambda work: work(),
            )
        self._team = Team(
            # How sure it is does not matter here: these embeddings know words, not meanings.
            router=DeskRouter(ModelRouter(prompts), learned, sure_from=0.0),
            prompts=prompts,
            guard=OutboundGuard(
                link_hosts=frozenset({"cloudflow.example"}),
                secrets=lambda: (prompts.canary,),
                prompt_lines=prompts.own_lines(),
            ),
            telemetry=self._telemetry,
        )
        customer = a_customer(str(JOHN.email))
        subscription = a_subscription(customer.id)
        self.records = FakeRecords(
            customers=[customer],
            subscriptions=[subscription],
            invoices=[
                an_invoice(
                    customer.id,
                    f"INV-2024-00{number}",
                    subscription_id=subscription.id,
                    due_date=date(2024, number, 1),
                    paid_date=date(2024, number, 1),
                )
                for number in (1, 2)
            ],
        )
        self.earlier = tuple(
            Message(
                id=new_id("msg"),
                role=role,
                content=content,
                agent=AgentName.FAQ if role is MessageRole.ASSISTANT else None,
                created_at=utc_now(),
            )
            for role, content in _SAID
        )

    def answer(self) -> tuple[str, int]:
        """Answers the question; returns the reply, and how many model calls it took."""
        message, now = _message(), utc_now()
        session = ModelSession(self.model, TurnBudget(TURN_SECONDS), PRICES, self._telemetry)
        accounts = FakeAccountReader(
            self.records, email=message.account_email, subject=message.account_subject
        )
        toolbox = Toolbox(
            message=message,
            accounts=accounts,
            knowledge=FakeKnowledgeSearch(),
            find_open_ticket=lambda: None,
            clock=utc_now,
            telemetry=self._telemetry,
            on_stage=lambda _: None,
            actions=ActionPolicy(kinds=frozenset(ActionKind), valid_for=timedelta(minutes=15)),
        )
        window = Window(self.earlier, message.text)
        reply = self._team.answer(message, window, session, toolbox, now)
        return reply.text, session.usage.llm_calls


def described(base_url: str) -> dict[str, Any]:
    """Describes the turn for whoever does the same.

    Args:
        base_url: Where the model is.

    Returns:
        Prompts, conversation and tools, as ours sends them, and what the look-up returns.
    """
    team = TeamInMemory(base_url, INSISTENT, Kind.MODEL_DECIDES)
    overheard = Overheard(team.model)
    team.model = overheard
    team.answer()
    (router_prompt, *_), _ = overheard.asked[0]
    (order_prompt, *conversation), tools = overheard.asked[1]
    said = conversation[: len(team.earlier) + 1]
    return {
        "model": INSISTENT,
        "temperature": TEMPERATURE,
        "router_prompt": router_prompt.content,
        "order_prompt": order_prompt.content,
        "conversation": [{"role": one.role.value, "content": one.content} for one in said],
        "tools": [tool.model_dump(mode="json") for tool in tools],
        "look_up": TOOL,
        "records": shown(team.records.invoices),
        "answer": ANSWER,
    }


def measure(kind: Kind, turns: int, base_url: str, folder: Path) -> float:
    """Measures one kind of our turn.

    Args:
        kind: Which.
        turns: How many.
        base_url: Where the model is.
        folder: For the database.

    Returns:
        CPU milliseconds of a turn.
    """
    if kind is not Kind.WORKER:
        model = CONTENT if kind is Kind.OWN_ROUTING else INSISTENT
        return _timed(TeamInMemory(base_url, model, kind).answer, kind, turns)
    provider = Provider(base_url, "none", INSISTENT, EMBEDDING)
    with evaluated_desk(provider, folder, wrap=_always_asking) as desk:
        desk.reset()
        return _timed(lambda: _queued(desk), kind, turns)


def _timed(turn: Callable[[], tuple[str, int]], kind: Kind, turns: int) -> float:
    expected = (ANSWER, 1 if kind is Kind.OWN_ROUTING else MODEL_CALLS)
    for _ in range(WARM_UP):
        if (made := turn()) != expected:
            raise RuntimeError(f"another turn: {made}")
    started = time.process_time()
    for _ in range(turns):
        turn()
    return round((time.process_time() - started) * 1000 / turns, 2)


def _queued(desk: EvaluatedDesk) -> tuple[str, int]:
    result = desk.answer(_message())
    return result.response or "", result.usage.llm_calls


def _always_asking(worker: TurnWorker) -> TurnWorker:
    team = worker.team
    return replace(worker, team=replace(team, router=DeskRouter(ModelRouter(team.prompts))))


def _message() -> QueuedMessage:
    return QueuedMessage(
        task_id=new_id("task"),
        conversation_id=new_id("conv"),
        correlation_id="benchmark",
        text=QUESTION,
        principal=JOHN,
        accepted_at=utc_now(),
    )


def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", type=Kind)
    parser.add_argument("base_url")
    parser.add_argument("turns", type=int)
    parser.add_argument("folder", type=Path)
    chosen = parser.parse_args()
    measured = measure(chosen.kind, chosen.turns, chosen.base_url, chosen.folder)
    # The log lines before it are part of what is measured.
    print(json.dumps(measured))


if __name__ == "__main__":
    _main()
