"""The customer's own tickets, as the offline model looks for them and tells of them."""

from typing import Any

import pytest

from agent_worker.tools.arguments import TICKETS, spec
from localstack.offline_model.languages import languages
from localstack.offline_model.records import describe
from localstack.offline_model.translated import describe_in
from tests.support.offline_model import ACCOUNT_TOOLS, SEARCH, a_system, a_user
from tests.unit.offline_model.test_tool_choice import calls

_SPEC = spec(TICKETS)
TOOL = {
    "type": "function",
    "function": {
        "name": _SPEC.name,
        "description": _SPEC.description,
        "parameters": _SPEC.parameters,
    },
}
QUESTION = "Did anybody look at my ticket yet?"
NUMBERED = "What is the status of fd-7k2m9?"
ROW = {
    "number": "FD-7K2M9",
    "subject": "Sync fails",
    "status": "in_progress",
    "created_at": "2026-05-04T12:00+00:00",
    "expected_response_at": "2026-05-04T16:00+00:00",
}


@pytest.mark.parametrize(
    ("question", "arguments"),
    [
        ("has anyone looked at my ticket yet?", {}),
        ("show my tickets", {}),
        ("what about FD-7K2M9", {"number": "FD-7K2M9"}),
        ("show my last 2 tickets", {"limit": 2}),
    ],
)
def test_tickets_are_asked_for_where_they_can_be(question: str, arguments: dict[str, Any]) -> None:
    tools = [*ACCOUNT_TOOLS, TOOL, SEARCH]

    [call] = calls(a_system("Order"), a_user(question), tools=tools)

    assert (call.name, call.arguments) == (TICKETS, arguments)


@pytest.mark.parametrize(
    ("status", "says", "is_awaited"),
    [
        ("open", "is **open** and waits for a person", True),
        ("in_progress", "is **in progress**, a person of our team is working on it", True),
        ("waiting", "is **waiting** for your answer", False),
        ("resolved", "is **resolved**", False),
        ("closed", "is **closed**", False),
    ],
)
def test_a_ticket_is_told_with_how_it_stands(status: str, says: str, is_awaited: bool) -> None:
    due = ROW["expected_response_at"] if is_awaited else None
    row = ROW | {"status": status, "expected_response_at": due, "is_late": False}
    told = describe({"tickets": [row]}, QUESTION)

    assert told is not None
    assert f"**FD-7K2M9** (Sync fails), opened on 2026-05-04, {says}" in told
    assert ("due by **2026-05-04 16:00 UTC**" in told) is is_awaited


def test_an_answer_that_is_late_is_said_to_be() -> None:
    late = ROW | {"status": "open", "is_late": True}

    told = str(describe({"tickets": [late]}, QUESTION))
    auf_deutsch = str(describe_in("de", {"tickets": [late]}, QUESTION))

    assert "was due by **2026-05-04 16:00 UTC**: I am sorry that it is late" in told
    assert "war bis 2026-05-04 16:00 UTC vorgesehen: Es tut mir leid" in auf_deutsch


def test_none_is_said_plainly() -> None:
    assert describe({"tickets": []}, QUESTION) == "I found no tickets of yours."
    assert describe({"tickets": []}, NUMBERED) == "I found no ticket FD-7K2M9 of yours."


@pytest.mark.parametrize("code", sorted(languages().keys() - {"en"}))
def test_it_is_told_in_every_language(code: str) -> None:
    phrases = languages()[code]["phrases"]

    told = describe_in(code, {"tickets": [ROW]}, QUESTION)

    assert told is not None
    assert told.startswith(phrases["tickets"])
    for fact in ("**FD-7K2M9** (Sync fails)", phrases["ticket_in_progress"], "2026-05-04 16:00"):
        assert fact in told
    assert describe_in(code, {"tickets": []}, QUESTION) == phrases["no_tickets"]
    assert "FD-7K2M9" in str(describe_in(code, {"tickets": []}, NUMBERED))


@pytest.mark.parametrize(
    ("rows", "settled", "said"),
    [
        ([], True, "I found no settled tickets of yours."),
        ([], False, "I found no open tickets of yours."),
        ([], None, "I found no tickets of yours."),
        ([ROW], False, "This is your open ticket:"),
        ([ROW, ROW], True, "These are your latest settled tickets:"),
    ],
)
def test_what_was_asked_for_is_said_with_it(
    rows: list[dict[str, str]], settled: bool | None, said: str
) -> None:
    told = describe({"tickets": rows, "settled": settled}, "show my tickets") or ""

    assert told.startswith(said)
