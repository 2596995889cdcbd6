"""A conversation over HTTP: from the 202 to the trace, for its owner and for staff."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.stack import Caller, assert_problem


def test_conversation_is_there_from_the_moment_of_the_202(
    guest: Callable[[], Caller], staff: Caller
) -> None:
    # when a message is accepted
    asker = guest()
    conversation_id = asker.send("How do I reset my password?")["conversation_id"]

    # then its conversation is there at once, for its owner and staff only
    for reader in (asker, staff):
        answer = reader.get(f"/api/conversations/{conversation_id}")
        assert answer.status_code == 200, answer.text
        content = answer.json()
        assert (content["id"], content["status"], content["handler"]) == (
            conversation_id,
            "open",
            "ai",
        )
    assert_problem(guest().get(f"/api/conversations/{conversation_id}"), 404)


def test_messages_can_be_waited_for(guest: Callable[[], Caller], staff: Caller) -> None:
    # given a message
    asker = guest()
    accepted = asker.send("How do I reset my password?")
    path = f"/api/conversations/{accepted['conversation_id']}/messages"

    # when its sender waits for messages, and then for those after it
    [question, *rest] = asker.get(path, wait=20).json()["items"]
    if not rest:
        rest = asker.get(path, after=question["id"], wait=20).json()["items"]

    # then question and answer come in order, with the task
    [reply] = rest
    assert (question["role"], question["content"]) == ("customer", "How do I reset my password?")
    assert (reply["role"], reply["agent"]) == ("assistant", "faq")
    assert question["task_id"] == reply["task_id"] == accepted["task_id"]
    assert reply["citations"]

    # and staff see how it was answered
    [turn] = staff.get(f"/api/conversations/{accepted['conversation_id']}/trace").json()["items"]
    assert turn["task_id"] == accepted["task_id"]
    assert turn["route"]["agent"] == "faq"
    assert turn["passages"][0]["document_version"] >= 1
    assert turn["tool_calls"]
    assert turn["model_calls"]
    assert_problem(asker.get(f"/api/conversations/{accepted['conversation_id']}/trace"), 403)


def test_next_message_goes_on(guest: Callable[[], Caller]) -> None:
    asker = guest()
    first = asker.ask("What subscription plans are available?")
    second = asker.ask("And how do I upgrade my plan?", conversation_id=first["conversation_id"])
    assert second["conversation_id"] == first["conversation_id"]
    content = asker.get(f"/api/conversations/{first['conversation_id']}").json()
    assert content["message_count"] == 4
    items = asker.get("/api/conversations").json()["items"]
    assert [item["id"] for item in items] == [first["conversation_id"]]


def test_messages_of_a_conversation_are_answered_in_order(guest: Callable[[], Caller]) -> None:
    # given several messages sent at once
    asker = guest()
    questions = [
        "What subscription plans are available?",
        "How do I reset my password?",
        "What is the refund policy?",
    ]
    first = asker.send(questions[0])
    tasks = [first["task_id"]] + [
        asker.send(text, conversation_id=first["conversation_id"])["task_id"]
        for text in questions[1:]
    ]

    # when they are answered
    for task_id in tasks:
        asker.result(task_id)

    # then each once, in the order they were sent
    items = asker.get(f"/api/conversations/{first['conversation_id']}/messages").json()["items"]
    assert [m["content"] for m in items if m["role"] == "customer"] == questions
    assert [m["task_id"] for m in items if m["role"] == "assistant"] == tasks


def test_too_many_unanswered_messages(guest: Callable[[], Caller]) -> None:
    # given a conversation
    asker = guest()
    accepted = asker.send("How do I reset my password?")

    # when messages come faster than they are answered
    def flood() -> Any:
        for _ in range(60):
            answer = asker.post(
                "/api/chat",
                {"message": "Hello?", "conversation_id": accepted["conversation_id"]},
            )
            if answer.status_code != 202:
                return answer
        raise AssertionError("nothing was refused")

    # then at some point it is enough, and the answer says when to come back
    refused = flood()
    assert_problem(refused, 429)
    assert int(refused.headers["retry-after"]) > 0


def test_guest_who_signs_in_keeps_the_conversation(
    guest: Callable[[], Caller], john: Caller
) -> None:
    # given a guest's conversation
    asker = guest()
    accepted = asker.send("How do I reset my password?")
    token = accepted["guest_token"]
    asker.result(accepted["task_id"])

    # when the guest turns out to be John
    task = john.ask(
        "Can you check my subscription status?",
        conversation_id=accepted["conversation_id"],
        guest_token=token,
    )

    # then the conversation is John's, the account is open to it, and the guest is gone
    assert task["conversation_id"] == accepted["conversation_id"]
    assert "professional" in task["response"].lower()
    assert john.get(f"/api/conversations/{accepted['conversation_id']}").status_code == 200
    assert asker.get(f"/api/conversations/{accepted['conversation_id']}").status_code == 404


def test_guest_who_signs_in_keeps_everything(guest: Callable[[], Caller], john: Caller) -> None:
    # given a guest with two conversations, who has just written in the first
    asker = guest()
    first = asker.send("How do I reset my password?")
    asker.result(first["task_id"])
    second = asker.ask("How do I upgrade my plan?")
    queued = asker.send("How do I invite people?", conversation_id=first["conversation_id"])

    # when the guest signs in in the second
    john.ask(
        "How do I downgrade?",
        conversation_id=second["conversation_id"],
        guest_token=first["guest_token"],
    )

    # then what was queued is answered, and the first is John's to go on with, and nobody else's
    assert john.result(queued["task_id"])["status"] == "completed"
    task = john.ask("Which plan am I on?", conversation_id=first["conversation_id"])
    assert (task["status"], task["agent"]) == ("completed", "order")
    refused = asker.post(
        "/api/chat", {"message": "Hello?", "conversation_id": first["conversation_id"]}
    )
    assert_problem(refused, 404)


@pytest.mark.parametrize("name", ["conversation_id", "previous_conversation_id"])
def test_what_no_conversation_is_called_is_one_that_does_not_exist(
    guest: Callable[[], Caller], name: str
) -> None:
    for unknown in ("conv_unknown", "conv_\n", "\u202e", "x" * 5000):
        refused = guest().post("/api/chat", {"message": "Hello?", name: unknown})
        assert_problem(refused, 404)
