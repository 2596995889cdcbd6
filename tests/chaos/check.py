"""Judges a history: ``python -m tests.chaos.check HISTORY``.

It reads the file and nothing else, knows nothing of the code that made it, and imports none of
it. What each kind of line says, and what is asked of them, is in docs/operations/chaos.md.
"""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

ENDED = frozenset({"completed", "failed", "handed_off"})
ON_THE_WAY = {"queued": 0, "processing": 1}

TERMINAL_SECONDS = 600
"""After the faults have stopped, whatever was acknowledged has ended by then."""

MAX_CRASHES = 3
"""A message of no fault of its own may be given up after so many deaths of its worker."""

LEAST_ACKNOWLEDGED = 0.8
"""Of the messages: where hardly anything is accepted, nothing can be lost."""

SHOWN = 20

type Line = dict[str, Any]


@dataclass
class Task:
    """What the history says of one task."""

    task_id: str
    conversation_id: str | None = None
    acknowledged_at: float | None = None
    customer: int | None = None
    poison: str | None = None
    wants: str | None = None
    confirms: str | None = None
    recorded_at: float | None = None
    ends: list[Line] = field(default_factory=list)
    status: str | None = None
    effects: list[Line] = field(default_factory=list)
    troubles: int = 0
    misanswered: bool = False
    set_aside: int = 0
    ended_unstored: bool = False
    let_go: bool = False

    def inserted(self, kind: str, role: str | None = None) -> list[Line]:
        """Returns what was inserted for it."""
        return [
            effect
            for effect in self.effects
            if effect["of"] == kind
            and effect["operation"] == "insert"
            and (role is None or effect["role"] == role)
        ]

    @property
    def end(self) -> Line | None:
        """How it ended first; None where it did not."""
        return self.ends[0] if self.ends else None


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that must not be."""

    rule: str
    about: str
    detail: str


class Checker:
    """Reads a history, line by line, and then judges it."""

    def __init__(self) -> None:
        self.tasks: dict[str, Task] = {}
        self.run: Line = {}
        self.stopped_at: float | None = None
        self.ended_at: float | None = None
        self._requests: dict[str, Line] = {}
        self._tasks_of_request: defaultdict[str, set[str]] = defaultdict(set)
        self._effects: list[Line] = []
        self._seen: defaultdict[str, list[Line]] = defaultdict(list)
        self._connections: Line = {}
        self._committed_events: dict[str, Line] = {}
        self._published_at: dict[str, float] = {}
        self._invented: list[Line] = []

    def read(self, lines: Iterable[Line]) -> None:
        """Takes in a history."""
        for line in lines:
            self._read_run(line)
            self._read_task(line)

    def violations(self) -> Iterator[Violation]:
        """Judges what was read."""
        if self.stopped_at is None or self.ended_at is None:
            yield Violation("incomplete", "history", "it does not tell when faults or run ended")
            return
        acknowledged = sum(task.acknowledged_at is not None for task in self.tasks.values())
        if acknowledged < self.run.get("messages", 0) * LEAST_ACKNOWLEDGED:
            yield Violation("idle", "history", f"only {acknowledged} messages were acknowledged")
        for request, task_ids in self._tasks_of_request.items():
            if len(task_ids) > 1:
                yield Violation("doubled task", request, f"{len(task_ids)} tasks for one key")
        for task in self.tasks.values():
            yield from self._lost(task)
            yield from self._doubled(task)
            yield from self._not_committed(task)
            yield from self._late(task)
            yield from self._failed(task)
            yield from self._shown(task)
        yield from self._conversations()
        yield from self._tickets()
        yield from self._events()
        yield from self._actions()
        yield from self._talked_over()
        yield from self._too_many_connections()

    def figures(self) -> dict[str, Any]:
        """Counts what was read."""
        acknowledged = [task for task in self.tasks.values() if task.acknowledged_at is not None]
        ends = Counter(str(task.end["status"]) for task in self.tasks.values() if task.end)
        replies = [task for task in self.tasks.values() if task.inserted("message", "assistant")]
        tickets = [effect for effect in self._effects if effect["of"] == "ticket"]
        return {
            "acknowledged": len(acknowledged),
            "tasks": len(self.tasks),
            "ended": dict(sorted(ends.items())),
            "degraded": sum(bool(task.end and task.end["degraded"]) for task in acknowledged),
            "poison": sum(task.poison is not None for task in acknowledged),
            "replies": len(replies),
            "tickets": len(tickets),
            "events": len(self._committed_events),
            "actions": sum(
                effect["of"] == "action" and effect["status"] == "done" for effect in self._effects
            ),
            "dead_letters": sum(task.set_aside > 0 for task in self.tasks.values()),
            "gave_up_without_poison": sum(
                task.poison is None and task.end is not None and task.end["status"] == "failed"
                for task in self.tasks.values()
            ),
        }

    def _read_run(self, line: Line) -> None:
        match line["kind"]:
            case "run":
                self.run = line
            case "request":
                self._requests[line["request"]] = line
            case "connections":
                self._connections = line
            case "effect" if line["of"] == "event":
                self._committed_events.setdefault(line["id"], line)
            case "event":
                if line["event_id"] not in self._committed_events:
                    self._invented.append(line)
                self._published_at.setdefault(line["event_id"], line["at"])
            case "faults_stopped":
                self.stopped_at = line["at"]
            case "end":
                self.ended_at = line["at"]

    def _read_task(self, line: Line) -> None:
        match line["kind"]:
            case "response" if line["status"] == 202:
                self._acknowledge(line)
            case "recorded":
                self._belongs(self._task(line["task_id"]), line["request"])
            case "task":
                self._move(line)
            case "effect":
                self._effects.append(line)
                if line.get("task_id"):
                    self._task(line["task_id"]).effects.append(line)
            case "fault" if line.get("call") == "model":
                self._task(line["task_id"]).misanswered = True
            case "died" | "fault" if line["task_id"]:
                self._task(line["task_id"]).troubles += 1
            case "acknowledged" if line["task_id"]:
                task = self._task(line["task_id"])
                task.let_go = task.let_go or task.end is None
            case "sent" if line["queue"] == "chat-dlq.fifo" and line["task_id"]:
                self._task(line["task_id"]).set_aside += not line.get("repeat")
            case "seen":
                self._seen[line["task_id"]].append(line)

    def _task(self, task_id: str) -> Task:
        return self.tasks.setdefault(task_id, Task(task_id))

    def _acknowledge(self, line: Line) -> None:
        task = self._task(line["task_id"])
        self._belongs(task, line["request"])
        if task.acknowledged_at is None:
            task.acknowledged_at = line["at"]
        task.conversation_id = line["conversation_id"]

    def _belongs(self, task: Task, key: str) -> None:
        request = self._requests[key]
        self._tasks_of_request[key].add(task.task_id)
        task.customer = request.get("customer")
        task.confirms = request.get("confirms")
        task.poison = request["poison"]
        task.wants = request.get("wants")

    def _move(self, line: Line) -> None:
        task = self._task(line["task_id"])
        task.conversation_id = line["conversation_id"]
        if task.recorded_at is None:
            task.recorded_at = line["at"]
        task.status = line["status"]
        if line["status"] in ENDED:
            task.ended_unstored = task.ended_unstored or not task.inserted("turn")
            task.ends.append(line)

    def _lost(self, task: Task) -> Iterator[Violation]:
        if task.let_go:
            yield Violation("lost", task.task_id, "left the queue before it had ended")
        if task.acknowledged_at is None:
            return
        if task.end is None:
            yield Violation("lost", task.task_id, f"acknowledged, and {task.status} to this day")
            return
        status = task.end["status"]
        if status == "failed":
            closed = str(task.end["error"]).endswith("conversation-closed")
            if not task.set_aside and not closed:
                yield Violation("lost", task.task_id, "failed, and nobody has a copy")
        elif not task.inserted("message", "customer"):
            yield Violation("lost", task.task_id, f"{status}, and its message is not stored")
        elif status == "completed" and not task.inserted("message", "assistant"):
            yield Violation("lost", task.task_id, "completed, and its reply is not stored")

    def _doubled(self, task: Task) -> Iterator[Violation]:
        for role in ("customer", "assistant"):
            stored = len(task.inserted("message", role))
            if stored > 1:
                yield Violation("doubled reply", task.task_id, f"{stored} messages of the {role}")
        turns = len(task.inserted("turn"))
        if turns > 1:
            yield Violation("doubled reply", task.task_id, f"{turns} turns")
        if len(task.ends) > 1:
            yield Violation("doubled reply", task.task_id, f"ended {len(task.ends)} times")
        for effect in task.effects:
            if effect["operation"] != "insert":
                yield Violation("undone", task.task_id, f"{effect['operation']} {effect['of']}")

    def _not_committed(self, task: Task) -> Iterator[Violation]:
        if task.end is None:
            return
        turns = task.inserted("turn")
        replies = task.inserted("message", "assistant")
        if task.end["status"] != "failed" and not turns:
            yield Violation("not committed", task.task_id, f"{task.end['status']} without a turn")
        if turns and turns[0]["status"] != task.end["status"]:
            yield Violation(
                "not committed",
                task.task_id,
                f"published {task.end['status']}, committed {turns[0]['status']}",
            )
        if turns and task.ended_unstored:
            yield Violation("not committed", task.task_id, "published before it was stored")
        stored = replies[0]["text"] if replies else None
        if task.end["reply"] != stored:
            yield Violation("not committed", task.task_id, "published another reply than is stored")

    def _tickets(self) -> Iterator[Violation]:
        made = self._inserted("ticket")
        makers: Counter[str] = Counter()
        for task in self.tasks.values():
            added = task.inserted("ticket_comment")
            promised = None if task.end is None else task.end["ticket_id"]
            if promised is None and task.end is not None and _must_have_ticket(task, task.end):
                yield Violation("lost ticket", task.task_id, "a person was asked for in vain")
            if len(added) > 1:
                yield Violation("doubled ticket", task.task_id, f"added to it {len(added)} times")
            if promised is not None and promised not in made:
                yield Violation("lost ticket", task.task_id, "a ticket was promised and not made")
            if any(effect["ticket_id"] != promised for effect in added):
                yield Violation("unexplained ticket", task.task_id, "added to one it does not name")
            if promised is not None and not added:
                makers[promised] += 1
        for ticket_id in made:
            if makers[ticket_id] == 0:
                yield Violation(
                    "doubled ticket", ticket_id, "no task made it, or its maker added to it too"
                )
            elif makers[ticket_id] > 1:
                yield Violation(
                    "lost ticket", ticket_id, f"{makers[ticket_id]} tasks name it, one made it"
                )
        of = Counter(effect["conversation_id"] for effect in made.values())
        for conversation_id, number in of.items():
            if number > 1:
                yield Violation("doubled ticket", conversation_id, f"{number} tickets, none closed")

    def _events(self) -> Iterator[Violation]:
        for line in self._invented:
            yield Violation("invented event", line["event_id"], "published and not committed")
        tickets = set(self._inserted("ticket"))
        talked = {effect["conversation_id"] for effect in self._inserted("message").values()}
        for event_id, event in self._committed_events.items():
            if event["ticket_id"] not in tickets | {None}:
                yield Violation("invented event", event_id, "of a ticket that is not there")
            if event["conversation_id"] not in talked | {None}:
                yield Violation("invented event", event_id, "of a conversation without a message")
            yield from self._untold(event)
        told_of = {
            event["ticket_id"]
            for event in self._committed_events.values()
            if event["type"] == "ticket.opened"
        }
        for ticket_id in tickets - told_of:
            yield Violation("lost event", ticket_id, "a ticket was opened, and nothing tells of it")

    def _untold(self, event: Line) -> Iterator[Violation]:
        assert self.stopped_at is not None
        assert self.ended_at is not None
        deadline = max(self.stopped_at, event["at"]) + TERMINAL_SECONDS
        published = self._published_at.get(event["id"])
        if published is None:
            yield Violation("lost event", event["id"], f"{event['type']} was never published")
        elif published > deadline:
            yield Violation("lost event", event["id"], f"not published at {deadline:.0f}")

    def _actions(self) -> Iterator[Violation]:
        """Asks of each change whether it was proposed, confirmed by its owner, and made once."""
        proposed = self._inserted("action")
        done: Counter[str] = Counter()
        for effect in self._effects:
            if effect["of"] != "action" or effect["status"] != "done":
                continue
            done[effect["id"]] += 1
            asker = self.tasks.get(effect["proposed_by"], Task(""))
            settler = self.tasks.get(effect["settled_by"], Task(""))
            if effect["id"] not in proposed or settler.confirms != effect["id"]:
                yield Violation("unconfirmed action", effect["id"], f"by {settler.task_id}")
            elif settler.customer != asker.customer:
                yield Violation("unconfirmed action", effect["id"], "by another customer")
        for token, times in done.items():
            if times > 1:
                yield Violation("doubled action", token, f"done {times} times")
        agreed = Counter(
            (proposed[token]["customer_id"], proposed[token]["phone"])
            for token in done
            if token in proposed
        )
        made = Counter(
            (effect["id"], effect["phone"])
            for effect in self._effects
            if effect["of"] == "customer"
        )
        for change, times in made.items():
            if change not in agreed:
                yield Violation("unconfirmed action", change[0], "changed, and nobody agreed to it")
            elif times > agreed[change]:
                yield Violation("doubled action", change[0], f"changed {times} times")
        for change in agreed - made:
            yield Violation("lost action", change[0], "noted as done, and not made")

    def _inserted(self, kind: str) -> dict[str, Line]:
        return {
            effect["id"]: effect
            for effect in self._effects
            if effect["of"] == kind and effect["operation"] == "insert"
        }

    def _late(self, task: Task) -> Iterator[Violation]:
        assert self.stopped_at is not None
        if task.recorded_at is None or self.ended_at is None:
            return
        deadline = max(self.stopped_at, task.recorded_at) + TERMINAL_SECONDS
        if task.acknowledged_at is None:
            # Nobody was told that it arrived: it is sent when its sender has not for so long.
            deadline += self.run.get("unsent_seconds", 0) + self.run.get("sweep_seconds", 0)
        ended = self.ended_at if task.end is None else task.end["at"]
        if ended > deadline or (task.end is None and self.ended_at >= deadline):
            yield Violation("late", task.task_id, f"not ended at {deadline:.0f}")

    def _failed(self, task: Task) -> Iterator[Violation]:
        if task.end is None:
            return
        failed = task.end["status"] == "failed"
        # A message that a person has is not even looked at by our code.
        if task.poison is not None and task.end["status"] == "completed":
            yield Violation("poison", task.task_id, f"{task.poison}, and {task.end['status']}")
        if failed and task.poison is None and task.troubles < MAX_CRASHES:
            closed = str(task.end["error"]).endswith("conversation-closed")
            if not closed:
                yield Violation("failed", task.task_id, f"after {task.troubles} faults only")
        if task.set_aside and not failed:
            yield Violation("dead letter", task.task_id, f"set aside, and {task.end['status']}")
        if task.set_aside > 1:
            yield Violation("dead letter", task.task_id, f"set aside {task.set_aside} times")

    def _shown(self, task: Task) -> Iterator[Violation]:
        seen = self._seen.get(task.task_id, [])
        steps = [ON_THE_WAY.get(line["status"], 2) for line in seen]
        if steps != sorted(steps):
            yield Violation("shown", task.task_id, "its status went back")
        for line in seen:
            ended = line["status"] in ENDED
            if ended and (task.end is None or line["reply"] != task.end["reply"]):
                yield Violation("shown", task.task_id, "another reply than was published")

    def _conversations(self) -> Iterator[Violation]:
        by_conversation: defaultdict[str, list[Task]] = defaultdict(list)
        for task in self.tasks.values():
            if task.acknowledged_at is not None and task.conversation_id is not None:
                by_conversation[task.conversation_id].append(task)
        for conversation_id, tasks in by_conversation.items():
            tasks.sort(key=lambda task: task.acknowledged_at or 0.0)
            yield from self._order(conversation_id, tasks)
            yield from self._goes_on(tasks)

    def _order(self, conversation_id: str, tasks: list[Task]) -> Iterator[Violation]:
        last: dict[str, tuple[int, Task]] = {}
        for task in tasks:
            for role in ("customer", "assistant"):
                for effect in task.inserted("message", role)[:1]:
                    before = last.get(role)
                    # Told that one had arrived before the other was sent.
                    if before is not None and before[0] > effect["seq"]:
                        yield Violation(
                            "order",
                            conversation_id,
                            f"{role}: {before[1].task_id} was sent first, {task.task_id} is first",
                        )
                    last[role] = (effect["seq"], task)
            messages = task.inserted("message", "customer")
            replies = task.inserted("message", "assistant")
            if messages and replies and replies[0]["seq"] < messages[0]["seq"]:
                yield Violation("order", conversation_id, f"{task.task_id} answered before asked")

    def _goes_on(self, tasks: list[Task]) -> Iterator[Violation]:
        for poisoned, following in pairwise(tasks):
            if poisoned.poison is None or following.poison is not None:
                continue
            if following.end is None:
                yield Violation(
                    "poison", poisoned.task_id, f"{following.task_id} behind it has not ended"
                )

    def _talked_over(self) -> Iterator[Violation]:
        handler: dict[str, str] = {}
        for effect in self._effects:
            if effect["of"] == "conversation":
                handler[effect["conversation_id"]] = effect["handler"]
            elif (
                effect["of"] == "message"
                and effect["role"] == "assistant"
                and handler.get(effect["conversation_id"]) == "human"
            ):
                yield Violation("talked over", effect["conversation_id"], str(effect["task_id"]))

    def _too_many_connections(self) -> Iterator[Violation]:
        cap = self.run.get("connections_cap")
        most = self._connections.get("most", 0)
        if cap is not None and most > cap:
            yield Violation("connections", "postgres", f"{most} of {cap}")


def _must_have_ticket(task: Task, end: Line) -> bool:
    """Where the model failed, nobody may have understood what was wanted."""
    answered = end["status"] == "completed" and not end["degraded"] and not task.misanswered
    return answered and task.wants == "escalation"


def check(path: Path) -> dict[str, Any]:
    """Judges a history.

    Args:
        path: The file.

    Returns:
        The verdict, the number of violations by rule, some of them, and figures.
    """
    checker = Checker()
    with path.open() as lines:
        checker.read(json.loads(line) for line in lines)
    found = list(checker.violations())
    return {
        "history": str(path),
        "verdict": "violated" if found else "kept",
        "violations": dict(Counter(violation.rule for violation in found)),
        "examples": [
            {"rule": one.rule, "about": one.about, "detail": one.detail} for one in found[:SHOWN]
        ],
        **checker.figures(),
    }


def main() -> None:
    """Prints the verdict; ends with 1 where something was violated."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.chaos.check HISTORY")
    verdict = check(Path(sys.argv[1]))
    print(json.dumps(verdict))
    sys.exit(verdict["verdict"] != "kept")


if __name__ == "__main__":
    main()
