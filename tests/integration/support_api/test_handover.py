"""The hand-over packet over the wired function: what the turns of a conversation tell a person."""

import pytest

from frontdesk.adapters.postgres.conversations import PostgresConversationStore
from frontdesk.adapters.postgres.database import Database
from frontdesk.domain.handover import CUE
from frontdesk.domain.task import Citation
from support_api import app
from tests.contract.test_conversations import a_turn, an_intent
from tests.support.callers import ADMIN, STAFF
from tests.support.chat import a_message
from tests.support.desk_rows import DeskRows
from tests.support.http_events import FakeContext, body_of, http_event
from tests.support.worker import JOHN

pytestmark = pytest.mark.integration


def test_an_escalated_conversation_says_what_a_person_needs(
    function: DeskRows, agent_database: Database
) -> None:
    # given a customer whose question was answered, and who then asked for a person
    function.add_customer("cust_john", str(JOHN.email))
    store = PostgresConversationStore(agent_database)
    first = a_message(principal=JOHN, text="How do refunds work?")
    taken = store.take_up(first, subject_line="Refunds")
    cited = Citation(number=1, document_id="doc_2", title="Refund policy", snippet="7 days.")
    store.commit(a_turn(first, taken.version, citations=(cited,)))
    second = a_message(
        principal=JOHN, text="This is ridiculous!", conversation_id=first.conversation_id
    )
    taken = store.take_up(second, subject_line="Refunds")
    turn = a_turn(second, taken.version, an_intent(second.task_id), agent="escalation")
    result = store.commit(turn.model_copy(update={"trace": {CUE: "anger"}}))
    assert result.ticket is not None

    # when staff ask for the packet
    path = f"/api/conversations/{first.conversation_id}/handover"
    answer = app.handler(http_event("GET", path, principal=STAFF), FakeContext())

    # then it has who, what, what was tried, from what, how it feels, and what to do
    packet = body_of(answer)
    assert answer["statusCode"] == 200, packet
    assert packet["who"]["verified"]
    assert packet["who"]["email"] == JOHN.email
    assert packet["wanted"] == ["How do refunds work?", "This is ridiculous!"]
    assert [one["outcome"] for one in packet["tried"]] == ["answered", "escalated"]
    assert "Refund policy" in [one["title"] for one in packet["evidence"]]
    assert packet["feeling"] == {"mood": "upset", "because": ["anger"]}
    assert packet["waiting_for"] == "staff"
    assert result.ticket.number in packet["next_step"]
    assert packet["tickets"][0]["number"] == result.ticket.number
    # and the look is in the audit log
    log = app.handler(
        http_event("GET", "/api/audit", principal=ADMIN, query="action=conversation.read_handover"),
        FakeContext(),
    )
    assert [entry["object_id"] for entry in body_of(log)["items"]] == [first.conversation_id]
