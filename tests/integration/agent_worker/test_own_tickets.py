"""How one's own tickets stand: whole turns on a real Postgres, under its row level security."""

from typing import Any

import pytest

from frontdesk.domain.task import AgentName, Task
from frontdesk.principal import Principal
from tests.integration.agent_worker.conftest import Office
from tests.support.openai_server import ScriptedOpenAI, calls, says
from tests.support.worker import BACKEND, DAVID, GUEST, JOHN

pytestmark = pytest.mark.integration

QUESTION = "Did anybody look at my ticket yet?"

# One of John's record, a newer one that he wrote himself, and David's, through the same service.
_TICKETS = """
INSERT INTO tickets (id, number, owner_subject, customer_id, subject, description, category,
    status, assigned_to, contact_email, expected_response_at, created_at)
VALUES
    ('tkt_1', 'FD-AAAAA', 'service:backend', 'cus_john', 'Sync fails', 'Private words', 'technical',
        'in_progress', 'anna@company.example', 'me@example.com', now(), now() - interval '2 days'),
    ('tkt_2', 'FD-BBBBB', 'https://id.example|john', NULL, 'Charged twice', 'd', 'billing',
        'resolved', NULL, NULL, now(), now() - interval '1 day'),
    ('tkt_9', 'FD-DDDDD', 'service:backend', 'cus_david', 'Vexillum', 'd', 'other',
        'waiting', NULL, NULL, now(), now());
INSERT INTO ticket_comments (id, ticket_id, role, content, internal)
VALUES ('cmt_1', 'tkt_1', 'staff', 'Internal words', true);
"""


@pytest.fixture(autouse=True)
def _tickets(office: Office) -> None:
    with office.database.owner() as connection:
        connection.execute(_TICKETS)


def ask(
    office: Office, server: ScriptedOpenAI, by: Principal, text: str = QUESTION, **changes: Any
) -> tuple[Task, str]:
    """Asks, and returns what the model was shown besides."""
    server.will(says("This is what I found."))
    task = office.desk.ask(text, by, **changes)
    return task, str(server.requests[-1]["messages"][-1]["content"])


def test_john_is_told_of_his_own_tickets(office: Office, openai_server: ScriptedOpenAI) -> None:
    openai_server.will(says("FD-AAAAA is **in progress**; FD-BBBBB has been resolved."))

    task = office.desk.ask(QUESTION, JOHN)

    # then one model call has told of both, newest first, and of nothing that is internal
    assert task.agent is AgentName.ORDER
    assert task.response == "FD-AAAAA is **in progress**; FD-BBBBB has been resolved."
    assert [(record.kind, record.label) for record in task.records] == [
        ("ticket", "FD-BBBBB"),
        ("ticket", "FD-AAAAA"),
    ]
    seen = str(openai_server.requests)
    assert seen.index("FD-BBBBB") < seen.index("FD-AAAAA")
    for secret in ("FD-DDDDD", "Vexillum", "anna@", "Private words", "Internal words"):
        assert secret not in seen


@pytest.mark.parametrize("by", [JOHN, GUEST], ids=["john", "guest"])
def test_anothers_ticket_is_answered_like_none(
    office: Office, openai_server: ScriptedOpenAI, by: Principal
) -> None:
    shown = {
        ask(office, openai_server, by, f"What is the status of {number}?")[1]
        for number in ("FD-DDDDD", "FD-ZZZZZ")
    }

    assert len(shown) == 1
    assert "Vexillum" not in str(openai_server.requests)


def test_a_service_sees_the_tickets_of_whom_it_speaks_for(
    office: Office, openai_server: ScriptedOpenAI
) -> None:
    _, shown = ask(office, openai_server, BACKEND, customer_email=DAVID.email)
    _, unnamed = ask(office, openai_server, BACKEND)

    assert "FD-DDDDD" in shown
    assert "FD-AAAAA" not in shown
    assert "no_account" in unnamed


def test_a_guest_is_told_of_the_ticket_of_its_conversation(
    office: Office, openai_server: ScriptedOpenAI
) -> None:
    # given a guest whose conversation has a ticket
    ticket = {"subject": "s", "description": "d", "category": "other", "priority": "low"}
    openai_server.will(calls(("create_support_ticket", ticket)), says("It is noted."))
    first = office.desk.ask("I want to talk to a human", GUEST)
    assert first.ticket is not None

    # when it asks there, and elsewhere
    _, here = ask(office, openai_server, GUEST, conversation_id=first.conversation_id)
    _, elsewhere = ask(office, openai_server, GUEST)

    assert first.ticket.number in here
    assert "not_signed_in" in elsewhere
