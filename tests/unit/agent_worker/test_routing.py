"""Which specialist a message goes to."""

import json

import pytest

from agent_worker.agents.roster import FAQ, OUT_OF_SCOPE, specialist_for
from agent_worker.budget import TurnBudget
from agent_worker.memory import make_window
from agent_worker.model_session import ModelSession
from agent_worker.prompting import PromptLibrary
from agent_worker.routing.keywords import route_by_keywords
from agent_worker.routing.router import RECENT_MESSAGES, ModelRouter
from frontdesk.clock import utc_now
from frontdesk.domain.conversation import Message
from frontdesk.domain.errors import ModelOutputError
from frontdesk.domain.ids import new_id
from frontdesk.domain.model import Role
from frontdesk.domain.task import Route, RouteLabel
from frontdesk.pricing import PRICES
from tests.support.fake_model import ScriptedModel, route, text
from tests.support.worker import RecordingTelemetry

ROUTER = ModelRouter(PromptLibrary(company_name="Acme", company_profile="Planning software."))


def a_session(model: ScriptedModel) -> ModelSession:
    return ModelSession(
        model, TurnBudget(60.0), PRICES, RecordingTelemetry(), sleep=lambda _seconds: None
    )


def test_the_model_is_asked_for_a_route_by_schema() -> None:
    model = ScriptedModel(route("order", 0.8, "Asks for an invoice."))

    found = ROUTER.route(make_window([], task_id="t", text="My invoice?"), a_session(model))

    assert found == Route(agent=RouteLabel.ORDER, confidence=0.8, reasoning="Asks for an invoice.")
    [asked] = model.asked
    assert asked.system.startswith("You are the Router agent of Acme's support team.\n")
    assert "Planning software." in asked.system
    assert asked.output is not None
    assert asked.output.name == "route"
    assert asked.output.schema_["properties"]["agent"]["enum"] == [*RouteLabel]
    assert asked.tools == ()
    assert (asked.messages[-1].role, asked.messages[-1].content) == (Role.USER, "My invoice?")


def test_the_router_sees_recent_turns_and_who_answered_them() -> None:
    earlier = [
        Message.model_validate(
            {
                "id": new_id("msg"),
                "role": role,
                "content": f"{role} {number}",
                "agent": "order" if role == "assistant" else None,
                "created_at": utc_now(),
            }
        )
        for number in range(5)
        for role in ("customer", "assistant")
    ]
    model = ScriptedModel(route("order"))

    ROUTER.route(make_window(earlier, task_id="t", text="And the second one?"), a_session(model))

    shown = model.asked[0].messages[1:]
    assert len(shown) == RECENT_MESSAGES + 1
    assert shown[-2].content == "(order agent:) assistant 4"


@pytest.mark.parametrize(
    ("said", "confidence"), [(1.7, 1.0), (-3, 0.0), (0.5, 0.5), (0.123456789, 0.1235)]
)
def test_a_confidence_is_brought_into_its_range(said: float, confidence: float) -> None:
    model = ScriptedModel(route("faq", said))

    found = ROUTER.route(make_window([], task_id="t", text="Hi"), a_session(model))

    assert found.confidence == confidence


@pytest.mark.parametrize(
    "answer",
    [
        "faq",
        "{}",
        json.dumps({"agent": "boss", "confidence": 1, "reasoning": ""}),
        json.dumps({"agent": "faq", "confidence": "NaN", "reasoning": ""}),
    ],
)
def test_a_route_that_cannot_be_read_is_said(answer: str) -> None:
    with pytest.raises(ModelOutputError):
        ROUTER.route(
            make_window([], task_id="t", text="Hi"), a_session(ScriptedModel(text(answer)))
        )


@pytest.mark.parametrize(
    ("message", "label"),
    [
        ("How do I create a new project?", RouteLabel.FAQ),
        ("How do I upgrade my subscription plan?", RouteLabel.FAQ),
        ("What subscription plans are available?", RouteLabel.FAQ),
        ("Can you check my subscription status?", RouteLabel.ORDER),
        ("Which plan am I on? Show me my last invoice", RouteLabel.ORDER),
        ("Was my payment received?", RouteLabel.ORDER),
        ("I've been charged twice. I need to speak to someone.", RouteLabel.ESCALATION),
        ("I've been charged twice", RouteLabel.ESCALATION),
        ("I'm very frustrated", RouteLabel.ESCALATION),
        ("let me talk to a human", RouteLabel.ESCALATION),
        ("This is unacceptable!", RouteLabel.ESCALATION),
    ],
)
def test_keywords_route_when_no_model_can(message: str, label: RouteLabel) -> None:
    assert route_by_keywords(message).agent is label


def test_an_unsure_out_of_scope_asks_the_knowledge_base() -> None:
    sure = Route(agent=RouteLabel.OUT_OF_SCOPE, confidence=0.9)
    unsure = Route(agent=RouteLabel.OUT_OF_SCOPE, confidence=0.4)

    assert specialist_for(sure) is OUT_OF_SCOPE
    assert specialist_for(unsure) is FAQ
