import json
from typing import Any

import pytest

from localstack.offline_model.languages import ENGLISH, languages
from localstack.offline_model.translated import describe_in, sympathy
from tests.support.offline_model import a_system, a_user, tool_round
from tests.unit.offline_model.test_chat import text_of
from tests.unit.offline_model.test_records import OVERDUE, PAID, SUBSCRIPTION

TICKET = {"number": "FD-AB123", "priority": "high", "expected_response_at": "2026-01-02T03:04:05Z"}
OTHERS = sorted(languages().keys() - {ENGLISH})


def said_in_german(question: str, tool: str, payload: Any, agent: str = "order") -> str:
    system = f"You are the {agent} agent. Markdown, in German, the language that the sender writes"
    return text_of(
        a_system(agent, f"{system} in."), a_user(question), *tool_round((tool, json.dumps(payload)))
    )


def test_a_complaint_is_answered_in_its_language_alone() -> None:
    # given a complaint in German, of which a ticket was made
    asked = "Das ist eine Frechheit!"

    # when it is answered
    text = said_in_german(asked, "create_support_ticket", {"ticket": TICKET}, "escalation")

    # then all of it is in German, with the ticket's number and time
    assert text == (
        "Das tut mir leid. Ihr Ticket ist **FD-AB123**; ein Mensch aus unserem Team antwortet bis "
        "2026-01-02 03:04 UTC."
    )


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"error": "not_signed_in"}, "Bitte melden Sie sich an"),
        ({"error": "no_account"}, "habe ich kein Konto gefunden"),
        ({"subscription": None}, "Zu Ihrem Konto gibt es kein Abonnement."),
        ({"subscription": SUBSCRIPTION | {"seats": 1}}, "49.00 USD monthly, 1 Platz, seit"),
        (
            {"subscription": SUBSCRIPTION | {"trial_end_date": "2026-05-06T00:00:00Z"}},
            "15 Plätze, seit 2026-01-02. Die Testphase endet am 2026-05-06.",
        ),
        (
            {"subscription": SUBSCRIPTION | {"renews_on": "2026-06-02"}},
            "seit 2026-01-02. Es verlängert sich am 2026-06-02.",
        ),
        (
            {"invoices": [PAID, OVERDUE]},
            (
                "Ihre letzten Rechnungen:\n\n"
                "- INV-2024-001: 53.41 USD, paid, fällig am 2026-02-01\n"
                "- INV-2024-005: 53.41 USD, overdue, fällig am 2026-02-01"
            ),
        ),
    ],
)
def test_what_a_tool_answered_is_told_in_german(payload: Any, expected: str) -> None:
    text = said_in_german("Was ist mit meinem Konto?", "get_account", payload)

    assert expected in text
    assert "our" not in text


def test_only_the_invoice_that_is_named_is_told() -> None:
    text = describe_in("de", {"invoices": [PAID, OVERDUE]}, "Und INV-2024-005?")

    assert text is not None
    assert "INV-2024-005" in text
    assert "INV-2024-001" not in text


@pytest.mark.parametrize(
    "payload",
    ["text", {"error": "out_of_reach"}, {"invoices": []}, {"ticket": {"number": "FD-1"}}, {"x": 1}],
)
def test_what_there_is_no_sentence_for_is_left_to_english(payload: Any) -> None:
    assert describe_in("de", payload, "?") is None


def test_what_is_none_of_the_companys_business_is_declined_in_its_language() -> None:
    text = text_of(
        a_system("FAQ", "The last message has nothing to do with us. Markdown, in the language"),
        a_system("FAQ", "Reply in the language with the tag `fr`."),
        a_user("Quel temps fait-il à Paris ?"),
    )

    assert text == languages()["fr"]["phrases"]["safe"]


@pytest.mark.parametrize("code", OTHERS)
def test_every_language_has_a_sentence_of_sympathy(code: str) -> None:
    sentence = sympathy(code)

    assert sentence.count(".") == 1
    assert languages()[code]["phrases"]["escalated"].startswith(sentence)
    assert sentence != languages()[code]["phrases"]["escalated"]
