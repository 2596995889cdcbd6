"""A preview on a real Postgres: as if published, and nothing of it stays."""

from contextlib import closing
from typing import Any

import psycopg
import pytest

from agent_worker.memory import make_window
from agent_worker.tools.toolbox import Toolbox
from frontdesk.adapters.openai_embeddings import OpenAIEmbeddings
from frontdesk.adapters.postgres.conversations import PostgresConversationStore
from frontdesk.adapters.postgres.database import Database, RowScope
from frontdesk.adapters.postgres.passage_index import PostgresPassageIndex
from frontdesk.adapters.postgres.rehearsal import PostgresRehearsals
from frontdesk.clock import utc_now
from frontdesk.domain.ids import new_id
from frontdesk.knowledge.publishing import Publisher
from frontdesk.knowledge.searching import HybridSearch
from support_api import app
from tests.support.callers import STAFF, customer
from tests.support.chat import a_message as a_queued_message
from tests.support.desk_rows import DeskRows
from tests.support.desk_samples import a_conversation, a_message, a_turn
from tests.support.fake_conversations import FakeAccountReader, FakeRecords
from tests.support.fake_knowledge import FAKE_MODEL, FakeEmbedder
from tests.support.http_events import FakeContext, body_of, http_event
from tests.support.knowledge import make_draft
from tests.support.postgres import TestDatabase
from tests.support.worker import RecordingTelemetry

REFUNDS = {
    "title": "Refunds",
    "content": "Refunds are possible within 30 days of purchase.",
    "category": "policy",
}
SEARCHED = {"tool_calls": [{"name": "search_knowledge_base"}]}
WEATHER = "weather"
TABLES = ("documents", "document_versions", "passages", "embeddings", "postings", "lexemes")


