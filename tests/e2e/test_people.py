"""People beside the agents, over HTTP: taken over, answered, given back, closed, rated, counted."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.support.stack import Caller, Stack, assert_problem

COMPLAINT = (
    "I've been charged twice this month and I'm very frustrated. I need to speak to someone."
)


def messages(caller: Caller, conversation_id: str, **query: Any) -> list[dict[str, Any]]:
    answer = caller.get(f"/api/conversations/{conversation_id}/messages", **query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def conversation(caller: Caller, conversation_id: str) -> dict[str, Any]:
    answer = caller.get(f"/api/conversations/{conversation_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_person_takes_over_and_gives_back(david: Caller, staff: Caller) -> None:
    # given an angry customer, who gets a ticket and waits for a person
    complaint = david.ask(COMPLAINT)
    conversation_id = complaint["conversation_id"]
    path = f"/api/conversations/{conversation_id}"
    assert complaint["ticket"]["number"] in complaint["response"]
    waiting = staff.get(
        "/api/conversations", waiting_for="staff", sort="waiting_since", limit=100
    ).json()["items"]
    assert conversation_id in [item["id"] for item in waiting]

    # when a person takes over
    taken = staff.post(f"{path}/takeover", None)
    assert taken.status_code == 200, taken.text
    assert (taken.json()["handler"], taken.json()["waiting_for"]) == ("human", "staff")

    # then the agents are silent, and the customer waits for the person
    further = david.ask("Hello? Is anybody there?", conversation_id=conversation_id)
    assert (further["status"], further["response"]) == ("handed_off", None)
    assert conversation(staff, conversation_id)["waiting_for"] == "staff"

    # and the person's reply is seen by the customer, who holds the line, but no note is
    last = messages(david, conversation_id)[-1]
    note = staff.post(f"{path}/messages", {"content": "He is right.", "internal": True})
    assert note.status_code == 201, note.text
    reply = staff.post(f"{path}/messages", {"content": "I have refunded the second charge."})
    assert reply.status_code == 201, reply.text
    [seen] = messages(david, conversation_id, after=last["id"], wait=10)
    assert (seen["role"], seen["content"]) == ("staff", "I have refunded the second charge.")
    assert "He is right." in [m["content"] for m in messages(staff, conversation_id)]
    assert conversation(david, conversation_id)["waiting_for"] == "customer"

    # when the agents have it again
    released = staff.post(f"{path}/release", None)
    assert (released.json()["handler"], released.json()["waiting_for"]) == ("ai", None)

    # then they answer
    answered = david.ask("How do I reset my password?", conversation_id=conversation_id)
    assert (answered["status"], answered["agent"]) == ("completed", "faq")
    assert answered["response"]


@pytest.mark.parametrize("requests_before", range(0, 12, 2))
def test_nobody_is_talked_over(
    guest: Callable[[], Caller], staff: Caller, requests_before: int
) -> None:
    # given a question on its way to its answer, a little further each time
    asker = guest()
    accepted = asker.send("What subscription plans are available?")
    conversation_id = accepted["conversation_id"]
    for _ in range(requests_before):
        conversation(asker, conversation_id)

    # when a person takes over
    taken = staff.post(f"/api/conversations/{conversation_id}/takeover", None)
    assert taken.status_code == 200, taken.text

    # then the agents say nothing that they had not said by then
    task = asker.result(accepted["task_id"])
    roles = [message["role"] for message in messages(asker, conversation_id)]
    said_before = taken.json()["message_count"] == 2
    assert roles == (["customer", "assistant"] if said_before else ["customer"])
    assert task["status"] == ("completed" if said_before else "handed_off")
    assert conversation(staff, conversation_id)["waiting_for"] == "staff"


def test_ticket_is_worked_on(david: Caller, john: Caller, staff: Caller) -> None:
    # given a ticket that an escalation made
    ticket = david.ask(COMPLAINT)["ticket"]
    path = f"/api/tickets/{ticket['id']}"
    seen = staff.get(path)

    # when staff work on it, one of them with what has changed since
    tag = {"if-match": seen.headers["etag"]}
    changed = staff.http.patch(path, json={"status": "in_progress"}, headers=tag)
    assert changed.status_code == 200, changed.text
    assert_problem(staff.http.patch(path, json={"status": "waiting"}, headers=tag), 412)
    said = staff.post(f"{path}/comments", {"content": "Which card was it?"})
    assert said.status_code == 201, said.text

    # then its owner follows, answers, and nobody else does
    assert david.get(path).json()["status"] == "in_progress"
    assert david.post(f"{path}/comments", {"content": "The blue one."}).status_code == 201
    comments = david.get(f"{path}/comments").json()["items"]
    assert [(c["role"], c["content"]) for c in comments][-2:] == [
        ("staff", "Which card was it?"),
        ("customer", "The blue one."),
    ]
    assert_problem(john.get(f"{path}/comments"), 404)

    # and what is closed is opened again first
    assert staff.http.patch(path, json={"status": "closed"}).status_code == 200
    assert_problem(staff.http.patch(path, json={"status": "waiting"}), 409)
    assert staff.http.patch(path, json={"status": "open"}).status_code == 200


def test_closed_conversation_is_carried_on_in_a_new_one(
    guest: Callable[[], Caller], staff: Caller, stack: Stack
) -> None:
    # given a conversation that its owner has closed, twice
    asker = guest()
    first = asker.ask("What subscription plans are available?")
    path = f"/api/conversations/{first['conversation_id']}"
    for _ in range(2):
        closed = asker.post(f"{path}/close", None)
        assert closed.status_code == 200, closed.text
        assert (closed.json()["status"], closed.json()["waiting_for"]) == ("closed", None)

    # when another message is sent to it
    refused = asker.post(
        "/api/chat", {"message": "And yearly?", "conversation_id": first["conversation_id"]}
    )

    # then it is refused, with what carries it on
    previous = assert_problem(refused, 409)["previous_conversation_id"]
    assert previous == first["conversation_id"]
    second = asker.ask("And how do I upgrade my plan?", previous_conversation_id=previous)
    assert second["status"] == "completed"
    assert second["conversation_id"] != previous
    with psycopg.connect(stack.environment["DATABASE_URL"]) as connection:
        carried_on = connection.execute(
            "SELECT previous_conversation_id FROM conversations WHERE id = %s",
            (second["conversation_id"],),
        ).fetchone()
    assert carried_on == (previous,)
    assert_problem(staff.post(f"{path}/takeover", None), 409)


def test_conversation_closed_at_once_gets_no_answer(guest: Callable[[], Caller]) -> None:
    # given a message that may be anywhere on its way
    asker = guest()
    accepted = asker.send("How do I reset my password?")
    path = f"/api/conversations/{accepted['conversation_id']}"

    # when its conversation is closed
    assert asker.post(f"{path}/close", None).status_code == 200

    # then the task ends one way or the other, and the conversation stays closed
    task = asker.result(accepted["task_id"])
    assert task["status"] in {"completed", "failed"}
    assert conversation(asker, accepted["conversation_id"])["status"] == "closed"
    roles = [m["role"] for m in messages(asker, accepted["conversation_id"])]
    assert roles == ["customer", *(["assistant"] if task["status"] == "completed" else [])]


def test_answers_are_rated_and_counted(guest: Callable[[], Caller], staff: Caller) -> None:
    # given what was counted before
    before = staff.get("/api/metrics").json()

    # when an answer is rated twice
    asker = guest()
    task = asker.ask("How do I reset my password?")
    for rating in ("up", "down"):
        rated = asker.post(
            f"/api/chat/{task['task_id']}/feedback", {"rating": rating, "comment": "Hm."}
        )
        assert (rated.status_code, rated.content) == (204, b"")

    # then the last rating stands with its turn, and is counted
    [turn] = staff.get(f"/api/conversations/{task['conversation_id']}/trace").json()["items"]
    assert (turn["feedback_rating"], turn["feedback_comment"]) == ("down", "Hm.")
    after = staff.get("/api/metrics").json()
    assert after["conversations"]["started"] > before["conversations"]["started"]
    assert after["answers"]["by_agent"]["faq"] > before["answers"]["by_agent"]["faq"]
    assert after["ratings"]["down"] > before["ratings"]["down"]
    assert after["conversations"]["first_answer_ms_p50"] > 0

    # and neither others nor staff rate it
    for caller in (guest(), staff):
        answer = caller.post(f"/api/chat/{task['task_id']}/feedback", {"rating": "up"})
        assert_problem(answer, 404)
    assert_problem(asker.get("/api/metrics"), 403)
