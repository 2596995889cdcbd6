"""The routes that change conversations: close, take over, answer, release, file."""

from dataclasses import dataclass

from frontdesk.domain.conversation import Conversation, Message, MessageRole
from frontdesk.domain.conversation_changes import (
    AlreadyWrittenError,
    ConversationChange,
    answered_by_person,
    closed,
    filed,
    released,
    taken_over,
)
from frontdesk.domain.errors import InvalidInputError, PreconditionFailedError
from frontdesk.domain.ids import derived_id, new_id
from frontdesk.domain.knowledge import DocumentDraft, DocumentWrite
from frontdesk.http.idempotency import HEADER, read_key
from frontdesk.principal import Principal
from support_api.api import Access, Api, Rule
from support_api.conversations import find_conversation
from support_api.inputs import ConversationFiling, StaffMessage
from support_api.learning import article_of
from support_api.models import ConversationBody, MessageBody
from support_api.ports import Desk

KIND = "conversation"


@dataclass(frozen=True, slots=True)
class _Changing:
    """What the routes below have in common."""

    api: Api
    desk: Desk

    def rule(
        self,
        access: Access,
        *,
        versioned: bool = True,
        conflicts: bool = False,
        repeatable: bool = False,
    ) -> Rule:
        return Rule(
            access,
            find=self._visible,
            versioned=versioned,
            conflicts=conflicts,
            repeatable=repeatable,
        )

    def message_id(self, conversation_id: str) -> str:
        """Names a message: anew, or as the same writer's same key names it."""
        key = read_key(self.api.incoming.headers.get(HEADER), is_anonymous=False)
        if key is None:
            return new_id("msg")
        return derived_id("msg", conversation_id, self.api.principal.subject or "", key)

    def apply(
        self,
        action: str,
        change: ConversationChange,
        message: Message | None = None,
        article: DocumentDraft | None = None,
    ) -> Conversation:
        known = self.api.found(Conversation)
        return self.desk.conversation_changes.change(
            self.api.principal,
            known,
            change,
            message=message,
            entry=self.api.entry_of_change(action, KIND, known.id, known.customer_id),
            article=self._of(message, article) if message and article else None,
        )

    def _of(self, reply: Message, article: DocumentDraft) -> tuple[DocumentDraft, DocumentWrite]:
        """What is written of an article: it is one of this reply, and there is no other."""
        document_id = derived_id("doc", reply.id)
        entry = self.api.audit_entry("document.draft", "document", document_id, None)
        return article, DocumentWrite(document_id, entry, is_new=True)

    def answer_with(self, changed: Conversation) -> ConversationBody:
        self.api.tag(changed.revision)
        return ConversationBody.of(changed)

    def _visible(self, reader: Principal, conversation_id: str) -> Conversation | None:
        return find_conversation(self.desk, reader, conversation_id)


def add_conversation_change_routes(api: Api, desk: Desk) -> None:
    """Adds the routes that change what is under ``/api/conversations``.

    Args:
        api: The resolver.
        desk: What the routes reach the world through.
    """
    changing = _Changing(api, desk)
    _add_handling_routes(changing)
    _add_writing_routes(changing)


def _add_handling_routes(changing: _Changing) -> None:
    api, desk = changing.api, changing.desk

    @api.operation(
        "POST",
        "/api/conversations/<conversation_id>/close",
        changing.rule(Access.ANYONE),
        summary="Close a conversation",
        description=(
            "A later message to it is refused; a new conversation with `previous_conversation_id` "
            "carries it on. Closing twice is closing once."
        ),
        operation_id="closeConversation",
        tags=["conversations"],
    )
    def close_conversation(conversation_id: str) -> ConversationBody:
        now = desk.clock()
        changed = changing.apply("conversation.close", lambda present, _: closed(present, now))
        # After the commit, and each time: what failed here once is put right by asking again.
        desk.projections.set_status(conversation_id, changed.status)
        return changing.answer_with(changed)

    @api.operation(
        "POST",
        "/api/conversations/<conversation_id>/takeover",
        changing.rule(Access.STAFF, conflicts=True),
        summary="Take a conversation over",
        description="A person has it from now on; an answer that is being made is not sent.",
        operation_id="takeOverConversation",
        tags=["conversations"],
    )
    def take_over_conversation(conversation_id: str) -> ConversationBody:  # noqa: ARG001
        now = desk.clock()
        return changing.answer_with(
            changing.apply("conversation.takeover", lambda present, _: taken_over(present, now))
        )

    @api.operation(
        "POST",
        "/api/conversations/<conversation_id>/release",
        changing.rule(Access.STAFF, conflicts=True),
        summary="Give a conversation back to the agents",
        description="They know what was said meanwhile, and answer from the next message on.",
        operation_id="releaseConversation",
        tags=["conversations"],
    )
    def release_conversation(conversation_id: str) -> ConversationBody:  # noqa: ARG001
        now = desk.clock()
        return changing.answer_with(
            changing.apply(
                "conversation.release",
                lambda present, last_role: released(present, now, last_role=last_role),
            )
        )


def _add_writing_routes(changing: _Changing) -> None:
    api, desk = changing.api, changing.desk

    def write(conversation_id: str, message: Message) -> None:
        if message.internal:
            changing.apply("conversation.note", lambda present, _: present, message)
            return
        before = desk.handovers.material(conversation_id)
        changing.apply(
            "conversation.reply",
            lambda present, _: answered_by_person(present, message.created_at),
            message,
            article_of(before, message) if before else None,
        )

    @api.operation(
        "POST",
        "/api/conversations/<conversation_id>/messages",
        changing.rule(Access.STAFF, versioned=False, conflicts=True, repeatable=True),
        status_code=201,
        summary="Answer a customer, or leave a note",
        description="An answer takes the conversation over. A note is seen by staff only.",
        operation_id="createMessage",
        tags=["conversations"],
    )
    def create_message(conversation_id: str, body: StaffMessage) -> MessageBody:
        now = desk.clock()
        message = Message(
            id=changing.message_id(conversation_id),
            role=MessageRole.STAFF,
            content=body.content,
            internal=body.internal,
            created_at=now,
        )
        try:
            write(conversation_id, message)
        except AlreadyWrittenError as again:
            message = _the_same(again.message, message)
        api.locate(f"/api/conversations/{conversation_id}/messages")
        return MessageBody.of(message)

    @api.operation(
        "PATCH",
        "/api/conversations/<conversation_id>",
        changing.rule(Access.STAFF),
        summary="File a conversation",
        description="Who looks after it, and its tags. What is left out stays as it is.",
        operation_id="updateConversation",
        tags=["conversations"],
    )
    def update_conversation(conversation_id: str, body: ConversationFiling) -> ConversationBody:  # noqa: ARG001
        now = desk.clock()
        wanted = api.expected_version(api.found(Conversation).revision)

        def file(present: Conversation, _: MessageRole | None) -> Conversation:
            if wanted not in {None, present.revision}:
                raise PreconditionFailedError("It was changed meanwhile; read it again.")
            return filed(present, now, body.changes())

        return changing.answer_with(changing.apply("conversation.update", file))


def _the_same(written: Message, message: Message) -> Message:
    """Returns what was written before under a key, unless the key stands for something else now."""
    if (written.content, written.internal) != (message.content, message.internal):
        raise InvalidInputError.of("Idempotency-Key", "The key was used with another body before")
    return written