@pytest.fixture(autouse=True)
def _embeddings(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeEmbedder()
    monkeypatch.setenv("EMBEDDING_MODEL", FAKE_MODEL)
    monkeypatch.setattr(OpenAIEmbeddings, "__call__", lambda _, model: fake(model))


def _send(method: str, path: str, body: Any = None) -> dict[str, Any]:
    return app.handler(http_event(method, path, principal=STAFF, body=body), FakeContext())


def _asked(rows: DeskRows, *texts: str) -> None:
    """Adds questions, each of a conversation of its own."""
    for number, text in enumerate(texts):
        conversation = a_conversation(str(customer("alice").subject))
        rows.add_conversation(conversation)
        task_id = f"task_{number}"
        rows.add_message(conversation.id, a_message(text, minute=number, task_id=task_id))
        trace = SEARCHED if text != WEATHER else {"tool_calls": []}
        rows.add_turn(a_turn(conversation.id, task_id=task_id, trace=trace, created_at=utc_now()))


def _contents(rows: DeskRows) -> dict[str, list[tuple[Any, ...]]]:
    return {table: rows.read(f"SELECT t::text FROM {table} t ORDER BY 1") for table in TABLES}


def test_preview_is_what_would_happen(function: DeskRows) -> None:
    # given a published document, and what customers asked
    _send("POST", "/api/knowledge", REFUNDS)
    _asked(
        function, "zebras for sale?", "How many days for refunds?", "Zebras for sale? ", "weather"
    )
    before = _contents(function)

    # when another is previewed
    proposed = {
        "title": "Zebras",
        "content": "Zebras are for sale.\n\n# Refunds\n\nRefunds are possible within 14 days of"
        " purchase.",
        "category": "faq",
    }
    answer = _send("POST", "/api/knowledge/preview", proposed)
    assert answer["statusCode"] == 200, answer["body"]
    preview = body_of(answer)

    # then each wording counts once, and only where the knowledge base was searched
    assert preview["questions"] == 2
    zebras = next(one for one in preview["changed"] if "ebras" in one["question"])
    assert zebras["question"] == "Zebras for sale? "
    assert zebras["after"][0]["is_proposed"]
    assert preview["overlaps"][0]["relation"] == "contradicts"

    # and every table is as it was
    assert _contents(function) == before

    # and publishing makes it so
    _send("POST", "/api/knowledge", proposed)
    found = body_of(_send("POST", "/api/knowledge/search", {"query": "Zebras for sale?"}))
    assert [hit["title"] for hit in found["results"][:1]] == ["Zebras"]
    assert found["results"][0]["snippet"] == zebras["after"][0]["snippet"]


def test_follow_up_retrieves_what_the_agent_retrieves(
    function: DeskRows, agent_database: Database
) -> None:
    # given two published documents that a follow-up alone says nothing of
    for title in ("Zebras", "Giraffes"):
        _send("POST", "/api/knowledge", REFUNDS | {"title": title, "content": f"{title} cost 5."})
    # and the same follow-up to a question about each
    conversations = {}
    for title in ("Zebras", "Giraffes"):
        conversation = a_conversation(str(customer("alice").subject))
        function.add_conversation(conversation)
        for text in (f"Do you sell {title}?", "And how much are they?"):
            task_id = new_id("task")
            function.add_message(conversation.id, a_message(text, task_id=task_id))
            function.add_turn(
                a_turn(conversation.id, task_id=task_id, trace=SEARCHED, created_at=utc_now())
            )
        conversations[conversation.id] = title

    # when a document that changes both is previewed
    proposed = {
        "title": "Prices",
        "content": "Much of what they are.\n\n# Zebras\n\nZebras cost 7.\n\n"
        "# Giraffes\n\nGiraffes cost 7.",
        "category": "faq",
    }
    preview = body_of(_send("POST", "/api/knowledge/preview", proposed))

    # then each follow-up retrieves what the agent's search in its conversation retrieves
    follow_ups = [one for one in preview["changed"] if one["question"].startswith("And")]
    assert {one["follows"] for one in follow_ups} == {
        "Do you sell Zebras?",
        "Do you sell Giraffes?",
    }
    store = PostgresConversationStore(agent_database)
    for one in follow_ups:
        recent = store.recent_messages(one["conversation_id"], limit=15)
        window = make_window(recent, task_id=one["task_id"], text=one["question"])
        agents = Toolbox(
            message=a_queued_message(text=one["question"]),
            accounts=FakeAccountReader(FakeRecords(), email=None, subject=None),
            knowledge=HybridSearch(
                PostgresPassageIndex(agent_database, RowScope()), FakeEmbedder(FAKE_MODEL)
            ),
            find_open_ticket=lambda: None,
            clock=utc_now,
            telemetry=RecordingTelemetry(),
            on_stage=lambda stage: None,
            window=window,
        )
        found = [(hit.title, hit.score) for _, hit in agents.search(one["question"])]
        assert found[0][0] == conversations[one["conversation_id"]]
        assert [(hit["title"], hit["score"]) for hit in one["before"]] == [
            (name, pytest.approx(score)) for name, score in found
        ]


def test_rehearsal_does_not_wait_for_long(function: DeskRows, database: TestDatabase) -> None:
    draft = make_draft("Zebras", "Zebras are for sale.")
    with closing(Database(lambda: database.desk_url)) as desk:
        rehearsals = PostgresRehearsals(desk, RowScope(staff=True))

        # given a publication elsewhere that goes on and on
        with psycopg.connect(database.desk_url) as other:
            other.execute("SELECT pg_advisory_xact_lock(hashtext('frontdesk.lexemes'))")

            # when one is tried out meanwhile, it ends after its time
            with pytest.raises(TimeoutError), rehearsals.rehearse(seconds=0.2) as (store, _):
                Publisher(store, FakeEmbedder(), model=FAKE_MODEL).publish(draft)

        # and afterwards one can be tried out again
        with rehearsals.rehearse(seconds=60) as (store, _):
            published = Publisher(store, FakeEmbedder(), model=FAKE_MODEL).publish(draft)
    assert published.version == 1
    assert function.read("SELECT count(*) FROM documents") == [(0,)]


def test_preview_of_an_empty_knowledge_base(function: DeskRows) -> None:
    _asked(function, "zebras?")
    answer = _send("POST", "/api/knowledge/preview", REFUNDS | {"title": "Zebras"})
    assert answer["statusCode"] == 200, answer["body"]
    [changed] = body_of(answer)["changed"]
    assert changed["before"] == []
    assert function.read("SELECT count(*) FROM documents") == [(0,)]
    assert function.read("SELECT count(*) FROM embedding_models") == [(0,)]


def test_change_of_what_s3_owns(function: DeskRows) -> None:
    # given a dropped document
    made = body_of(_send("POST", "/api/knowledge", REFUNDS))
    function.read(
        "UPDATE documents SET source = 's3', source_key = 'knowledge/refunds.md',"
        " object_version = 'v1' RETURNING id"
    )
    _asked(function, "How many days for refunds?")
    before = _contents(function)

    # when its next version is previewed
    proposed = REFUNDS | {"content": "Refunds take 5 days.", "document_id": made["id"]}
    answer = _send("POST", "/api/knowledge/preview", proposed)

    # then it takes the former's place, for the preview only
    assert answer["statusCode"] == 200, answer["body"]
    [changed] = body_of(answer)["changed"]
    assert [hit["document_id"] for hit in changed["after"]] == [made["id"]]
    assert _contents(function) == before


def test_versions_of_a_document(function: DeskRows) -> None:
    path = _send("POST", "/api/knowledge", REFUNDS)["headers"]["location"]
    _send("PUT", path, REFUNDS | {"content": "Within a week."})
    listed = body_of(_send("GET", f"{path}/versions"))
    assert [(one["number"], one["created_by"]) for one in listed["items"]] == [
        (2, STAFF.subject),
        (1, STAFF.subject),
    ]
    assert listed["next_cursor"] is None
    first = body_of(_send("GET", f"{path}/versions/1"))
    assert first["content"] == REFUNDS["content"]
    assert _send("GET", f"{path}/versions/3")["statusCode"] == 404
    assert _send("GET", f"{path}/versions/99999999999")["statusCode"] == 404
