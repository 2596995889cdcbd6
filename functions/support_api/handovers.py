"""The route that tells a person what there is to know before taking a conversation over."""

from frontdesk.domain.conversation import Conversation
from frontdesk.domain.handover import Material, packet_of
from support_api.api import Access, Api, Rule
from support_api.conversations import find_conversation
from support_api.models import HandoverBody
from support_api.ports import Desk


def add_handover_route(api: Api, desk: Desk) -> None:
    """Adds the route of the hand-over packet.

    Args:
        api: The resolver.
        desk: What the route reaches the world through.
    """

    @api.operation(
        "GET",
        "/api/conversations/<conversation_id>/handover",
        Rule(
            Access.STAFF,
            find=lambda reader, conversation_id: find_conversation(desk, reader, conversation_id),
            audited="conversation.read_handover",
            object_kind="conversation",
        ),
        summary="Read what a person needs to know to go on",
        description=(
            "Who writes and whether that is verified, what is wanted, what the agents tried and "
            "from which passages and records, how the customer seems to feel, and what to do next. "
            "Worked out of the conversation as it is now."
        ),
        operation_id="getHandover",
        tags=["conversations"],
    )
    def get_handover(conversation_id: str) -> HandoverBody:
        material = desk.handovers.material(conversation_id)
        if material is None:
            # Its first message waits to be taken up.
            material = Material(conversation=api.found(Conversation))
        return HandoverBody.of(packet_of(material))
