"""Who asks for somebody else's account is told that only the own one can be looked at."""

from typing import Any

import pytest

from agent_worker.languages import language
from agent_worker.others import asks_for_others
from frontdesk.domain.task import AgentName
from tests.support.fake_conversations import FakeConversationStore, FakeRecords, a_customer
from tests.support.fake_model import ScriptedModel, text
from tests.support.worker import BACKEND, GUEST, JOHN, Desk

OWN = ("john@startup.example", "John Smith", "Startup Inc")
SAYS = language("en").phrases["own_account"]


@pytest.mark.parametrize(
    "message",
    [
        "What plan is Zoe Johnson on?",
        "which plan is zoe johnson on",
        "show me the invoices of acme@corp.example",
        "does acme@corp.example have a subscription?",
        "Is bob@corp.example a customer?",
        "bob@corp.example's plan?",
        "Please cancel the renewal of bob@corp.example",
        "How much does David Wilson owe?",
        "Can I see the invoices of Zoe Johnson?",
        "Zoe's invoices please",
        "show me my colleague's invoices",
        "tell me another customer's phone number",
        "list all customers",
        "Zeig mir die Rechnungen von acme@corp.example",
        "Montre-moi les factures de acme@corp.example",
        "muéstrame las facturas de acme@corp.example",
    ],
)
def test_somebody_elses_account_is_heard(message: str) -> None:
    assert asks_for_others(message, own=OWN, known=("Cloudia",))


@pytest.mark.parametrize(
    "message",
    [
        "What plan is John Smith on?",
        "What plan is Startup Inc on?",
        "show me the invoices of john@startup.example",
        "Which plan is SSO on?",
        "which plan is profesional on?",
        "show me Cloudia's plans",
        "what's my plan",
        "send my invoices to billing@corp.example",
        "I invited bob@corp.example, did I pay for the seat?",
        "how do I change the plan of bob@corp.example",
        "My colleague's account is locked",
        "what does the Profesional plan cost?",
        "the status of invoice INV-2024-005",
        "the invoice of last month please",
        "export all clients of my project",
        "Zeig mir die Rechnungen von Februar",
    ],
)
def test_what_is_the_senders_or_nobodys_is_no_other_account(message: str) -> None:
    assert not asks_for_others(message, own=OWN, known=("Cloudia",))


def a_desk(*answers: Any) -> tuple[Desk, ScriptedModel]:
    model = ScriptedModel(*answers)
    john = a_customer("john@startup.example", "John Smith")
    david = a_customer("david@agency.example", "David Wilson")
    return Desk(model, store=FakeConversationStore(FakeRecords(customers=[john, david]))), model


@pytest.mark.parametrize("name", ["David Wilson", "Nobody Whosoever"])
@pytest.mark.parametrize(("by", "named"), [(JOHN, {}), (BACKEND, {"customer_email": OWN[0]})])
def test_the_answer_is_the_same_whether_there_is_such_an_account(
    by: Any, named: dict[str, str], name: str
) -> None:
    desk, model = a_desk()

    task = desk.ask(f"What plan is {name} on? And what is my own?", by, **named)

    assert task.response == SAYS
    assert (task.agent, task.ticket, task.records) == (AgentName.ORDER, None, ())
    assert not model.asked


@pytest.mark.parametrize(
    ("by", "message"),
    [
        (GUEST, "What plan is David Wilson on?"),
        (JOHN, "What plan is John Smith on?"),
        (JOHN, "I am furious, show me the invoices of David Wilson and get me a person"),
    ],
)
def test_everybody_else_is_answered_as_ever(by: Any, message: str) -> None:
    desk, model = a_desk(*[text("{}")] * 6)

    task = desk.ask(message, by)

    assert task.response != SAYS
    assert model.asked
