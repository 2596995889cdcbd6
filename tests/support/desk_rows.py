"""Writes the support API's samples into Postgres, as the database's owner."""

from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from frontdesk.domain.conversation import Conversation, Message, StoredTurn
from frontdesk.domain.knowledge import Document
from frontdesk.domain.records import Ticket
from tests.support.postgres import TestDatabase


class DeskRows:
    """A database that samples are added to; has the same `add` methods as the stores in memory.

    Args:
        database: The database.
    """

    def __init__(self, database: TestDatabase) -> None:
        self._database = database

    def add_customer(self, customer_id: str, email: str) -> None:
        self._insert(
            "customers", {"id": customer_id, "email": email, "first_name": "A", "last_name": "B"}
        )

    def add_conversation(self, conversation: Conversation) -> None:
        row = conversation.model_dump(mode="json")
        self._insert("conversations", row)

    def add_message(self, conversation_id: str, message: Message) -> None:
        row = message.model_dump(mode="json")
        citations = Jsonb(row.pop("citations"))
        self._insert("messages", row | {"conversation_id": conversation_id, "citations": citations})

    def add_turn(self, turn: StoredTurn) -> None:
        row = turn.model_dump(mode="json")
        row |= {
            "result": Jsonb(row["result"]),
            "trace": Jsonb(row["trace"]),
            "status": turn.result.status.value,
        }
        self._insert("turns", row)

    def add_ticket(self, ticket: Ticket) -> None:
        self._insert("tickets", ticket.model_dump(mode="json"))

    def add_document(self, document: Document) -> None:
        kept = ("id", "title", "category", "visibility", "status", "source", "source_key",
                "source_url", "failure_reason", "review_at", "created_at",
                "updated_at")  # fmt: skip
        row = document.model_dump(mode="json")
        self._insert(
            "documents", {name: row[name] for name in kept} | {"current_version": document.version}
        )
        if document.version:
            self._insert(
                "document_versions",
                {name: row[name] for name in ("title", "category", "visibility", "content")}
                | {"document_id": document.id, "number": document.version, "content_hash": "-"},
            )

    def read(self, query: str) -> list[tuple[Any, ...]]:
        with self._database.owner() as connection:
            return connection.execute(query.encode()).fetchall()

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        names = psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, row))
        values = psycopg.sql.SQL(", ").join(map(psycopg.sql.Placeholder, row))
        statement = psycopg.sql.SQL("INSERT INTO {} ({}) VALUES ({})")
        with self._database.owner() as connection:
            connection.execute(statement.format(psycopg.sql.Identifier(table), names, values), row)
