"""The sender's own plan and invoices are asked for in other languages than English, too."""

import pytest

from agent_worker.agents.first_calls import first_calls
from agent_worker.agents.roster import ORDER
from agent_worker.memory import Window
from agent_worker.routing.own_records import asks_for_own_records
from agent_worker.tools.arguments import INVOICES, SUBSCRIPTION
from frontdesk.domain.task import AgentName, RouteLabel
from tests.support.fake_model import ScriptedModel, text
from tests.support.worker import GUEST, Desk

ASKED = [
    ("Zeig mir meine Rechnungen", INVOICES),
    ("Wann ist meine letzte Rechnung fällig?", INVOICES),
    ("Welchen Tarif habe ich?", SUBSCRIPTION),
    ("Wie viel kostet mein Abo?", SUBSCRIPTION),
    ("Montrez-moi mes factures", INVOICES),
    ("Quel forfait ai-je ?", SUBSCRIPTION),
    ("¿Cuándo vence mi factura?", INVOICES),
    ("¿Qué plan tengo?", SUBSCRIPTION),
    ("Quero ver as minhas faturas", INVOICES),
    ("Qual plano tenho?", SUBSCRIPTION),
    ("Vorrei vedere le mie fatture", INVOICES),
    ("Che piano ho?", SUBSCRIPTION),
]


@pytest.mark.parametrize(("message", "tool"), ASKED)
def test_own_records_are_asked_for_and_looked_up(message: str, tool: str) -> None:
    assert asks_for_own_records(message)
    assert [call.name for call in first_calls(ORDER, Window((), message))] == [tool]


@pytest.mark.parametrize(
    "message",
    [
        "Wie kann ich meinen Tarif ändern?",
        "Comment changer mon forfait ?",
        "¿Cómo cancelo mi suscripción?",
        "Was kostet der Professional-Tarif?",
        "Quanto custa o plano?",
        "I play the piano, which plan do I have?",
        "which plan am I on?",
    ],
)
def test_what_is_general_or_english_is_left_to_who_knows_more(message: str) -> None:
    assert not asks_for_own_records(message)


def test_they_are_routed_to_the_account_without_asking_a_model() -> None:
    model = ScriptedModel(text("Bitte melden Sie sich an."))

    task = Desk(model).ask("Zeig mir meine Rechnungen", GUEST)

    model.verify()
    assert task.route is not None
    assert (task.route.agent, task.agent) == (RouteLabel.ORDER, AgentName.ORDER)
