"""The life of a turn: answered exactly once, whatever happens to its worker."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from agent_worker.stages import StageReporter
from agent_worker.turn import (
    CRASH_BACKOFF_SECONDS,
    INVALID_MESSAGE,
    MAX_BACKOFF_SECONDS,
    MAX_CRASHES,
    PROCESSING_FAILED,
    VISIBILITY_MARGIN_SECONDS,
    TurnWorker,
)
from frontdesk.adapters.sqs_chat import to_body
from frontdesk.domain.conversation import (
    CONVERSATION_CLOSED,
    ConversationStatus,
    Handler,
    Message,
    Turn,
    WaitingFor,
)
from frontdesk.domain.errors import InfrastructureError
from frontdesk.domain.model import Completion
from frontdesk.domain.task import QueuedMessage, Stage, TaskResult, TaskStatus
from tests.support.fake_conversations import FakeConversationStore
from tests.support.fake_knowledge import FakeKnowledgeSearch
from tests.support.fake_model import Answer, Asked, ScriptedModel, route, text
from tests.support.fake_tasks import FakeTasks
from tests.support.worker import DAVID, GUEST, JOHN, Desk, a_delivery, a_hit

ANSWER = (route("faq"), text("Click it [1]."))


class Killed(BaseException):
    """What happens to a worker whose process ends: no handler of ours sees it."""


def a_desk(*answers: Answer, **changes: Any) -> tuple[Desk, ScriptedModel, FakeConversationStore]:
    model, store = ScriptedModel(*answers), FakeConversationStore()
    knowledge = FakeKnowledgeSearch((a_hit("Click it."),))
    return Desk(model, store, knowledge, **changes), model, store


def messages_of(store: FakeConversationStore) -> list[tuple[str, str]]:
    return [(message.role, message.content) for _, message in store.messages]


def test_a_message_is_answered_published_and_acknowledged() -> None:
    desk, _, store = a_desk(*ANSWER)
    message = desk.accept("How?")

    assert desk.deliver(message)

    task = desk.task(message)
    assert task.status is TaskStatus.COMPLETED
    assert task.response == "Click it [1]."
    assert task.stage is None
    assert task.timings_ms.total >= task.timings_ms.queued >= 0
    assert messages_of(store) == [("customer", "How?"), ("assistant", "Click it [1].")]
    assert desk.telemetry.results == [store.turns[message.task_id][1]]


@pytest.mark.parametrize(
    ("asked", "change", "publications"),
    [
        ("And now?", {}, 0),
        ("I want to talk to a person!", {}, 1),
        ("And now?", {"handler": Handler.HUMAN}, 1),
        ("And now?", {"status": ConversationStatus.CLOSED}, 1),
    ],
)
def test_events_are_published_after_turns_that_people_are_told_of(
    asked: str, change: dict[str, Any], publications: int
) -> None:
    desk, _, store = a_desk(*ANSWER, text("Click it [1]."))
    first = desk.ask("How?")
    store.change(first.conversation_id, **change)

    desk.ask(asked, conversation_id=first.conversation_id)

    assert desk.publications == publications


def test_the_message_is_hidden_for_as_long_as_the_function_lives() -> None:
    desk, _, _ = a_desk(*ANSWER)
    message = desk.accept("How?")
    delivered = a_delivery(to_body(message))

    desk.worker().handle(delivered, lambda: 60.0)

    assert desk.queue.hidden == {delivered.receipt_handle: 65}


def test_a_queue_that_hides_nothing_does_not_keep_the_answer() -> None:
    desk, _, _ = a_desk(*ANSWER)
    message = desk.accept("How?")
    desk.queue.is_down = True

    assert desk.deliver(message)
    assert desk.task(message).status is TaskStatus.COMPLETED


def test_a_message_delivered_again_changes_nothing() -> None:
    desk, model, store = a_desk(*ANSWER)
    message = desk.accept("How?")
    desk.deliver(message)
    before = desk.task(message)

    assert desk.deliver(message, times_before=1)

    assert desk.task(message) == before
    assert len(model.asked) == 2
    assert len(store.messages) == 2


def test_a_worker_killed_between_commit_and_publish_loses_nothing() -> None:
    desk, model, store = a_desk(*ANSWER)
    message = desk.accept("How?")

    class KilledBeforePublishing(FakeTasks):
        def publish(self, *_: Any) -> bool:
            raise Killed

    doomed = KilledBeforePublishing()
    doomed.tasks, doomed.conversations = desk.tasks.tasks, desk.tasks.conversations
    with pytest.raises(Killed):
        desk.deliver(message, tasks=doomed)
    assert desk.task(message).status is TaskStatus.PROCESSING

    assert desk.deliver(message, times_before=1)

    assert desk.task(message).response == "Click it [1]."
    assert len(model.asked) == 2
    assert len(store.messages) == 2


def test_a_worker_killed_before_the_commit_is_done_over() -> None:
    def dies(asked: Asked) -> Completion:
        raise Killed

    desk, _, store = a_desk(route("faq"), dies, *ANSWER)
    message = desk.accept("How?")
    with pytest.raises(Killed):
        desk.deliver(message)
    assert messages_of(store) == [("customer", "How?")]

    assert desk.deliver(message, times_before=1)

    assert desk.task(message).status is TaskStatus.COMPLETED
    assert len(store.messages) == 2


def test_of_two_workers_the_second_publishes_what_the_first_committed() -> None:
    desk, _, store = a_desk()
    message = desk.accept("How?")
    committed = threading.Event()

    class Late(FakeConversationStore):
        """Commits only when the other worker has."""

        def commit(self, turn: Turn) -> TaskResult:
            assert committed.wait(10)
            return super().commit(turn)

    late_store = Late(store.records)
    late_store.conversations, late_store.messages = store.conversations, store.messages
    late_store.turns = store.turns
    late_model = ScriptedModel(route("faq"), text("The late answer."))
    results: list[TaskResult] = []

    class Published(FakeTasks):
        def publish(self, task_id: str, conversation_id: str, result: TaskResult) -> bool:
            results.append(result)
            return super().publish(task_id, conversation_id, result)

    tasks = Published()
    tasks.tasks, tasks.conversations = desk.tasks.tasks, desk.tasks.conversations
    late = threading.Thread(
        target=desk.deliver,
        args=(message,),
        kwargs={"store": late_store, "model": late_model, "tasks": tasks},
    )
    late.start()
    wait_until(lambda: len(late_model.asked) == 2)

    assert desk.deliver(
        message, model=ScriptedModel(route("faq"), text("The first answer.")), tasks=tasks
    )
    committed.set()
    late.join(10)

    assert [result.response for result in results] == ["The first answer."] * 2
    assert desk.task(message).response == "The first answer."
    assert [content for _, content in messages_of(store)] == ["How?", "The first answer."]


def wait_until(state: Callable[[], bool]) -> None:
    reached = threading.Event()
    for _ in range(1000):
        if state():
            return
        reached.wait(0.01)
    raise AssertionError("the state was not reached")


def crash(*_: Any, **__: Any) -> Any:
    raise RuntimeError("a private word of the customer's")


class CrashingModel:
    complete = staticmethod(crash)


def test_an_unforeseen_error_is_tried_again_soon_and_not_quoted() -> None:
    desk, _, _ = a_desk()
    message = desk.accept("How?")
    delivered = a_delivery(to_body(message))

    assert not desk.worker(model=CrashingModel()).handle(delivered, lambda: 60.0)

    assert desk.queue.hidden[delivered.receipt_handle] == CRASH_BACKOFF_SECONDS
    assert desk.task(message).status is TaskStatus.PROCESSING
    assert "private" not in str(desk.telemetry.events)


def test_a_message_that_crashes_its_worker_three_times_is_failed_and_set_aside() -> None:
    desk, _, store = a_desk(*ANSWER)
    message = desk.accept("How?")
    for times_before in range(MAX_CRASHES):
        assert not desk.deliver(message, times_before=times_before, model=CrashingModel())

    assert desk.deliver(message, times_before=MAX_CRASHES, model=CrashingModel())

    task = desk.task(message)
    assert (task.status, task.error) == (TaskStatus.FAILED, PROCESSING_FAILED)
    [aside] = desk.queue.aside
    assert aside.conversation_id == message.conversation_id
    assert "crashed" in aside.reason
    assert QueuedMessage.model_validate_json(aside.body) == message
    assert messages_of(store) == [("customer", "How?")]
    assert store.turns[message.task_id][1].status is TaskStatus.FAILED
    assert desk.telemetry.results[-1].status is TaskStatus.FAILED

    follow_up = desk.accept("And this?", conversation_id=message.conversation_id)
    assert desk.deliver(follow_up)
    assert desk.task(follow_up).status is TaskStatus.COMPLETED


def test_a_message_that_cannot_even_be_taken_up_is_failed_all_the_same() -> None:
    class Broken(FakeConversationStore):
        take_up = staticmethod(crash)

    desk, _, _ = a_desk()
    message = desk.accept("How?")
    for times_before in range(MAX_CRASHES):
        assert not desk.deliver(message, times_before=times_before, store=Broken())

    assert desk.deliver(message, times_before=MAX_CRASHES, store=Broken())
    assert desk.task(message).status is TaskStatus.FAILED


@pytest.mark.parametrize(
    ("times_before", "seconds"), [(0, 2), (1, 4), (3, 16), (5, 60), (500, MAX_BACKOFF_SECONDS)]
)
def test_an_outage_puts_the_message_off(times_before: int, seconds: int) -> None:
    desk, _, store = a_desk()
    message = desk.accept("How?")
    store.is_down = True
    delivered = a_delivery(to_body(message), times_before=times_before)

    assert not desk.worker().handle(delivered, lambda: 60.0)

    assert desk.queue.hidden[delivered.receipt_handle] == seconds
    assert desk.task(message).status is TaskStatus.PROCESSING


def test_an_outage_is_no_crash_however_long_it_lasts() -> None:
    desk, _, store = a_desk(*ANSWER)
    message = desk.accept("How?")
    store.is_down = True
    for times_before in range(10):
        assert not desk.deliver(message, times_before=times_before)
    store.is_down = False

    assert desk.deliver(message, times_before=10)

    assert desk.task(message).status is TaskStatus.COMPLETED
    assert desk.queue.aside == []


def test_without_the_tasks_table_nothing_is_lost() -> None:
    desk, _, _ = a_desk(*ANSWER)
    message = desk.accept("How?")
    desk.tasks.is_down = True
    assert not desk.deliver(message)
    desk.tasks.is_down = False

    assert desk.deliver(message, times_before=1)

    assert desk.task(message).status is TaskStatus.COMPLETED


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"version": 1}', '"text"'])
def test_what_cannot_be_parsed_is_set_aside(body: str) -> None:
    desk, _, _ = a_desk()
    delivered = a_delivery(body, "conv_1")

    assert desk.worker().handle(delivered, lambda: 60.0)

    [aside] = desk.queue.aside
    assert (aside.body, aside.conversation_id) == (body, "conv_1")
    assert aside.reason.startswith("the message cannot be parsed: ")
    assert not aside.reason.endswith(" ")
    assert aside.deduplication_id == delivered.message_id
    # It may come again before the dead-letter queue forgets its name, not after.
    assert desk.queue.hidden[delivered.receipt_handle] == 60 + VISIBILITY_MARGIN_SECONDS


def test_a_worker_that_dies_before_it_sets_aside_loses_no_copy() -> None:
    # Given a message whose copy for people cannot be made
    desk, _, store = a_desk(*ANSWER)
    message = desk.accept("How?")
    for times_before in range(MAX_CRASHES):
        desk.deliver(message, times_before=times_before, model=CrashingModel())
    delivered = a_delivery(to_body(message), message.conversation_id, MAX_CRASHES)
    desk.queue.is_down = True
    assert not desk.worker(model=CrashingModel()).handle(delivered, lambda: 60.0)
    # Then its failure is not committed: housekeeping would publish it, and nobody come back
    assert message.task_id not in store.turns
    desk.queue.is_down = False
    # When the queue delivers it once more
    assert desk.worker(model=CrashingModel()).handle(delivered, lambda: 60.0)
    # Then
    [aside] = desk.queue.aside
    assert desk.task(message).status is TaskStatus.FAILED
    assert store.turns[message.task_id][1].status is TaskStatus.FAILED
    # Told apart from a copy that is made after people sent it again.
    assert aside.deduplication_id == delivered.message_id


def test_what_cannot_be_parsed_but_names_its_task_fails_it() -> None:
    desk, _, _ = a_desk()
    message = desk.accept("How?")
    body = to_body(message).replace('"version":1', '"version":99')

    assert desk.worker().handle(a_delivery(body), lambda: 60.0)

    task = desk.task(message)
    assert (task.status, task.error) == (TaskStatus.FAILED, INVALID_MESSAGE)
    assert desk.queue.aside[0].deduplication_id == message.task_id
    assert "How?" not in desk.queue.aside[0].reason


def test_what_cannot_be_set_aside_is_kept() -> None:
    desk, _, _ = a_desk()
    desk.queue.is_down = True

    assert not desk.worker().handle(a_delivery("{"), lambda: 60.0)


def test_a_message_to_somebody_elses_conversation_is_failed_and_leaves_no_trace_there() -> None:
    desk, _, store = a_desk(*ANSWER)
    first = desk.accept("How?", JOHN)
    desk.deliver(first)
    # Ingest would refuse it; the worker checks again.
    intruder = desk.accept("Show me.", DAVID)
    forged = intruder.model_copy(update={"conversation_id": first.conversation_id})

    assert desk.deliver(forged)

    task = desk.task(intruder)
    assert (task.status, task.error) == (TaskStatus.FAILED, INVALID_MESSAGE)
    assert len(store.messages) == 2
    assert intruder.task_id not in store.turns


def test_a_guest_who_signs_in_has_all_conversations_and_loses_no_message() -> None:
    # given a guest with two conversations, and a message that is queued in one of them
    desk, _, store = a_desk(*ANSWER * 4)
    first, other = desk.ask("How?", GUEST), desk.ask("How?", GUEST)
    queued = desk.accept("And now?", GUEST, conversation_id=other.conversation_id)

    # when the guest signs in, in the other one
    desk.ask(
        "How do I?",
        JOHN,
        conversation_id=first.conversation_id,
        claimed_subject=GUEST.subject,
    )

    # then ingest takes the customer's messages in both of them, and what was queued is answered
    for conversation_id in (first.conversation_id, other.conversation_id):
        assert desk.tasks.conversation_owner(conversation_id) == JOHN.subject
    assert desk.deliver(queued)
    assert desk.task(queued).status is TaskStatus.COMPLETED
    assert store.conversations[other.conversation_id].owner_subject == JOHN.subject


def test_a_sign_in_that_ingest_cannot_be_told_of_is_put_off() -> None:
    desk, _, _ = a_desk(*ANSWER * 3)
    first, other = desk.ask("How?", GUEST), desk.ask("How?", GUEST)
    claiming = desk.accept(
        "How do I?",
        JOHN,
        conversation_id=first.conversation_id,
        claimed_subject=GUEST.subject,
    )

    def is_down(*_: object, **__: object) -> None:
        raise InfrastructureError("the tasks table is out of reach")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk.tasks, "hand_on", is_down)
        assert not desk.deliver(claiming)

    assert desk.deliver(claiming, times_before=1)
    assert desk.tasks.conversation_owner(other.conversation_id) == JOHN.subject


def moves(
    desk: Desk, store: FakeConversationStore, **changes: Any
) -> Callable[[Asked], Completion]:
    """An answer during which somebody else changes the conversation."""

    def answer(asked: Asked) -> Completion:
        store.change(next(iter(store.conversations)), **changes)
        return text("The first answer.")

    return answer


def test_a_conversation_that_moved_is_answered_once_more() -> None:
    desk, model, store = a_desk(route("faq"))
    model.will(moves(desk, store), route("faq"), text("The second answer."))

    task = desk.ask("How?")

    model.verify()
    assert task.response == "The second answer."
    assert len(desk.replies(task.conversation_id)) == 1
    assert desk.telemetry.counted == ["TurnConflicts"]


def test_a_conversation_that_keeps_moving_is_put_off() -> None:
    desk, model, store = a_desk(route("faq"))
    model.will(moves(desk, store), route("faq"), moves(desk, store), *ANSWER)
    message = desk.accept("How?")

    assert not desk.deliver(message)
    assert desk.deliver(message, times_before=1)

    assert desk.task(message).response == "Click it [1]."


def test_a_person_who_takes_over_is_not_talked_over() -> None:
    desk, model, store = a_desk(route("faq"))
    model.will(moves(desk, store, handler=Handler.HUMAN))

    task = desk.ask("How?")

    assert (task.status, task.response) == (TaskStatus.HANDED_OFF, None)
    assert desk.replies(task.conversation_id) == []


def test_a_conversation_that_is_closed_meanwhile_gets_no_reply() -> None:
    desk, model, store = a_desk(route("faq"))
    model.will(moves(desk, store, status=ConversationStatus.CLOSED))

    task = desk.ask("How?")

    assert (task.status, task.error) == (TaskStatus.FAILED, CONVERSATION_CLOSED)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"handler": Handler.HUMAN}, TaskStatus.HANDED_OFF),
        ({"status": ConversationStatus.CLOSED}, TaskStatus.FAILED),
    ],
)
def test_no_model_is_asked_where_no_answer_may_be_given(
    change: dict[str, Any], status: TaskStatus
) -> None:
    desk, model, store = a_desk(*ANSWER)
    first = desk.ask("How?")
    store.change(first.conversation_id, **change)

    second = desk.ask("And now?", conversation_id=first.conversation_id)

    assert second.status is status
    assert len(model.asked) == 2
    assert messages_of(store)[-1] == ("customer", "And now?")


def test_silenced_agents_leave_the_conversation_to_people() -> None:
    desk, model, store = a_desk(agents_enabled=False)

    task = desk.ask("How?")

    assert task.status is TaskStatus.HANDED_OFF
    assert model.asked == []
    assert store.conversations[task.conversation_id].waiting_for is WaitingFor.STAFF


def test_a_knowledge_base_out_of_reach_puts_the_message_off() -> None:
    class Down(FakeKnowledgeSearch):
        def search(self, *_: Any, **__: Any) -> Any:
            raise InfrastructureError("postgres: OperationalError")

    desk, _, _ = a_desk(route("faq"), *ANSWER)
    message = desk.accept("How?")

    assert not desk.deliver(message, knowledge=Down())
    assert desk.deliver(message, times_before=1)
    assert desk.task(message).status is TaskStatus.COMPLETED


def test_a_worker_holds_no_state_between_messages() -> None:
    desk, _, _ = a_desk(*ANSWER, *ANSWER)
    worker: TurnWorker = desk.worker()

    for _ in range(2):
        message = desk.accept("How?")
        assert worker.handle(a_delivery(to_body(message)), lambda: 60.0)
        assert desk.task(message).usage.llm_calls == 2


def test_before_a_first_message_there_is_nothing_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, model, store = a_desk(*ANSWER, *ANSWER, *ANSWER)
    read: list[str] = []
    really_read = store.recent_messages

    def recent_messages(conversation_id: str, *, limit: int) -> list[Message]:
        read.append(conversation_id)
        return really_read(conversation_id, limit=limit)

    monkeypatch.setattr(store, "recent_messages", recent_messages)
    first = desk.accept("How?")
    desk.deliver(first)
    assert read == []

    desk.ask("And then?", conversation_id=first.conversation_id)
    carried_on = desk.accept("Once more?", previous_conversation_id=first.conversation_id)
    desk.deliver(carried_on)

    assert read[:2] == [first.conversation_id, carried_on.conversation_id]
    remembered = [one.content for one in model.asked[-1].messages]
    assert ("How?" in remembered, "And then?" in remembered) == (True, True)


@pytest.mark.parametrize(
    ("agent", "stages"),
    [("faq", ["routing", "retrieving", "answering"]), ("order", ["routing", "answering"])],
)
def test_the_stages_of_a_turn_are_reported_in_order(agent: str, stages: list[str]) -> None:
    reported: list[str] = []

    class Watched(FakeTasks):
        def stage(self, task_id: str, stage: Stage) -> None:
            reported.append(stage)

    desk, _, _ = a_desk(route(agent), text("Click it."))
    desk.tasks = Watched()

    desk.ask("How?")

    assert reported == stages


def test_stages_that_are_over_before_they_are_told_are_left_out() -> None:
    reported: list[Stage] = []
    may_go_on = threading.Event()

    class Slow(FakeTasks):
        def stage(self, task_id: str, stage: Stage) -> None:
            reported.append(stage)
            assert may_go_on.wait(10)

    with ThreadPoolExecutor(1) as executor:
        reporter = StageReporter(Slow(), "task_1", executor, settled_seconds=0)
        reporter(Stage.ROUTING)
        wait_until(lambda: reported == [Stage.ROUTING])
        reporter(Stage.RETRIEVING)
        reporter(Stage.ANSWERING)
        reporter(Stage.ANSWERING)
        may_go_on.set()
        wait_until(lambda: len(reported) == 2)
        reporter.finish()

    assert reported == [Stage.ROUTING, Stage.ANSWERING]


def test_stages_that_nobody_could_read_are_not_told() -> None:
    reported: list[Stage] = []

    class Watched(FakeTasks):
        def stage(self, task_id: str, stage: Stage) -> None:
            reported.append(stage)

    with ThreadPoolExecutor(1) as executor:
        reporter = StageReporter(Watched(), "task_1", executor, settled_seconds=3600)
        reporter(Stage.ROUTING)
        reporter(Stage.ANSWERING)
        reporter.finish()

    assert reported == []
