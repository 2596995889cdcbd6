"""What housekeeping reads and changes in Postgres, with the agent's role."""

from typing import Any

import psycopg
import pytest

from frontdesk.adapters.postgres.conversations import PostgresConversationStore
from frontdesk.adapters.postgres.database import Database, RowScope
from frontdesk.adapters.postgres.failed_turns import PostgresFailedTurns
from frontdesk.adapters.postgres.followed_documents import PostgresFollowedDocuments
from frontdesk.adapters.postgres.knowledge import PostgresKnowledgeStore
from frontdesk.domain.audit import AuditEntry
from frontdesk.domain.conversation import Turn
from frontdesk.domain.drift import FollowedDocument
from frontdesk.domain.knowledge import FailedDraft
from frontdesk.domain.task import QueuedMessage, TaskResult, TaskStatus
from frontdesk.principal import Principal, PrincipalKind
from tests.support.chat import a_message, a_result
from tests.support.postgres import TestDatabase

pytestmark = pytest.mark.integration

ENTRY = AuditEntry(
    actor=Principal(kind=PrincipalKind.SERVICE, subject="service:housekeeping"),
    action="task.redrive",
    object_kind="task",
    object_id="task_1",
    customer_id=None,
    correlation_id="corr-1",
)


def commit(store: PostgresConversationStore, message: QueuedMessage, **changes: Any) -> TaskResult:
    conversation = store.take_up(message, subject_line="Subject")
    return store.commit(
        Turn(
            task_id=message.task_id,
            conversation_id=message.conversation_id,
            read_version=conversation.version,
            result=a_result(**changes),
        )
    )


class TestFailedTurns:
    def test_a_failed_turn_makes_way_for_an_answer(
        self, database: TestDatabase, agent_database: Database
    ) -> None:
        # Given
        store = PostgresConversationStore(agent_database)
        message = a_message()
        commit(store, message, status=TaskStatus.FAILED, response=None)
        # When
        turns = PostgresFailedTurns(agent_database)
        assert turns.withdraw(message.conversation_id, message.task_id, ENTRY) is None
        # Then the task is answered as if nothing had been
        assert store.committed_result(message.conversation_id, message.task_id) is None
        commit(store, message)
        committed = store.committed_result(message.conversation_id, message.task_id)
        assert committed is not None
        assert committed.status is TaskStatus.COMPLETED
        messages = store.recent_messages(message.conversation_id, limit=10)
        assert [one.role for one in messages] == ["customer", "assistant"]
        # and it is known who made that possible
        with database.owner() as connection:
            rows = connection.execute("SELECT actor_subject, action, object_id FROM audit_log")
            assert rows.fetchall() == [("service:housekeeping", "task.redrive", "task_1")]

    @pytest.mark.parametrize("status", [TaskStatus.COMPLETED, TaskStatus.HANDED_OFF])
    def test_nothing_else_makes_way(self, agent_database: Database, status: TaskStatus) -> None:
        store = PostgresConversationStore(agent_database)
        message = a_message()
        response = "Here." if status is TaskStatus.COMPLETED else None
        committed = commit(store, message, status=status, response=response)
        left = PostgresFailedTurns(agent_database).withdraw(
            message.conversation_id, message.task_id, ENTRY
        )
        assert left == committed
        assert store.committed_result(message.conversation_id, message.task_id) == committed

    def test_without_a_turn_nothing_stands_in_the_way_and_it_is_written_down(
        self, database: TestDatabase, agent_database: Database
    ) -> None:
        turns = PostgresFailedTurns(agent_database)
        assert turns.withdraw("conv_unknown", "task_unknown", ENTRY) is None
        with database.owner() as connection:
            row = connection.execute("SELECT action, object_id FROM audit_log").fetchone()
        assert row == ("task.redrive", "task_1")

    def test_only_the_turn_of_the_named_conversation_is_in_reach(
        self, agent_database: Database
    ) -> None:
        store = PostgresConversationStore(agent_database)
        message = a_message()
        commit(store, message, status=TaskStatus.FAILED, response=None)
        PostgresFailedTurns(agent_database).withdraw("conv_other", message.task_id, ENTRY)
        assert store.committed_result(message.conversation_id, message.task_id) is not None

    def test_the_role_itself_can_delete_no_turn(self, agent_database: Database) -> None:
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            agent_database.transaction(RowScope("conv_1")) as connection,
        ):
            connection.execute("DELETE FROM turns")


class TestFollowedDocuments:
    @pytest.fixture
    def documents(self, agent_database: Database) -> PostgresFollowedDocuments:
        store = PostgresKnowledgeStore(agent_database)
        for key in ("knowledge/B.md", "knowledge/a.md", "knowledge/ä.md", "knowledge/old.md"):
            failed = FailedDraft(
                source_key=key, title=key, reason="damaged", object_version="v1", sequencer=""
            )
            store.mark_failed(failed)
        store.archive(source_key="knowledge/old.md")
        return PostgresFollowedDocuments(agent_database)

    def test_internal_and_unreadable_ones_are_there_and_archived_ones_are_not(
        self, documents: PostgresFollowedDocuments, database: TestDatabase
    ) -> None:
        with database.owner() as connection:
            connection.execute("UPDATE documents SET visibility = 'internal'")
        found = sorted(documents.between(None, None), key=lambda one: one.key)
        assert found == [
            FollowedDocument("knowledge/B.md", "v1"),
            FollowedDocument("knowledge/a.md", "v1"),
            FollowedDocument("knowledge/ä.md", "v1"),
        ]

    def test_ranges_are_in_the_order_of_s3(self, documents: PostgresFollowedDocuments) -> None:
        def keys(after: str | None, last: str | None) -> set[str]:
            return {one.key for one in documents.between(after, last)}

        assert keys(None, "knowledge/B.md") == {"knowledge/B.md"}
        assert keys("knowledge/B.md", "knowledge/a.md") == {"knowledge/a.md"}
        assert keys("knowledge/a.md", None) == {"knowledge/ä.md"}
