from typing import Any

import pytest

from localstack.offline_model.conversation import read
from localstack.offline_model.requests import Message
from localstack.offline_model.routing import UNREAD, Route, route
from tests.support.offline_model import a_classifier, a_user, an_assistant


def routed(*messages: dict[str, Any]) -> Route:
    return route(read([Message.model_validate(message) for message in messages]), a_classifier())


def test_a_question_goes_where_examples_like_it_go() -> None:
    found = routed(a_user("show me my invoices"))

    assert found.label == "order"
    assert "show my invoices" in found.reasoning


@pytest.mark.parametrize(
    ("before", "expected"), [("show my invoices", "order"), ("what is the refund policy", "faq")]
)
def test_a_short_follow_up_stays_with_its_question(before: str, expected: str) -> None:
    assert (
        routed(a_user(before), an_assistant("Here."), a_user("and the other one?")).label
        == expected
    )


def test_a_follow_up_leans_to_who_spoke_last() -> None:
    plain = routed(a_user("hmm"), an_assistant("Here."), a_user("and that?"))
    tagged = routed(a_user("hmm"), an_assistant("(order agent:) Here."), a_user("and that?"))

    assert tagged.probabilities["order"] > plain.probabilities["order"]


def test_a_wish_for_a_person_needs_no_context() -> None:
    found = routed(a_user("show my invoices"), an_assistant("Here."), a_user("no, I want a human"))

    assert found.label == "escalation"


def test_saying_yes_to_a_ticket_is_an_escalation() -> None:
    found = routed(
        a_user("which plans are there"),
        an_assistant("Would you like me to open a ticket?"),
        a_user("ok"),
    )

    assert found.label == "escalation"


@pytest.mark.parametrize("text", ["hello", "thanks", ""])
def test_what_is_no_question_is_for_faq(text: str) -> None:
    assert routed(a_user(text)).label == "faq"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("¿Cuánto es weather joke?", "faq"),
        ("wann ist weather joke", "faq"),
        ("расскажи weather joke", "faq"),
        ("weather joke をお願いします", "faq"),
        ("what is the weather at the café", "out_of_scope"),
        ("tell me a joke", "out_of_scope"),
    ],
)
def test_what_it_cannot_read_is_not_declined(text: str, expected: str) -> None:
    found = routed(a_user(text))

    assert found.label == expected
    assert (found.confidence == UNREAD) is (expected == "faq")
