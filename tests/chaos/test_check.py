"""The checker sees each thing that must not be, in a history that is fine but for that."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.check import check

type Line = dict[str, Any]
type Change = Callable[[list[Line]], object]


def a_history() -> list[Line]:
    """Three messages of one conversation: a question, a wish for a person, and a plain yes.

    The reply to the question proposes a change, which the last message confirms.
    """
    lines: list[Line] = [{"kind": "run", "messages": 3, "connections_cap": 20}]
    for number, task in enumerate(("one", "two", "three")):
        ticket, wants = ("tkt", "escalation") if task == "two" else (None, "faq")
        moved = {"kind": "task", "task_id": task, "conversation_id": "c", "degraded": False}
        lines += [
            {"kind": "request", "request": f"r-{task}", "poison": None, "wants": wants}
            | {"customer": 1, "confirms": "act" if task == "three" else None},
            {"kind": "recorded", "request": f"r-{task}", "task_id": task},
            moved | {"status": "queued", "reply": None, "ticket_id": None, "error": None},
            {"kind": "response", "request": f"r-{task}", "status": 202}
            | {"task_id": task, "conversation_id": "c"},
            {"kind": "died", "task_id": task, "place": "postgres asked"},
        ]
        for seq, effect in enumerate(
            (
                {"of": "message", "role": "customer", "text": f"q-{task}"},
                {"of": "message", "role": "assistant", "text": f"a-{task}"},
                {"of": "turn", "status": "completed"},
            )
        ):
            common = {"kind": "effect", "operation": "insert", "id": f"{task}-{seq}"}
            lines.append(
                common
                | {"seq": number * 10 + seq, "task_id": task, "conversation_id": "c"}
                | effect
            )
        lines += [
            moved
            | {"status": "completed", "reply": f"a-{task}", "ticket_id": ticket, "error": None},
            {"kind": "acknowledged", "task_id": task},
            {"kind": "seen", "task_id": task, "status": "completed", "reply": f"a-{task}"},
        ]
    action = {"kind": "effect", "of": "action", "id": "act", "customer_id": "cus"}
    action |= {"phone": "555", "proposed_by": "one"}
    lines += [
        {"kind": "effect", "of": "ticket", "operation": "insert", "id": "tkt", "seq": 30}
        | {"conversation_id": "c"},
        {"kind": "effect", "of": "event", "operation": "insert", "id": "evt", "seq": 31}
        | {"type": "ticket.opened", "ticket_id": "tkt", "conversation_id": "c"},
        {"kind": "event", "event_id": "evt", "type": "ticket.opened"},
        action | {"operation": "insert", "status": "proposed", "settled_by": None},
        {"kind": "effect", "of": "customer", "operation": "update", "id": "cus", "phone": "555"},
        action | {"operation": "update", "status": "done", "settled_by": "three"},
        {"kind": "connections", "most": 20},
        {"kind": "faults_stopped"},
        {"kind": "end"},
    ]
    for at, line in enumerate(lines):
        line["at"] = at
    return lines


def find(lines: list[Line], **wanted: Any) -> Line:
    return next(line for line in lines if wanted.items() <= line.items())


def drop(**wanted: Any) -> Change:
    return lambda lines: lines.remove(find(lines, **wanted))


def alter(change: Line, **wanted: Any) -> Change:
    return lambda lines: find(lines, **wanted).update(change)


def first(**wanted: Any) -> Change:
    """Moves a line to before all that happened to its task."""

    def move(lines: list[Line]) -> None:
        line = find(lines, **wanted)
        lines.remove(line)
        lines.insert(lines.index(find(lines, kind="recorded", task_id=line["task_id"])) + 1, line)

    return move


def add(change: Line, **wanted: Any) -> Change:
    return lambda lines: lines.append(find(lines, **wanted) | change)


def pop(lines: list[Line], **wanted: Any) -> Line:
    return lines.pop(lines.index(find(lines, **wanted)))


def both(one: Change, other: Change) -> Change:
    return lambda lines: (one(lines), other(lines))


DONE = {"of": "action", "status": "done"}
END = {"kind": "task", "task_id": "one", "status": "completed"}
REPLY = {"of": "message", "task_id": "one", "role": "assistant"}
QUESTION = {"of": "message", "task_id": "one", "role": "customer"}
SEEN = {"kind": "seen", "task_id": "one"}
FAILED = {"status": "failed", "reply": None, "error": "urn:frontdesk:problem:processing-failed"}
TO_PEOPLE = {"kind": "sent", "queue": "chat-dlq.fifo", "task_id": "one", "at": 5}


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("lost", drop(**END)),
        ("lost", drop(**QUESTION)),
        ("lost", drop(**REPLY)),
        ("lost", alter(FAILED, **END)),
        ("lost", first(kind="acknowledged", task_id="one")),
        ("late", both(drop(**END), alter({"at": 10_000}, kind="end"))),
        ("late", alter({"at": 10_000}, **END)),
        ("doubled reply", add({"id": "again", "seq": 40}, **REPLY)),
        ("doubled reply", add({"id": "again", "seq": 40}, **QUESTION)),
        ("doubled reply", add({"id": "again", "seq": 40}, of="turn", task_id="one")),
        ("doubled reply", add({"at": 20}, **END)),
        ("doubled task", alter({"request": "r-one"}, kind="response", task_id="two")),
        ("doubled task", alter({"request": "r-one"}, kind="recorded", task_id="two")),
        ("undone", add({"operation": "delete", "seq": 40}, **REPLY)),
        ("not committed", drop(of="turn", task_id="one")),
        ("not committed", alter({"text": "another"}, **REPLY)),
        ("not committed", first(**END)),
        ("not committed", alter({"status": "handed_off"}, of="turn", task_id="one")),
        ("doubled ticket", add({"id": "second"}, of="ticket")),
        (
            "doubled ticket",
            add({"of": "ticket_comment", "ticket_id": "tkt"}, of="turn", task_id="two"),
        ),
        (
            "unexplained ticket",
            add({"of": "ticket_comment", "ticket_id": "tkt"}, of="turn", task_id="one"),
        ),
        ("lost ticket", drop(of="ticket")),
        ("lost ticket", alter({"wants": "escalation"}, request="r-one")),
        ("lost ticket", alter({"ticket_id": "tkt"}, **END)),
        ("lost event", drop(kind="event")),
        ("lost event", alter({"at": 10_000}, kind="event")),
        ("lost event", drop(of="event")),
        ("lost event", alter({"type": "conversation.waiting"}, of="event")),
        ("invented event", drop(of="event")),
        ("invented event", lambda lines: lines.insert(1, pop(lines, kind="event"))),
        ("invented event", alter({"ticket_id": "another"}, of="event")),
        ("invented event", alter({"conversation_id": "another"}, of="event")),
        ("doubled action", add({}, of="customer")),
        ("doubled action", add({}, **DONE)),
        ("lost action", drop(of="customer")),
        ("unconfirmed action", drop(**DONE)),
        ("unconfirmed action", alter({"phone": "666"}, of="customer")),
        ("unconfirmed action", alter({"id": "another"}, of="customer")),
        ("unconfirmed action", alter({"settled_by": "two"}, **DONE)),
        ("unconfirmed action", alter({"confirms": None}, request="r-three")),
        ("unconfirmed action", alter({"customer": 2}, request="r-three")),
        ("order", alter({"seq": 99}, **QUESTION)),
        ("order", alter({"seq": 99}, **REPLY)),
        ("failed", alter(FAILED, **END)),
        ("dead letter", lambda lines: lines.append(TO_PEOPLE)),
        ("dead letter", lambda lines: fail(lines).extend([TO_PEOPLE])),
        ("poison", alter({"poison": "crashing"}, request="r-one")),
        ("shown", alter({"reply": "another"}, **SEEN)),
        ("shown", add({"status": "processing"}, **SEEN)),
        (
            "talked over",
            lambda lines: lines.insert(
                1,
                {"kind": "effect", "of": "conversation", "conversation_id": "c", "at": 1}
                | {"handler": "human", "operation": "update"},
            ),
        ),
        ("connections", alter({"most": 21}, kind="connections")),
        ("idle", alter({"messages": 100}, kind="run")),
        ("incomplete", drop(kind="end")),
    ],
)
def test_what_must_not_be_is_seen(rule: str, change: Change, tmp_path: Path) -> None:
    lines = a_history()
    change(lines)
    assert rule in verdict_on(lines, tmp_path)["violations"]


def test_an_event_may_come_twice_and_a_proposal_be_passed_over(tmp_path: Path) -> None:
    lines = a_history()
    lines.append(find(lines, kind="event") | {"at": 40})
    lines.remove(find(lines, of="customer"))
    find(lines, **DONE).update(status="dropped")
    find(lines, request="r-three")["confirms"] = None
    assert verdict_on(lines, tmp_path)["verdict"] == "kept"


def test_a_repeat_of_a_dead_letter_is_none(tmp_path: Path) -> None:
    lines = [*fail(a_history()), TO_PEOPLE | {"repeat": True}]
    assert verdict_on(lines, tmp_path)["verdict"] == "kept"


def test_a_fine_history_is_fine(tmp_path: Path) -> None:
    verdict = verdict_on(a_history(), tmp_path)
    assert verdict["verdict"] == "kept", verdict["examples"]


def test_a_message_may_be_given_up_after_three_deaths(tmp_path: Path) -> None:
    assert verdict_on(fail(a_history()), tmp_path)["verdict"] == "kept"


def test_a_wish_for_a_person_may_be_missed_where_the_model_failed(tmp_path: Path) -> None:
    lines = a_history()
    find(lines, request="r-one")["wants"] = "escalation"
    fault = {"kind": "fault", "task_id": "one", "fault": "empty answer", "call": "model", "at": 3}
    assert verdict_on([*lines, fault], tmp_path)["verdict"] == "kept"


@pytest.mark.parametrize(("poison", "verdict"), [("damaged", "kept"), (None, "violated")])
def test_poison_is_known_though_its_sender_never_heard_of_it(
    poison: str | None, verdict: str, tmp_path: Path
) -> None:
    lines = a_history()
    lines[1:1] = [
        {"kind": "request", "request": "r-lost", "poison": poison},
        {"kind": "recorded", "request": "r-lost", "task_id": "lost"},
        {"kind": "gave_up", "request": "r-lost"},
        TO_PEOPLE | {"task_id": "lost"},
        {"kind": "task", "task_id": "lost", "conversation_id": "c-lost", **FAILED}
        | {"ticket_id": None, "degraded": False},
    ]
    for line in lines[1:6]:
        line["at"] = 0
    assert verdict_on(lines, tmp_path)["verdict"] == verdict


def fail(lines: list[Line]) -> list[Line]:
    """Lets the first message be given up after three deaths, with a copy for people."""
    find(lines, **END).update(FAILED)
    find(lines, of="turn", task_id="one").update(status="failed")
    lines.remove(find(lines, **REPLY))
    find(lines, **SEEN).update(status="failed", reply=None)
    lines += [TO_PEOPLE, *[find(lines, kind="died", task_id="one")] * 2]
    return lines


def verdict_on(lines: list[Line], folder: Path) -> dict[str, Any]:
    path = folder / "history.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return check(path)
