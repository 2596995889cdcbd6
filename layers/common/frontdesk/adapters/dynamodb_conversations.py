"""The projection of conversations in the tasks table."""

from frontdesk.adapters.dynamodb_table import (
    ConditionFailedError,
    DynamoDBTable,
    Item,
    conversation_key,
    may_exist,
    read_moment,
    read_text,
    text,
    update,
)
from frontdesk.domain.acceptance import ConversationProjection
from frontdesk.domain.conversation import ConversationStatus


class DynamoDBConversations:
    """Shows and changes projections; implements `frontdesk.ports.ConversationProjections`."""

    def __init__(self, table: DynamoDBTable) -> None:
        self._table = table

    def conversation(self, conversation_id: str) -> ConversationProjection | None:
        """Reads what is known of a conversation.

        Args:
            conversation_id: The conversation; any text a caller may send.

        Returns:
            Its projection, or None where there is none.
        """
        if not may_exist(conversation_id):
            return None
        item = self._table.get(conversation_key(conversation_id))
        return None if item is None else _to_projection(item)

    def set_status(self, conversation_id: str, status: ConversationStatus) -> None:
        """Lets ingest know that a conversation was closed or opened.

        Args:
            conversation_id: The conversation; nothing happens where it has no projection.
            status: What it is now.
        """
        write = update(
            conversation_key(conversation_id),
            "SET #status = :status",
            "attribute_exists(pk)",
            {"#status": "status"},
            status=text(status),
        )
        try:
            self._table.update(write)
        except ConditionFailedError:
            return


def _to_projection(item: Item) -> ConversationProjection:
    return ConversationProjection(
        conversation_id=item["conversation_id"]["S"],
        owner_subject=item["owner_subject"]["S"],
        status=ConversationStatus(item["status"]["S"]),
        unanswered=int(item["unanswered"]["N"]),
        customer_hash=read_text(item, "customer_hash"),
        created_at=read_moment(item["created_at"]),
        previous_conversation_id=read_text(item, "previous_conversation_id"),
    )
