"""A person's answer becomes a draft article, once, and it names nobody."""

from typing import Any

import pytest

from frontdesk.domain.handover import Material
from frontdesk.domain.knowledge import DocumentStatus
from support_api.learning import REMOVED, article_of, without_persons
from tests.support.callers import STAFF, customer
from tests.support.desk import MemoryDesk
from tests.support.desk_samples import a_conversation, a_message, moment
from tests.support.fake_conversations import a_customer
from tests.support.support_api import Client

ALICE = customer("alice")
JOHN = a_customer("john@startup.example", company_name="Tech Startup Inc")
ANSWER = (
    "Hi John,\n\nBoards are moved between workspaces in **Settings > Workspace > Move board**. "
    "Write to anna@cloudflow.com or call +1-555-0101 about INV-2024-001, John Smith.\n\n"
    "Best regards\nAnna"
)


def escalated(**changes: Any) -> Material:
    defaults: dict[str, Any] = {
        "conversation": a_conversation(
            str(ALICE.subject), waiting_for="staff", waiting_since=moment(1), version=1
        ),
        "customer": JOHN,
        "messages": (
            a_message("How can I move a board to another workspace?", minute=0),
            a_message("Hello?", minute=1),
        ),
    }
    return Material.model_validate(defaults | changes)


def test_an_answer_names_nobody() -> None:
    told = without_persons(ANSWER, JOHN)

    assert told.startswith("Boards are moved")
    assert "**Settings > Workspace > Move board**" in told
    for private in ("John", "Smith", "anna", "@", "555", "INV-", "regards"):
        assert private.lower() not in told.lower()
    assert REMOVED in told


def test_a_greeting_takes_no_sentence_along() -> None:
    assert without_persons("Hello you can do this in Settings. Then save.", None) == (
        "Hello you can do this in Settings. Then save."
    )


def test_the_draft_is_the_answer_under_the_question() -> None:
    material = escalated()

    draft = article_of(material, a_message(ANSWER, role="staff"))

    assert draft is not None
    assert draft.title == "How can I move a board to another workspace?"
    assert draft.content == without_persons(ANSWER, JOHN)
    assert draft.visibility == "internal"
    assert draft.source_url == f"/api/conversations/{material.conversation.id}"


@pytest.mark.parametrize(
    ("material", "content"),
    [
        (escalated(), "I will look into it."),
        (escalated(), f"{ANSWER[:120]} Which version do you use, and on which device is it?"),
        (escalated(messages=()), ANSWER),
        (escalated(conversation=a_conversation("alice", version=1)), ANSWER),
    ],
)
def test_what_answers_no_question_is_no_article(material: Material, content: str) -> None:
    assert article_of(material, a_message(content, role="staff")) is None


@pytest.fixture
def desk() -> MemoryDesk:
    return MemoryDesk()


def test_a_reply_leaves_one_draft_that_no_search_finds(desk: MemoryDesk) -> None:
    material = escalated()
    path = f"/api/conversations/{material.conversation.id}/messages"
    desk.conversations.add(material.conversation)
    for message in material.messages:
        desk.conversations.add_message(material.conversation.id, message)
    client = Client(desk.desk())

    assert client.send("POST", path, STAFF, body={"content": ANSWER}).status == 201
    assert client.send("POST", path, STAFF, body={"content": ANSWER}).status == 201
    note = {"content": ANSWER, "internal": True}
    assert client.send("POST", path, STAFF, body=note).status == 201

    [document] = desk.knowledge_base.documents.values()
    assert document.status is DocumentStatus.DRAFT
    assert document.title == "How can I move a board to another workspace?"
    assert "document.draft" in [entry.action for entry in desk.audit.entries]

    # when somebody has looked at it, it is published like any other
    reviewed = {"title": document.title, "content": document.content, "category": "faq"}
    answer = client.send(
        "PUT", f"/api/knowledge/{document.id}", STAFF, body=reviewed | {"status": "published"}
    )
    assert (answer.status, answer.content["status"]) == (200, "published")
