"""Greetings, thanks and questions about who answers: told apart, and answered without a look-up."""

from typing import Any

import pytest

from agent_worker.languages import CODES, language
from agent_worker.routing.small_talk import MAX_WORDS, is_small_talk
from frontdesk.domain.errors import ModelUnavailableError
from frontdesk.domain.task import AgentName, RouteLabel
from tests.support.fake_conversations import FakeConversationStore
from tests.support.fake_knowledge import FakeKnowledgeSearch
from tests.support.fake_model import ScriptedModel, text
from tests.support.worker import Desk, a_hit

SMALL_TALK = {
    "en": [
        "hi",
        "Hello there!",
        "Good morning, thanks",
        "ok thanks, that's all",
        "thank you so much 👍",
        "bye",
        "who are you?",
        "Are you human?",
        "are you a bot or a real person",
        "am I talking to a real person?",
        "what can you do",
        "Hi, how can you help me?",
        "help",
        "I need help",
        "can you help me?",
        "hello, I have a question",
        "what are you?",
        "are you ChatGPT?",
        "thank you, that helped!",
        "?",
        "…",
        "👍",
    ],
    "de": [
        "Guten Tag",
        "Vielen Dank, tschüss!",
        "Bist du ein Bot?",
        "Wer sind Sie?",
        "Hilfe",
        "Ich brauche Hilfe",
    ],
    "fr": [
        "Bonjour",
        "Merci beaucoup !",
        "Êtes-vous un robot ?",
        "Qui êtes-vous ?",
        "Pouvez-vous m'aider ?",
    ],
    "es": [
        "Hola, buenos días",
        "muchas gracias",
        "¿Eres un robot?",
        "¿Quién eres?",
        "necesito ayuda",
    ],
    "pt": [
        "Bom dia!",
        "Obrigada",
        "Você é um robô?",
        "Com quem estou falando?",
        "preciso de ajuda",
    ],
    "it": ["Buongiorno", "Grazie mille", "Sei un robot?", "Chi sei?", "ho bisogno di aiuto"],
}


def a_desk(*answers: Any) -> tuple[Desk, ScriptedModel]:
    model = ScriptedModel(*answers)
    knowledge = FakeKnowledgeSearch((a_hit("Click **New Project**."),))
    return Desk(model, knowledge=knowledge), model


@pytest.mark.parametrize(
    "message", [message for code in CODES for message in SMALL_TALK[code]], ids=str
)
def test_small_talk_is_heard_in_each_language(message: str) -> None:
    assert is_small_talk(message)


@pytest.mark.parametrize(
    "message",
    [
        "ok",
        "yes please",
        "no thanks",
        "thanks for nothing",
        "thanks, but it did not work",
        "hi, how do I add a user?",
        "I need help with my invoice",
        "that did not help",
        "help me reset my password",
        "can I talk to a real person",
        "what can you do about my refund",
        "how can you help me with my invoice",
        "are you open on sundays",
        "who are your competitors",
        "Danke für nichts",
        "Kann ich mit einem Menschen sprechen?",
        "hi " * (MAX_WORDS + 1),
    ],
)
def test_what_asks_for_more_is_no_small_talk(message: str) -> None:
    assert not is_small_talk(message)


def test_small_talk_is_answered_in_one_call_without_a_look_up_or_a_ticket() -> None:
    # Given
    desk, model = a_desk(text("I am an AI assistant of Acme's support team."))
    # When
    task = desk.ask("Am I talking to a real person?")
    # Then
    model.verify()
    assert task.response == "I am an AI assistant of Acme's support team."
    assert task.route is not None
    assert (task.agent, task.route.agent) == (AgentName.FAQ, RouteLabel.FAQ)
    assert task.ticket is None
    assert model.asked[0].offered == set()
    assert "You are an AI assistant, not a person." in model.asked[0].system
    # What was not looked up cannot be missing from the knowledge base.
    assert isinstance(desk.store, FakeConversationStore)
    assert desk.store.turns[task.task_id][0].trace["tool_calls"] == []


@pytest.mark.parametrize(("message", "code"), [("who are you?", "en"), ("Wer sind Sie?", "de")])
def test_without_the_model_it_still_says_what_it_is(message: str, code: str) -> None:
    desk, _ = a_desk(ModelUnavailableError("HTTP 503", retryable=False))

    task = desk.ask(message)

    assert (task.response, task.degraded) == (language(code).phrases["introduction"], True)
