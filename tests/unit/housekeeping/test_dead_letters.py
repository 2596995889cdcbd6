"""People look at what could not be answered, and bring it back."""

import contextlib
import itertools
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.domain.errors import InfrastructureError
from frontdesk.domain.task import TaskStatus
from housekeeping.dead_letters import DISCARDED, NOT_SAID, Outcome, Redriven
from tests.support.chat import NOW
from tests.support.housekeeping import Countdown, Crash, House

ARN = "arn:aws:sts::123456789012:assumed-role/on-call/jane"


def always() -> bool:
    return True


class TestShowing:
    def test_messages_are_told_apart_without_their_words(self) -> None:
        # Given
        house = House()
        message = house.accept(text="My secret is swordfish")
        house.letters.put(message.model_dump_json(), reason="crashed its worker 3 times")
        house.letters.put("{not json: swordfish", reason=None, at=NOW - timedelta(hours=1))
        house.now += timedelta(minutes=2)
        # When
        shown = house.office().show(always).letters
        # Then the oldest comes first
        unreadable, crashed = shown
        assert (crashed.task_id, crashed.conversation_id, crashed.reason, crashed.age_seconds) == (
            message.task_id,
            message.conversation_id,
            "crashed its worker 3 times",
            120,
        )
        assert (unreadable.task_id, unreadable.reason, unreadable.age_seconds) == (
            None,
            NOT_SAID,
            3720,
        )
        assert "swordfish" not in repr(shown)

    def test_looking_changes_nothing(self) -> None:
        house = House()
        for _ in range(25):
            house.fail(house.accept())
        assert len(house.office().show(always).letters) == 25
        assert len(house.office().show(always).letters) == 25

    def test_it_stops_when_its_time_is_up(self) -> None:
        house = House()
        for _ in range(25):
            house.fail(house.accept())
        left = itertools.chain([True, True], itertools.repeat(False))
        listing = house.office().show(lambda: next(left))
        assert (len(listing.letters), listing.more) == (20, 5)
        assert house.letters.held == set()


class TestDiscarding:
    def test_one_is_removed_and_written_down(self) -> None:
        house = House()
        message, other = house.accept(), house.accept()
        house.fail(message)
        kept = house.fail(other)
        # When
        (done,) = house.office().discard(message.task_id, always)
        # Then
        assert (done.task_id, done.outcome) == (message.task_id, Outcome.DISCARDED)
        assert house.letters.letters == [kept]
        assert house.letters.held == set()
        assert house.task(message).status is TaskStatus.FAILED
        (entry,) = house.audit.entries
        assert (entry.action, entry.object_id) == ("task.discard", message.task_id)
        assert ("task.discard", message.task_id) in house.told()

    def test_the_task_of_one_that_the_queue_itself_moved_fails(self) -> None:
        # Given a message that was delivered too often, and that no worker has ended
        house = House()
        message = house.accept()
        house.letters.put(message.model_dump_json(), reason=None)
        # When
        (done,) = house.office().discard(message.task_id, always)
        # Then its sender and staff can see that it is not answered, and there is no other copy
        assert done.outcome == Outcome.DISCARDED
        assert house.task(message).status is TaskStatus.FAILED
        committed = house.store.committed_result(message.conversation_id, message.task_id)
        assert committed is not None
        assert committed.error == DISCARDED
        assert (house.letters.letters, house.queue.aside) == ([], [])
        assert house.sweep().looked_at == 0

    def test_one_that_was_answered_meanwhile_stays_answered(self) -> None:
        house = House()
        message = house.accept()
        house.commit(message)
        house.letters.put(message.model_dump_json(), reason=None)
        house.office().discard(message.task_id, always)
        assert house.task(message).status is TaskStatus.COMPLETED

    @pytest.mark.parametrize("calls", range(16))
    def test_it_can_be_cut_off_anywhere_and_done_again(self, calls: int) -> None:
        house = House(countdown=Countdown(calls))
        message = house.accept()
        house.letters.put(message.model_dump_json(), reason=None)
        with contextlib.suppress(Crash):
            house.office().discard(message.task_id, always)
        house.countdown.left = None
        house.letters.held.clear()
        house.office().discard(message.task_id, always)
        assert house.letters.letters == []
        assert house.task(message).status is TaskStatus.FAILED

    def test_what_cannot_be_read_is_named_by_its_own_id(self) -> None:
        house = House()
        letter = house.letters.put("{not json: swordfish")
        (done,) = house.office().discard(letter.message_id, always)
        assert (done.message_id, done.task_id) == (letter.message_id, None)
        assert house.letters.letters == []
        assert "swordfish" not in repr(house.audit.entries)

    def test_nothing_else_is_touched(self) -> None:
        house = House()
        letter = house.fail(house.accept())
        assert house.office().discard("task_of_nobody", always) == []
        assert house.letters.letters == [letter]
        assert house.letters.held == set()
        assert house.audit.entries == []

    def test_nothing_is_removed_that_cannot_be_written_down(self) -> None:
        house = House()
        letter = house.fail(house.accept())
        house.audit.is_down = True
        with pytest.raises(InfrastructureError):
            house.office().discard(letter.message_id, always)
        assert house.letters.letters == [letter]
        assert house.letters.held == set()


