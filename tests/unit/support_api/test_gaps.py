"""What the knowledge base lacks, over the routes."""

from datetime import timedelta

from frontdesk.domain.gaps import UnansweredQuestion
from tests.support.callers import STAFF
from tests.support.desk import MemoryDesk
from tests.support.support_api import Client


def _ask(desk: MemoryDesk, *texts: str) -> None:
    desk.unanswered = [
        UnansweredQuestion(f"task_{n}", "conv_1", text, desk.clock.now - timedelta(hours=n), 0.25)
        for n, text in enumerate(texts)
    ]


def test_gaps_are_listed_with_examples(client: Client, desk: MemoryDesk) -> None:
    _ask(desk, "Where are zebras?", *["Lion export?"] * 7)
    answer = client.get("/api/knowledge/gaps", STAFF)
    assert answer.status == 200
    first, second = answer.content["items"]
    assert (first["question"], first["count"], len(first["examples"])) == ("Lion export?", 7, 5)
    assert first["examples"][0] == {
        "question": "Lion export?",
        "follows": None,
        "conversation_id": "conv_1",
        "task_id": "task_1",
        "asked_at": first["last_asked_at"],
        "best_similarity": 0.25,
    }
    assert (second["question"], second["count"]) == ("Where are zebras?", 1)
    assert answer.content["next_cursor"] is None
    assert desk.audit.entries[-1].action == "knowledge_gap.list"


def test_gaps_come_in_pages(client: Client, desk: MemoryDesk) -> None:
    desk.embedder.is_down = True
    _ask(desk, "One?", "Two?", "Three?")
    first = client.get("/api/knowledge/gaps", STAFF, query={"limit": 2}).content
    assert first["degraded"]
    query = {"limit": 2, "cursor": first["next_cursor"]}
    second = client.get("/api/knowledge/gaps", STAFF, query=query).content
    shown = [item["question"] for item in first["items"] + second["items"]]
    assert (shown, second["next_cursor"]) == (["One?", "Two?", "Three?"], None)


def test_follow_up_is_shown_with_what_it_follows(client: Client, desk: MemoryDesk) -> None:
    asked = desk.clock.now - timedelta(hours=1)
    earlier = ("Do you sell lions?", "thanks")
    desk.unanswered = [
        UnansweredQuestion("task_1", "conv_1", "How much is it?", asked, earlier=earlier)
    ]
    [gap] = client.get("/api/knowledge/gaps", STAFF).content["items"]
    assert (gap["question"], gap["follows"]) == ("How much is it?", "Do you sell lions?")
    assert [one["follows"] for one in gap["examples"]] == ["Do you sell lions?"]
