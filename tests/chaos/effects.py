"""What is committed in Postgres, as triggers log it and as a history tells it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import psycopg

from tests.chaos.history import digest

_LOG = """
CREATE TABLE effects (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    relation text NOT NULL, operation text NOT NULL, changed jsonb NOT NULL
);
CREATE FUNCTION log_effect() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO effects (relation, operation, changed)
    VALUES (TG_TABLE_NAME, TG_OP, to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END));
    RETURN NULL;
END $$;
CREATE TRIGGER log_effect AFTER INSERT OR UPDATE OR DELETE ON messages
    FOR EACH ROW EXECUTE FUNCTION log_effect();
CREATE TRIGGER log_effect AFTER INSERT OR DELETE ON turns
    FOR EACH ROW EXECUTE FUNCTION log_effect();
CREATE TRIGGER log_effect AFTER INSERT OR DELETE ON tickets
    FOR EACH ROW EXECUTE FUNCTION log_effect();
CREATE TRIGGER log_effect AFTER INSERT OR DELETE ON ticket_comments
    FOR EACH ROW EXECUTE FUNCTION log_effect();
CREATE TRIGGER log_effect AFTER INSERT OR UPDATE ON proposed_actions
    FOR EACH ROW EXECUTE FUNCTION log_effect();
CREATE TRIGGER log_effect AFTER UPDATE OF phone ON customers
    FOR EACH ROW EXECUTE FUNCTION log_effect();
CREATE TRIGGER log_effect AFTER INSERT ON domain_events
    FOR EACH ROW EXECUTE FUNCTION log_effect();
CREATE TRIGGER log_claim AFTER UPDATE OF claimed_until ON domain_events
    FOR EACH ROW WHEN (NEW.claimed_until IS NOT NULL) EXECUTE FUNCTION log_effect();
CREATE TRIGGER log_effect AFTER UPDATE OF handler, status ON conversations
    FOR EACH ROW WHEN (OLD.handler <> NEW.handler OR OLD.status <> NEW.status)
    EXECUTE FUNCTION log_effect();
"""

_TAKE = """
WITH taken AS (DELETE FROM effects RETURNING seq, relation, operation, changed)
SELECT seq, relation, operation, changed FROM taken ORDER BY seq
"""

type Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Logged:
    """A row that has been changed.

    Attributes:
        seq: Its place in the order of things.
        relation: The table.
        operation: What became of it, as SQL calls it.
        changed: The row as it is now.
    """

    seq: int
    relation: str
    operation: str
    changed: Row

    def told(self) -> Row:
        """Returns what a history says of it."""
        of, shown = _EFFECTS[self.relation]
        name = self.changed["token" if self.relation == "proposed_actions" else "id"]
        common = {"seq": self.seq, "of": of, "operation": self.operation.lower(), "id": name}
        return common | shown(self.changed)


def log_effects(owner: psycopg.Connection[tuple[object, ...]]) -> None:
    """Has a database log from now on what is committed.

    Args:
        owner: A connection of the tables' owner.
    """
    owner.execute(_LOG)


def take_effects(owner: psycopg.Connection[tuple[object, ...]]) -> Iterator[Logged]:
    """Takes out of the log what has been committed since the last time.

    Not by the latest number: a worker that stands still in a transaction has an earlier one.

    Args:
        owner: A connection of the tables' owner.

    Yields:
        What was committed, in order.
    """
    for row in owner.execute(_TAKE).fetchall():
        yield Logged(*cast("tuple[int, str, str, Row]", row))


def _some(row: Row, *names: str) -> Row:
    return {name: row[name] for name in names}


_EFFECTS: Mapping[str, tuple[str, Callable[[Row], Row]]] = {
    "messages": (
        "message",
        lambda row: (
            _some(row, "role", "conversation_id", "task_id") | {"text": digest(row["content"])}
        ),
    ),
    "turns": ("turn", lambda row: _some(row, "status", "conversation_id", "task_id")),
    "tickets": ("ticket", lambda row: _some(row, "conversation_id")),
    "ticket_comments": ("ticket_comment", lambda row: _some(row, "ticket_id", "task_id")),
    "conversations": (
        "conversation",
        lambda row: _some(row, "handler", "status") | {"conversation_id": row["id"]},
    ),
    "domain_events": (
        "event",
        lambda row: (
            _some(row, "type")
            | {name: row["data"].get(name) for name in ("ticket_id", "conversation_id")}
        ),
    ),
    "proposed_actions": (
        "action",
        lambda row: (
            _some(row, "status", "customer_id")
            | {"proposed_by": row["task_id"], "settled_by": row["settled_by_task"]}
            | {"phone": digest(row["arguments"]["phone"])}
        ),
    ),
    "customers": ("customer", lambda row: {"phone": digest(row["phone"])}),
}
"""What a committed row is in the history, and what it says there."""
