"""The clients of DynamoDB and SQS, on the models of a table and of queues, and their faults."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from tests.chaos.faults import CallFault, Faults
from tests.chaos.fifo import FifoQueue, NotInFlightError
from tests.chaos.history import History
from tests.chaos.kernel import Simulation, current_invocation, pass_point
from tests.chaos.table import Table, cancelled

TABLE_SECONDS = 0.005
QUEUE_SECONDS = 0.01

SDK_SECONDS = 3.0
"""What a call takes that gets no answer."""


class _Client:
    """Makes calls that may fail, take effect or not, and kill whoever makes them."""

    service = ""
    seconds = 0.0

    def __init__(self, simulation: Simulation, faults: Faults, history: History) -> None:
        self.is_down = False
        self._simulation = simulation
        self._faults = faults
        self._history = history

    def _call(self, operation: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        place = f"{self.service} {operation}"
        pass_point(f"{place} asked")
        is_transaction = operation == "TransactWriteItems"
        fault = self._faults.call(self.service, is_transaction=is_transaction)
        if fault is None and self.is_down:
            fault = CallFault.REFUSED
        if fault is not None:
            self._note(fault, operation)
        self._simulation.sleep(self.seconds)
        match fault:
            case CallFault.REFUSED:
                raise ClientError({"Error": {"Code": "ThrottlingException"}}, operation)
            case CallFault.CONFLICT:
                raise cancelled([{"Code": "TransactionConflict"}])
            case CallFault.UNREACHED:
                self._simulation.sleep(SDK_SECONDS)
                raise ReadTimeoutError(endpoint_url=self.service)
            case CallFault.TWICE if not is_transaction:
                # A transaction carries a token that makes its repeat harmless.
                make()
        answer = make()
        if fault is CallFault.LOST:
            self._simulation.sleep(SDK_SECONDS)
            raise ReadTimeoutError(endpoint_url=self.service)
        pass_point(f"{place} answered")
        return answer

    def _note(self, fault: CallFault, operation: str) -> None:
        invocation = current_invocation()
        task_id = None if invocation is None else invocation.task_id
        if task_id is not None:
            self._history.note("fault", task_id=task_id, fault=fault, call=operation)


class TableClient(_Client):
    """A client of DynamoDB."""

    service = "table"
    seconds = TABLE_SECONDS

    def __init__(
        self, table: Table, simulation: Simulation, faults: Faults, history: History
    ) -> None:
        super().__init__(simulation, faults, history)
        self._table = table

    def get_item(self, **arguments: Any) -> dict[str, Any]:
        """Reads an item."""
        return self._call("GetItem", lambda: self._table.get_item(**arguments))

    def batch_get_item(self, **arguments: Any) -> dict[str, Any]:
        """Reads a few items."""
        return self._call("BatchGetItem", lambda: self._table.batch_get_item(**arguments))

    def put_item(self, **arguments: Any) -> dict[str, Any]:
        """Writes an item."""
        return self._call("PutItem", lambda: self._table.put_item(**arguments))

    def update_item(self, **arguments: Any) -> dict[str, Any]:
        """Changes an item."""
        return self._call("UpdateItem", lambda: self._table.update_item(**arguments))

    def transact_write_items(self, **arguments: Any) -> dict[str, Any]:
        """Makes all writes or none."""
        return self._call(
            "TransactWriteItems", lambda: self._table.transact_write_items(**arguments)
        )

    def query(self, **arguments: Any) -> dict[str, Any]:
        """Reads an index."""
        return self._call("Query", lambda: self._table.query(**arguments))


class BusClient(_Client):
    """A client of EventBridge.

    Args:
        on_event: Told of each event that has reached the bus, by its id.
    """

    service = "queue"
    seconds = QUEUE_SECONDS

    def __init__(
        self,
        simulation: Simulation,
        faults: Faults,
        history: History,
        on_event: Callable[[str], None],
    ) -> None:
        super().__init__(simulation, faults, history)
        self._on_event = on_event

    def put_events(
        self,
        *,
        Entries: Sequence[Mapping[str, Any]],  # noqa: N803 - as the client has it
    ) -> dict[str, Any]:
        """Takes events."""

        def put() -> dict[str, Any]:
            for entry in Entries:
                event_id = json.loads(entry["Detail"])["event_id"]
                self._history.note("event", event_id=event_id, type=entry["DetailType"])
                self._on_event(event_id)
            return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"} for _ in Entries]}

        return self._call("PutEvents", put)


class QueueClient(_Client):
    """A client of SQS.

    Args:
        queues: The queues, by URL.
        damage: Changes bodies on their way, for messages that cannot be parsed.
        on_change: Told when there may be something to deliver: at which moment.
    """

    service = "queue"
    seconds = QUEUE_SECONDS

    def __init__(
        self,
        queues: Mapping[str, FifoQueue],
        simulation: Simulation,
        faults: Faults,
        history: History,
        *,
        damage: Callable[[str], str],
        on_change: Callable[[float], None],
    ) -> None:
        super().__init__(simulation, faults, history)
        self._queues = queues
        self._damage = damage
        self._on_change = on_change

    def send_message(self, **arguments: Any) -> dict[str, Any]:
        """Sends a message."""
        return self._call("SendMessage", lambda: self._send(**arguments))

    def change_message_visibility(
        self,
        *,
        QueueUrl: str,  # noqa: N803 - as the client has it
        ReceiptHandle: str,  # noqa: N803
        VisibilityTimeout: int,  # noqa: N803
    ) -> dict[str, Any]:
        """Hides a message for longer, or shows it."""

        def change() -> dict[str, Any]:
            with _refused_if_over():
                self._queues[QueueUrl].change_visibility(ReceiptHandle, VisibilityTimeout)
            self._on_change(self._simulation.now + VisibilityTimeout)
            return {}

        return self._call("ChangeMessageVisibility", change)

    def delete_message(
        self,
        *,
        QueueUrl: str,  # noqa: N803
        ReceiptHandle: str,  # noqa: N803
    ) -> dict[str, Any]:
        """Takes a message out."""

        def delete() -> dict[str, Any]:
            with _refused_if_over():
                self._queues[QueueUrl].delete(ReceiptHandle)
            self._on_change(self._simulation.now)
            return {}

        return self._call("DeleteMessage", delete)

    def _send(self, **arguments: Any) -> dict[str, Any]:
        queue = self._queues[arguments["QueueUrl"]]
        reason = arguments.get("MessageAttributes", {}).get("reason", {}).get("StringValue")
        before = len(queue.items())
        message_id = queue.send(
            self._damage(arguments["MessageBody"]),
            group_id=arguments["MessageGroupId"],
            deduplication_id=arguments["MessageDeduplicationId"],
            attributes={} if reason is None else {"reason": reason},
        )
        self._history.note(
            "sent",
            queue=arguments["QueueUrl"].rsplit("/", 1)[-1],
            task_id=task_of(arguments["MessageBody"]),
            repeat=len(queue.items()) == before,
            reason=reason,
        )
        self._on_change(self._simulation.now)
        return {"MessageId": message_id}


@contextmanager
def _refused_if_over() -> Iterator[None]:
    try:
        yield
    except NotInFlightError:
        raise ClientError({"Error": {"Code": "ReceiptHandleIsInvalid"}}, "SQS") from None


def task_of(body: str) -> str | None:
    """Reads a message's task; None where it names none."""
    try:
        content = json.loads(body)
    except ValueError:
        return None
    return content.get("task_id") if isinstance(content, dict) else None
