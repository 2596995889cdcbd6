"""The chat queue in memory; tests/contract holds it to the promises of the real one."""

from typing import NamedTuple

from frontdesk.domain.errors import InfrastructureError
from frontdesk.domain.task import QueuedMessage


class SetAside(NamedTuple):
    body: str
    conversation_id: str
    deduplication_id: str
    reason: str


class FakeChatQueue:
    """Implements ChatSender and ChatDelivery.

    Set `is_down` to make every call fail, or `loses_answer` to make a send arrive and fail.
    """

    def __init__(self) -> None:
        self.sent: list[QueuedMessage] = []
        self.hidden: dict[str, int] = {}
        self.aside: list[SetAside] = []
        self.is_down = False
        self.loses_answer = False
        self._seen: set[str] = set()

    def send(self, message: QueuedMessage, *, deduplication_id: str | None = None) -> None:
        self._reach()
        seen = deduplication_id or message.task_id
        if seen not in self._seen:
            self._seen.add(seen)
            self.sent.append(QueuedMessage.model_validate_json(message.model_dump_json()))
        if self.loses_answer:
            raise InfrastructureError("the queue's answer was lost")

    def hide(self, receipt_handle: str, seconds: int) -> None:
        self._reach()
        self.hidden[receipt_handle] = seconds

    def set_aside(
        self, body: str, *, conversation_id: str, deduplication_id: str, reason: str
    ) -> None:
        self._reach()
        self.aside.append(SetAside(body, conversation_id, deduplication_id, reason))

    def _reach(self) -> None:
        if self.is_down:
            raise InfrastructureError("the chat queue is out of reach")
