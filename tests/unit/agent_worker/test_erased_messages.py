"""A message of an erased conversation ends its task, and leaves no copy anywhere."""

from typing import Any

from agent_worker.turn import ERASED, MAX_CRASHES
from frontdesk.domain.model import Completion
from frontdesk.domain.task import TaskStatus
from tests.support.fake_conversations import FakeConversationStore
from tests.support.fake_model import ScriptedModel, route, text
from tests.support.worker import Desk


def test_late_message_is_failed_and_forgotten() -> None:
    # given a message that is queued when its conversation is erased
    store = FakeConversationStore()
    desk = Desk(ScriptedModel(), store)
    message = desk.accept("my secret")
    store.erase(message.conversation_id)

    # when it is delivered
    assert desk.deliver(message)

    # then its task has failed, and neither store nor dead letters nor logs have it
    task = desk.task(message)
    assert (task.status, task.error) == (TaskStatus.FAILED, ERASED)
    assert store.messages == []
    assert desk.queue.aside == []
    assert "secret" not in str(desk.telemetry.events)


def test_conversation_that_is_erased_while_it_is_answered() -> None:
    # given a model whose answer comes when the conversation is gone
    store = FakeConversationStore()
    desk = Desk(ScriptedModel(), store)
    message = desk.accept("my secret")
    script = ScriptedModel(route("faq"), text("Your secret is safe."))

    class Slow:
        def complete(self, *args: Any, **options: Any) -> Completion:
            store.erase(message.conversation_id)
            return script.complete(*args, **options)

    # when it is answered
    assert desk.deliver(message, model=Slow())

    # then nobody gets the answer
    assert desk.task(message).error == ERASED
    assert (store.messages, store.turns, desk.queue.aside) == ([], {}, [])


def test_message_that_crashed_its_worker_before_the_erasure() -> None:
    store = FakeConversationStore()
    desk = Desk(ScriptedModel(), store)
    message = desk.accept("my secret")

    def crash(*_: Any, **__: Any) -> Any:
        raise RuntimeError("crash")

    class Broken(FakeConversationStore):
        take_up = staticmethod(crash)

    for times_before in range(MAX_CRASHES):
        assert not desk.deliver(message, times_before=times_before, store=Broken())
    store.erase(message.conversation_id)

    assert desk.deliver(message, times_before=MAX_CRASHES)

    assert desk.task(message).error == ERASED
    assert desk.queue.aside == []
