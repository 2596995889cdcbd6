"""The sender's own plan and invoices are asked for in other languages than English, too."""

import pytest

from agent_worker.agents.first_calls import first_calls
from agent_worker.agents.roster import ORDER
from agent_worker.memory import Window
from agent_worker.routing.own_records import asks_for_own_profile, asks_for_own_records
from agent_worker.tools.arguments import CUSTOMER, INVOICES, SUBSCRIPTION
from frontdesk.domain.task import AgentName, RouteLabel
from tests.support.fake_conversations import FakeConversationStore
from tests.support.fake_model import ScriptedModel, text
from tests.support.worker import GUEST, JOHN, Desk
from tests.unit.agent_worker.test_answering import records_of_two

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


@pytest.mark.parametrize(
    "message",
    [
        "What is my e-mail address in your system?",
        "what company do I work for according to your data",
        "Which email am I registered with?",
        "do you have my phone number?",
        "is my email address correct?",
        "Wie lautet meine E-Mail-Adresse?",
        "Quelle est mon adresse e-mail ?",
        "¿Cuál es mi correo electrónico?",
        "Qual é o meu telefone?",
        "Qual è la mia azienda?",
    ],
)
def test_what_is_known_of_the_sender_is_looked_up(message: str) -> None:
    model = ScriptedModel(text("It is John's."))
    store = FakeConversationStore(records_of_two())
    desk = Desk(model, store=store)

    task = desk.ask(message, JOHN)

    model.verify()
    assert asks_for_own_profile(message)
    assert task.route is not None
    assert task.route.agent is RouteLabel.ORDER
    calls = store.turns[task.task_id][0].trace["tool_calls"]
    assert [call["name"] for call in calls] == [CUSTOMER]


@pytest.mark.parametrize(
    "message",
    [
        "what happens if I change my email?",
        "tell me how to change my name",
        "is my email encrypted",
        "is my company logo visible?",
        "what is the email of support",
        "How do I change my e-mail address?",
        "Wie kann ich meine E-Mail-Adresse ändern?",
    ],
)
def test_what_is_done_with_a_detail_is_a_general_question(message: str) -> None:
    assert not asks_for_own_profile(message)


@pytest.mark.parametrize(
    "message",
    [
        "When is my next payment?",
        "when do I have to pay again",
        "When will I be charged next?",
        "Wann ist meine nächste Zahlung?",
        "Quand est mon prochain paiement ?",
        "¿Cuándo es mi próximo pago?",
        "Quando é o meu próximo pagamento?",
        "Quando è il mio prossimo pagamento?",
    ],
)
def test_the_subscription_tells_when_something_is_due_next(message: str) -> None:
    assert SUBSCRIPTION in [call.name for call in first_calls(ORDER, Window((), message))]
