"""The model of a FIFO queue, held to what the SQS developer guide says of the real one."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.chaos.fifo import DEDUPLICATION_SECONDS, FifoQueue, NotInFlightError

VISIBILITY = 30.0
RETENTION = 2_000.0
MAX_RECEIVES = 3

GROUPS = st.sampled_from(["a", "b", "c"])
NAMES = st.sampled_from(["1", "2", "3", "4"])


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class SendAndReceive(RuleBasedStateMachine):
    """Sends, receives, deletes, hides and waits, and keeps a diary to hold the queue against."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.dead_letters = FifoQueue(self.clock, name="dlq")
        self.queue = FifoQueue(
            self.clock,
            visibility=VISIBILITY,
            retention=RETENTION,
            max_receives=MAX_RECEIVES,
            dead_letters=self.dead_letters,
        )
        self.accepted: dict[tuple[str, str], float] = {}
        self.sent: dict[str, list[str]] = {"a": [], "b": [], "c": []}
        self.sent_at: dict[str, float] = {}
        self.deleted: set[str] = set()
        self.received: dict[str, int] = {}
        self.held: dict[str, tuple[str, str, float]] = {}

    @rule(group=GROUPS, name=NAMES)
    def send(self, group: str, name: str) -> None:
        before = len(self.queue.items())
        body = f"{group}{name}@{self.clock.now}/{len(self.sent_at)}"
        self.queue.send(body, group_id=group, deduplication_id=name)
        first = self.accepted.get((group, name))
        is_repeat = first is not None and self.clock.now < first + DEDUPLICATION_SECONDS
        assert len(self.queue.items()) - before == (0 if is_repeat else 1)
        if not is_repeat:
            self.accepted[group, name] = self.clock.now
            self.sent[group].append(body)
            self.sent_at[body] = self.clock.now

    @rule(most=st.integers(1, 10))
    def receive(self, most: int) -> None:
        for item in self.queue.receive(most):
            body, group = item.body, item.group_id
            assert body not in self.deleted
            assert self.clock.now < self.sent_at[body] + RETENTION
            # While one of a group is in flight, none that was received before is handed out too.
            others = [
                held
                for held, (of, _, until) in self.held.items()
                if of == group and until > self.clock.now and held != item.receipt_handle
            ]
            assert all(self.held[one][2] == self.clock.now + VISIBILITY for one in others)
            assert body not in [self.held[one][1] for one in others]
            # Nothing of the group that is before it was left out.
            ahead = self.sent[group][: self.sent[group].index(body)]
            in_hand = {self.held[one][1] for one in others}
            dead = {letter.body for letter in self.dead_letters.items()}
            for one in ahead:
                assert (
                    one in self.deleted | in_hand | dead
                    or self.clock.now >= self.sent_at[one] + RETENTION
                )
            self.received[body] = self.received.get(body, 0) + 1
            assert item.receive_count == self.received[body] <= MAX_RECEIVES
            self.held[item.receipt_handle] = (group, body, self.clock.now + VISIBILITY)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        handle = data.draw(st.sampled_from(sorted(self.held)))
        if self._is_over(handle):
            self._refused(lambda: self.queue.delete(handle))
            return
        self.queue.delete(handle)
        self.deleted.add(self.held.pop(handle)[1])

    @precondition(lambda self: self.held)
    @rule(data=st.data(), seconds=st.sampled_from([0, 5, 60, 400]))
    def hide(self, data: st.DataObject, seconds: int) -> None:
        handle = data.draw(st.sampled_from(sorted(self.held)))
        if self._is_over(handle):
            self._refused(lambda: self.queue.change_visibility(handle, seconds))
            return
        self.queue.change_visibility(handle, seconds)
        group, body, _ = self.held[handle]
        self.held[handle] = (group, body, self.clock.now + seconds)

    @rule(seconds=st.sampled_from([1, 29, 31, 299, 301, 1_000]))
    def wait(self, seconds: int) -> None:
        self.clock.now += seconds

    @invariant()
    def dead_letters_were_received_often_enough(self) -> None:
        for letter in self.dead_letters.items():
            assert self.received[letter.body] == MAX_RECEIVES
            assert letter.body not in self.deleted

    @invariant()
    def what_is_ready_can_be_told(self) -> None:
        in_flight = {of for of, _, until in self.held.values() if until > self.clock.now}
        waiting = {item.group_id for item in self.queue.items()}
        assert set(self.queue.ready_groups()) == waiting - in_flight

    def _is_over(self, handle: str) -> bool:
        _, body, until = self.held[handle]
        return until <= self.clock.now or self.clock.now >= self.sent_at[body] + RETENTION

    def _refused(self, call: object) -> None:
        assert callable(call)
        try:
            call()
        except NotInFlightError:
            return
        raise AssertionError("a handle of the past was taken")


SendAndReceive.TestCase.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
TestSendAndReceive = SendAndReceive.TestCase


def test_a_message_that_is_given_up_lets_the_next_one_of_its_group_pass() -> None:
    clock = Clock()
    dead_letters = FifoQueue(clock)
    queue = FifoQueue(clock, visibility=5, max_receives=1, dead_letters=dead_letters)
    for body in ("first", "second"):
        queue.send(body, group_id="g", deduplication_id=body)
    assert [item.body for item in queue.receive()] == ["first"]
    clock.now += 6
    assert [item.body for item in queue.receive()] == ["second"]
    assert [item.body for item in dead_letters.items()] == ["first"]
