"""The event bus: Amazon EventBridge."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from frontdesk.adapters.aws_errors import infrastructure_errors
from frontdesk.domain.events import SOURCE, DomainEvent

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient


class EventBridgeBus:
    """Publishes to one bus; implements `frontdesk.ports.EventBus`.

    Args:
        client: EventBridge.
        bus_name: The bus.
    """

    def __init__(self, client: "EventBridgeClient", bus_name: str) -> None:
        self._client = client
        self._bus_name = bus_name

    def put(self, events: Sequence[DomainEvent]) -> list[str]:
        """Publishes events.

        Args:
            events: At most ten.

        Returns:
            The ids of those that the bus took.

        Raises:
            InfrastructureError: They are not known to be on the bus.
        """
        with infrastructure_errors("EventBridge"):
            answer = self._client.put_events(
                Entries=[
                    {
                        "EventBusName": self._bus_name,
                        "Source": SOURCE,
                        "DetailType": event.type,
                        "Time": event.occurred_at,
                        "Detail": event.model_dump_json(exclude={"type"}),
                    }
                    for event in events
                ]
            )
        return [
            event.event_id
            for event, entry in zip(events, answer["Entries"], strict=True)
            if "ErrorCode" not in entry
        ]
