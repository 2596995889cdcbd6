"""Where and when support can be reached is a general question, and no wish for a person."""

import pytest

from agent_worker.routing.reaching_us import MAX_WORDS, asks_to_reach_us
from frontdesk.domain.task import AgentName, RouteLabel
from tests.support.fake_knowledge import FakeKnowledgeSearch
from tests.support.fake_model import ScriptedModel, text
from tests.support.worker import GUEST, Desk, a_hit


@pytest.mark.parametrize(
    "message",
    [
        "How do I contact support?",
        "how can I reach you?",
        "what are your support hours?",
        "How can I contact your support team?",
        "how do i get in touch with customer service",
        "Where can I find support?",
        "what is your phone number?",
        "Is there a support phone number?",
        "do you have a hotline?",
        "Do you have live chat?",
        "support hours",
        "What's the support email address?",
        "when is support available?",
        "when are you open?",
        "are you open on sundays",
        "What time are you available on weekends?",
        "Can I call you?",
        "how do I call customer support",
        "do you offer phone support?",
        "What is your support email",
        "can i reach support by phone?",
        "Wie erreiche ich den Support?",
        "Wie kann ich Sie kontaktieren?",
        "Was sind Ihre Supportzeiten?",
        "Wann sind Sie erreichbar?",
        "Comment contacter le support ?",
        "Comment puis-je vous joindre ?",
        "Quels sont vos horaires ?",
        "¿Cómo puedo contactar con soporte?",
        "¿Cuál es el horario de atención?",
        "¿Cómo los contacto?",
        "Como posso contactar o suporte?",
        "Qual é o horário de atendimento?",
        "Come posso contattare l'assistenza?",
        "Quali sono gli orari dell'assistenza?",
    ],
)
def test_questions_of_where_support_can_be_reached(message: str) -> None:
    assert asks_to_reach_us(message)


@pytest.mark.parametrize(
    "message",
    [
        "I want to talk to a person",
        "how do I contact a real person?",
        "Is support included in the starter plan?",
        "How do I get help with my invoice?",
        "does the app support iPad?",
        "what formats do you support?",
        "can I email my invoice to my boss",
        "how do I change my phone number",
        "what phone number do you have on file for me",
        "how can I reach the API?",
        "How do I call the API?",
        "What is my phone number?",
        "how do I find my project?",
        "When does my trial end?",
        "what's the API rate limit support",
        "do you support SSO?",
        "Do you have a mobile app?",
        "do you offer a free plan?",
        "do you offer a free trial?",
        "how can I write to the API",
        "i cant reach your hotline, nobody picks up",
        "How do I get support for Slack notifications?",
        "Wie schreibe ich einen Kommentar?",
        "Wie kann ich Kontakte importieren?",
        "Comment écrire une note ?",
        "¿Cómo puedo escribir un comentario?",
        "Como posso escrever uma nota?",
        "Come posso scrivere un commento?",
        "Wie kann ich mein Team erreichen?",
        "What are the working hours of my team?",
        "how do I get service level agreement",
        "where can I reach support " + "now " * MAX_WORDS,
    ],
)
def test_questions_of_something_else(message: str) -> None:
    assert not asks_to_reach_us(message)


def test_it_is_looked_up_and_opens_no_ticket() -> None:
    # Given knowledge of how support can be reached
    model = ScriptedModel(text("Write to help@acme.example [1]."))
    knowledge = FakeKnowledgeSearch((a_hit("Write to help@acme.example."),))
    # When
    task = Desk(model, knowledge=knowledge).ask("How do I contact support?", GUEST)
    # Then
    model.verify()
    assert task.route is not None
    assert (task.route.agent, task.agent) == (RouteLabel.FAQ, AgentName.FAQ)
    assert task.ticket is None
    assert [one.title for one in task.citations] == ["Projects"]


@pytest.mark.parametrize(
    "message", ["I want to talk to a person", "how do I contact a real person?"]
)
def test_a_wish_for_a_person_stays_one(message: str) -> None:
    task = Desk(ScriptedModel(text("I'm sorry."))).ask(message, GUEST)

    assert task.agent is AgentName.ESCALATION
    assert task.ticket is not None
