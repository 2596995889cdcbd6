"""Questions that the knowledge base did not answer, read from real turns."""

from typing import Any

import pytest

from frontdesk.adapters.openai_embeddings import OpenAIEmbeddings
from frontdesk.adapters.postgres.database import Database, RowScope
from frontdesk.adapters.postgres.unanswered_questions import _UNANSWERED
from frontdesk.clock import utc_now
from frontdesk.domain.task import Citation, Route, TaskResult, TaskStatus
from support_api import app
from tests.support.callers import STAFF, customer
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
def _embeddings(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeEmbedder()
    monkeypatch.setattr(OpenAIEmbeddings, "__call__", lambda *_: fake)


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


def test_the_index_of_unanswered_questions_is_of_use(
    desk_database: Database, database: TestDatabase
) -> None:
    # given a planner that would rather not read all turns
    parameters = {"start": utc_now(), "limit": 10}
    with database.owner() as owner:
        owner.execute("ANALYZE turns")
    with desk_database.transaction(RowScope(staff=True)) as connection:
        connection.execute("SET LOCAL enable_seqscan = off")
        # of two indexes that begin with the time, the other has to open each turn
        connection.execute("SET LOCAL enable_bitmapscan = off")

        # when the query is planned
        plan = [
            str(row["QUERY PLAN"])
            for row in connection.execute(f"EXPLAIN {_UNANSWERED}", parameters)
        ]

    # then its conditions are those of the index, word for word
    assert any("turns_unanswered" in line for line in plan), plan