class TestRedriving:
    def test_a_failed_task_comes_back_to_life_and_is_answered(self) -> None:
        # Given
        house = House()
        message = house.accept()
        letter = house.fail(message)
        assert house.task(message).status is TaskStatus.FAILED
        # When
        (done,) = house.office().redrive(None, always)
        # Then it waits, with a message of its own in the queue
        assert done == Redriven(letter.message_id, message.task_id, Outcome.SENT)
        assert house.task(message).status is TaskStatus.QUEUED
        assert house.tasks.tasks[message.task_id].sent_at == house.now
        assert house.queue.sent == [message]
        assert house.letters.letters == []
        assert house.telemetry.counted["TasksRedriven"] == 1
        # and a worker answers it as any other
        result = house.commit(message)
        house.tasks.publish(message.task_id, message.conversation_id, result)
        assert house.task(message).status is TaskStatus.COMPLETED
        assert house.tasks.conversations[message.conversation_id].unanswered == 0

    def test_it_can_fail_and_come_back_again(self) -> None:
        house = House()
        message = house.accept()
        for number in range(1, 4):
            house.fail(message)
            house.office().redrive(None, always)
            assert len(house.queue.sent) == 1
            house.queue.sent.clear()
            assert house.task(message).status is TaskStatus.QUEUED, number

    def test_who_did_it_to_what_is_in_the_audit_log(self) -> None:
        house = House()
        message = house.accept(text="swordfish")
        house.fail(message)
        house.office().redrive(None, always, ARN)
        (entry,) = house.turns.audited
        assert (entry.action, entry.object_id) == ("task.redrive", message.task_id)
        assert entry.details == {
            "conversation_id": message.conversation_id,
            "operator": ARN,
            "reason": "crashed",
        }
        assert "swordfish" not in repr(entry)

    def test_so_is_one_that_was_sent_again(self) -> None:
        house = House()
        message = house.accept(text="swordfish")
        house.office().redrive(message.task_id, always, ARN)
        (entry,) = house.audit.entries
        assert (entry.action, entry.object_id) == ("task.send_again", message.task_id)
        assert entry.correlation_id == message.correlation_id
        assert entry.details == {"conversation_id": message.conversation_id, "operator": ARN}
        assert ("task.send_again", message.task_id) in house.told()
        assert "swordfish" not in repr(entry)

    def test_nothing_is_sent_that_cannot_be_written_down(self) -> None:
        house = House()
        message = house.accept()
        house.audit.is_down = True
        with pytest.raises(InfrastructureError):
            house.office().redrive(message.task_id, always)
        assert house.queue.sent == []

    def test_who_does_not_say_who_they_are_is_not_invented(self) -> None:
        house = House()
        letter = house.fail(house.accept())
        house.office().discard(letter.message_id, always)
        (entry,) = house.audit.entries
        assert "operator" not in entry.details

    def test_what_it_has_no_time_for_is_let_go_of(self) -> None:
        house = House()
        for _ in range(5):
            house.fail(house.accept())
        left = itertools.chain([True, True], itertools.repeat(False))
        assert len(house.office().redrive(None, lambda: next(left))) == 1
        assert len(house.letters.letters) == 4
        assert house.letters.held == set()

    def test_a_task_is_sent_again_whose_message_the_queue_has_lost(self) -> None:
        # Given a task that was sent, and waits
        house = House()
        message, other = house.accept(text="Where is it?"), house.accept()
        house.fail(other)
        house.now += timedelta(minutes=40)
        # When
        (done,) = house.office().redrive(message.task_id, always)
        # Then it is sent as it was recorded, and nothing else is touched
        assert (done.task_id, done.outcome) == (message.task_id, Outcome.SENT)
        assert house.queue.sent == [message]
        assert house.tasks.tasks[message.task_id].sent_at == house.now
        assert len(house.letters.letters) == 1
        assert house.letters.held == set()

    def test_a_task_that_has_ended_or_is_gone_is_not_sent_again(self) -> None:
        house = House()
        message = house.accept()
        house.tasks.publish(message.task_id, message.conversation_id, house.commit(message))
        for task_id in (message.task_id, "task_of_nobody"):
            assert house.office().redrive(task_id, always) == []
        assert house.queue.sent == []

    def test_one_task_is_redriven_and_the_others_stay(self) -> None:
        # Given
        house = House()
        wanted, other = house.accept(), house.accept()
        kept = house.fail(other)
        house.fail(wanted)
        house.letters.put("{}")
        # When
        done = house.office().redrive(wanted.task_id, always)
        # Then
        assert [one.task_id for one in done] == [wanted.task_id]
        assert house.task(other).status is TaskStatus.FAILED
        assert house.letters.letters[0] is kept
        assert len(house.letters.letters) == 2
        assert house.letters.held == set()

    def test_an_answer_is_not_given_twice(self) -> None:
        # Given a message that was answered after all
        house = House()
        message = house.accept()
        house.letters.put(message.model_dump_json())
        house.tasks.publish(message.task_id, message.conversation_id, house.commit(message))
        # When
        (done,) = house.office().redrive(None, always)
        # Then
        assert done.outcome is Outcome.ANSWERED
        assert house.queue.sent == []
        assert house.letters.letters == []
        assert message.task_id in house.store.turns

    def test_an_answer_that_was_only_committed_is_published(self) -> None:
        house = House()
        message = house.accept()
        house.letters.put(message.model_dump_json())
        house.commit(message)
        (done,) = house.office().redrive(None, always)
        assert done.outcome is Outcome.ANSWERED
        assert house.task(message).status is TaskStatus.COMPLETED
        assert house.queue.sent == []

    def test_of_an_erased_conversation_nothing_comes_back(self) -> None:
        house = House()
        message = house.accept()
        house.fail(message)
        del house.tasks.tasks[message.task_id]
        (done,) = house.office().redrive(None, always)
        assert done.outcome is Outcome.GONE
        assert house.queue.sent == []
        assert house.letters.letters == []

    def test_what_cannot_be_read_is_kept(self) -> None:
        house = House()
        letter = house.letters.put("{not json")
        (done,) = house.office().redrive(None, always)
        assert done == Redriven(letter.message_id, None, Outcome.UNREADABLE)
        assert house.letters.letters == [letter]
        assert house.letters.held == set()

    def test_an_outage_loses_nothing(self) -> None:
        # Given
        house = House()
        message = house.accept()
        house.fail(message)
        house.queue.is_down = True
        # When
        with pytest.raises(InfrastructureError):
            house.office().redrive(None, always)
        # Then
        assert len(house.letters.letters) == 1
        assert house.letters.held == set()
        house.queue.is_down = False
        assert house.office().redrive(None, always)[0].outcome is Outcome.SENT

    @settings(max_examples=60, deadline=None)
    @given(crash_at=st.integers(0, 30))
    def test_it_may_be_cut_off_anywhere_and_done_again(self, crash_at: int) -> None:
        # Given two failed tasks of one conversation
        house = House()
        first = house.accept()
        second = house.accept(conversation_id=first.conversation_id)
        for message in (first, second):
            house.fail(message)
        # When
        house.countdown = Countdown(crash_at)
        with contextlib.suppress(Crash):
            house.office().redrive(None, always)
        house.countdown = Countdown()
        house.letters.held.clear()  # The queue shows them again after some time.
        house.office().redrive(None, always)
        # Then each waits with one message, in order
        assert house.letters.letters == []
        assert house.queue.sent == [first, second]
        for message in (first, second):
            assert house.task(message).status is TaskStatus.QUEUED
        assert house.store.turns == {}
        assert house.tasks.conversations[first.conversation_id].unanswered == 2
