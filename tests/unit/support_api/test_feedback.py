"""Rating answers over the route."""

from typing import Any

import pytest

from frontdesk.domain.acceptance import ConversationProjection
from frontdesk.domain.conversation import ConversationStatus, StoredTurn
from frontdesk.domain.task import Task
from frontdesk.principal import Principal
from tests.support.callers import GUEST, NOBODY, STAFF, customer
from tests.support.desk import MemoryDesk
from tests.support.desk_samples import a_conversation, a_turn, moment
from tests.support.support_api import Answer, Client

ALICE, BOB = customer("alice"), customer("bob")


def rate(client: Client, task_id: str, caller: Principal = ALICE, **body: Any) -> Answer:
    return client.send("POST", f"/api/chat/{task_id}/feedback", caller, body=body)


@pytest.fixture
def turn(desk: MemoryDesk) -> StoredTurn:
    """An answer that Alice got."""
    conversation = a_conversation(str(ALICE.subject))
    made = a_turn(conversation.id)
    desk.conversations.add(conversation)
    desk.conversations.add_turn(made)
    return made


def test_the_last_rating_wins(client: Client, desk: MemoryDesk, turn: StoredTurn) -> None:
    first = rate(client, turn.task_id, rating="down", comment=" Too\u200b long. ")
    assert (first.status, first.text) == (204, "")
    [rated] = desk.conversations.turns_of[turn.conversation_id]
    assert (rated.feedback_rating, rated.feedback_comment) == ("down", "Too long.")

    assert rate(client, turn.task_id, rating="up").status == 204
    [rated] = desk.conversations.turns_of[turn.conversation_id]
    assert (rated.feedback_rating, rated.feedback_comment) == ("up", None)


@pytest.mark.parametrize("caller", [NOBODY, GUEST, BOB, STAFF])
def test_others_answers_are_not_there_to_be_rated(
    client: Client, turn: StoredTurn, caller: Principal
) -> None:
    assert rate(client, turn.task_id, caller, rating="up").status == 404
    assert rate(client, "task_0", caller, rating="up").status == 404


def test_there_is_nothing_to_rate_before_the_answer(client: Client, desk: MemoryDesk) -> None:
    # given a task that a guest sent, who has signed in as Alice since
    task = Task(
        task_id="task_1", conversation_id="conv_1", correlation_id="c", created_at=moment(0)
    )
    desk.tasks.add(task, str(GUEST.subject))
    desk.conversations.projected["conv_1"] = ConversationProjection(
        conversation_id="conv_1",
        owner_subject=str(ALICE.subject),
        status=ConversationStatus.OPEN,
        unanswered=1,
        customer_hash=None,
        created_at=moment(0),
    )

    # when it is rated
    # then it is too early for both, and unknown to others
    for caller, status in ((GUEST, 409), (ALICE, 409), (BOB, 404), (STAFF, 404)):
        assert rate(client, "task_1", caller, rating="up").status == status


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "rating"),
        ({"rating": "great"}, "rating"),
        ({"rating": 1}, "rating"),
        ({"rating": "up", "comment": "x" * 2001}, "comment"),
        ({"rating": "up", "comment": 1}, "comment"),
    ],
)
def test_bad_rating(client: Client, turn: StoredTurn, body: dict[str, Any], field: str) -> None:
    answer = rate(client, turn.task_id, **body)
    assert answer.status == 422
    assert {error["field"].split(".")[0] for error in answer.content["errors"]} == {field}


@pytest.mark.parametrize("comment", [None, "", " \u200b"])
def test_empty_comment_is_none(
    client: Client, desk: MemoryDesk, turn: StoredTurn, comment: str | None
) -> None:
    assert rate(client, turn.task_id, rating="up", comment=comment).status == 204
    [rated] = desk.conversations.turns_of[turn.conversation_id]
    assert rated.feedback_comment is None
