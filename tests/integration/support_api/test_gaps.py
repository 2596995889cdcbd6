"""Questions that the knowledge base did not answer, read from real turns."""

from typing import Any

import pytest
from psycopg import sql

from frontdesk.adapters.openai_embeddings import OpenAIEmbeddings
from frontdesk.adapters.postgres.database import Database, RowScope
from frontdesk.adapters.postgres.earlier_questions import parameters
from frontdesk.adapters.postgres.personal_data import PostgresPersonalData
from frontdesk.adapters.postgres.unanswered_questions import _UNANSWERED
from frontdesk.clock import utc_now
from frontdesk.domain.audit import AuditEntry
from frontdesk.domain.ids import new_id
from frontdesk.domain.task import Citation, Route, TaskResult, TaskStatus
from support_api import app
from tests.support.callers import ADMIN, STAFF, customer
from tests.support.desk_rows import DeskRows
from tests.support.desk_samples import a_conversation, a_message, a_turn
from tests.support.fake_knowledge import FakeEmbedder
from tests.support.http_events import FakeContext, body_of, http_event
from tests.support.postgres import TestDatabase

SEARCHED = {
    "tool_calls": [{"name": "search_knowledge_base"}],
    "passages": [{"similarity": 0.2}, {"similarity": 0.4}],
}
CITED = Citation(number=1, document_id="doc_1", title="T", section="", snippet="s")


def _result(agent: str = "faq", **fields: Any) -> TaskResult:
    route = {"agent": fields.pop("routed", agent), "confidence": 0.9, "reasoning": ""}
    return TaskResult(
        status=TaskStatus.COMPLETED,
        completed_at=utc_now(),
        agent=agent,
        route=Route.model_validate(route),
        **fields,
    )


@pytest.fixture(autouse=True)
def embeddings(monkeypatch: pytest.MonkeyPatch) -> FakeEmbedder:
    fake = FakeEmbedder()
    monkeypatch.setattr(OpenAIEmbeddings, "__call__", lambda *_: fake)
    return fake


def test_only_unanswered_questions_count(function: DeskRows) -> None:
    # given turns of every kind
    conversation = a_conversation(str(customer("alice").subject))
    function.add_conversation(conversation)
    turns: dict[str, tuple[TaskResult, dict[str, Any]]] = {
        "Zebras?": (_result(), SEARCHED),
        "zebra": (_result(), SEARCHED),
        "cited": (_result(citations=(CITED,)), SEARCHED),
        "hello": (_result(), {"tool_calls": [], "passages": []}),
        "off topic": (_result(routed="out_of_scope"), SEARCHED),
        "my invoice": (_result("order"), SEARCHED),
        "no model": (_result(degraded=True), SEARCHED),
    }
    for number, (text, (result, trace)) in enumerate(turns.items()):
        task_id = f"task_{number}"
        function.add_message(conversation.id, a_message(text, task_id=task_id))
        function.add_turn(
            a_turn(
                conversation.id, task_id=task_id, result=result, trace=trace, created_at=utc_now()
            )
        )
    function.read("UPDATE turns SET agent = result ->> 'agent', degraded ="
                  " (result ->> 'degraded')::boolean RETURNING id")  # fmt: skip

    # when staff ask what is missing
    answer = app.handler(http_event("GET", "/api/knowledge/gaps", principal=STAFF), FakeContext())

    # then it is the one thing that was looked up in vain, twice
    assert answer["statusCode"] == 200, answer["body"]
    [gap] = body_of(answer)["items"]
    assert gap["count"] == 2
    assert {example["question"] for example in gap["examples"]} == {"Zebras?", "zebra"}
    assert gap["examples"][0]["best_similarity"] == 0.4


def _unanswered(rows: DeskRows, conversation_id: str, text: str, *, minute: int = 0) -> None:
    task_id = new_id("task")
    rows.add_message(conversation_id, a_message(text, task_id=task_id, minute=minute))
    rows.add_turn(
        a_turn(
            conversation_id,
            task_id=task_id,
            result=_result(),
            trace=SEARCHED,
            created_at=utc_now(),
        )
    )
    rows.read(
        "UPDATE turns SET agent = 'faq', degraded = false"
        f" WHERE conversation_id = '{conversation_id}' RETURNING id"
    )


def test_equal_follow_ups_on_different_things_are_two_gaps(
    function: DeskRows, desk_database: Database, embeddings: FakeEmbedder
) -> None:
    # given the same words in three conversations, of which two are about the same
    for number, first in enumerate(("Are zebras on sale?", "Zebras on sale?", "Lion tours?")):
        function.add_customer(f"cust_{number}", f"{number}@example.com")
        conversation = a_conversation(f"customer:{number}", customer_id=f"cust_{number}")
        function.add_conversation(conversation)
        function.add_message(conversation.id, a_message(first, minute=number))
        _unanswered(function, conversation.id, "And how much is it?", minute=number)

    # when staff ask what is missing
    gaps = _gaps()

    # then each thing is a gap, told with the question that names it
    assert [(gap["question"], gap["follows"], gap["count"]) for gap in gaps] == [
        ("And how much is it?", "Zebras on sale?", 2),
        ("And how much is it?", "Lion tours?", 1),
    ]
    assert {one["follows"] for one in gaps[0]["examples"]} == {
        "Are zebras on sale?",
        "Zebras on sale?",
    }

    # and asking again embeds nothing anew
    embedded = len(embeddings.embedded)
    assert _gaps() == gaps
    assert len(embeddings.embedded) == embedded

    # when a customer is erased, then nothing is left of what it asked
    entry = AuditEntry(ADMIN, "customer.erase", "customer", "cust_2", "cust_2", "case-9")
    assert PostgresPersonalData(desk_database).erase("cust_2", entry, forget=lambda _: None)
    assert [gap["follows"] for gap in _gaps()] == ["Zebras on sale?"]


def _gaps() -> list[dict[str, Any]]:
    answer = app.handler(http_event("GET", "/api/knowledge/gaps", principal=STAFF), FakeContext())
    assert answer["statusCode"] == 200, answer["body"]
    items: list[dict[str, Any]] = body_of(answer)["items"]
    return items


def test_the_index_of_unanswered_questions_is_of_use(
    desk_database: Database, database: TestDatabase
) -> None:
    # given a planner that would rather not read all turns
    wanted = parameters(15) | {"start": utc_now(), "limit": 10}
    with database.owner() as owner:
        owner.execute("ANALYZE turns")
    with desk_database.transaction(RowScope(staff=True)) as connection:
        connection.execute("SET LOCAL enable_seqscan = off")
        # of two indexes that begin with the time, the other has to open each turn
        connection.execute("SET LOCAL enable_bitmapscan = off")

        # when the query is planned
        plan = [
            str(row["QUERY PLAN"])
            for row in connection.execute(sql.SQL("EXPLAIN ") + _UNANSWERED, wanted)
        ]

    # then its conditions are those of the index, word for word
    assert any("turns_unanswered" in line for line in plan), plan
