"""Previewing a document over the route: what would change, while nothing does."""

from datetime import timedelta
from typing import Any

import pytest

from frontdesk.domain.preview import AskedQuestion
from support_api import overlapping
from tests.support.callers import STAFF
from tests.support.desk import MemoryDesk
from tests.support.support_api import Answer, Client

REFUNDS = {
    "title": "Refunds",
    "content": "Refunds are possible within 30 days of purchase.",
    "category": "policy",
}


def _ask(desk: MemoryDesk, *texts: str) -> None:
    desk.asked = [
        AskedQuestion(text, "conv_1", f"task_{number}", desk.clock.now - timedelta(hours=number))
        for number, text in enumerate(texts)
    ]


def _publish(client: Client, **fields: Any) -> str:
    answer = client.send("POST", "/api/knowledge", STAFF, body=REFUNDS | fields)
    document_id: str = answer.content["id"]
    return document_id


def _preview(client: Client, **fields: Any) -> Answer:
    return client.send("POST", "/api/knowledge/preview", STAFF, body=REFUNDS | fields)


def test_new_document_that_answers_a_question(client: Client, desk: MemoryDesk) -> None:
    # given a knowledge base without zebras, and two questions
    _publish(client)
    _ask(desk, "Do you sell zebras?", "How many days for refunds?")
    stored = list(desk.knowledge_base.passages)

    # when a document about zebras is previewed
    answer = _preview(client, title="Zebras", content="We sell zebras and foals.")

    # then one question would retrieve it first, and the other as before
    assert answer.status == 200, answer.text
    preview = answer.content
    assert (preview["passages"], preview["questions"]) == (1, 2)
    by_question = {one["question"]: one for one in preview["changed"]}
    zebras = by_question["Do you sell zebras?"]
    assert zebras["best_changed"]
    assert (zebras["conversation_id"], zebras["task_id"]) == ("conv_1", "task_0")
    assert [hit["title"] for hit in zebras["before"]] == ["Refunds"]
    best = zebras["after"][0]
    assert (best["title"], best["is_proposed"], best["document_id"]) == ("Zebras", True, None)
    # and nothing is published
    assert desk.knowledge_base.passages == stored
    assert len(desk.knowledge_base.documents) == 1


def test_follow_up_is_shown_with_what_it_follows(client: Client, desk: MemoryDesk) -> None:
    _publish(client)
    asked_at = desk.clock.now
    desk.asked = [
        AskedQuestion("And how much?", "conv_1", "task_1", asked_at, ("Do you sell zebras?",)),
        AskedQuestion("Are zebras tame?", "conv_2", "task_2", asked_at, ("Do you sell lions?",)),
    ]
    changed = _preview(client, title="Zebras", content="We sell zebras.").content["changed"]
    assert {one["question"]: one["follows"] for one in changed} == {
        "And how much?": "Do you sell zebras?",
        "Are zebras tame?": None,
    }


def test_best_changes_come_first(client: Client, desk: MemoryDesk) -> None:
    _publish(client)
    _ask(desk, "How many days for refunds of purchase?", "Do you sell zebras?")
    changed = _preview(client, title="Zebras", content="We sell zebras.").content["changed"]
    assert [one["best_changed"] for one in changed] == [True, False]
    assert changed[0]["question"] == "Do you sell zebras?"


def test_change_of_a_document(client: Client, desk: MemoryDesk) -> None:
    # given a document that is quoted
    document_id = _publish(client)
    _ask(desk, "How many days for refunds?")

    # when the same document is previewed with other words
    answer = _preview(
        client, document_id=document_id, content="Refunds are possible within 14 days of purchase."
    )

    # then the question would retrieve them, and its former words are no contradiction
    [changed] = answer.content["changed"]
    assert changed["before"][0]["snippet"].endswith("30 days of purchase.")
    after = changed["after"][0]
    assert after["snippet"].endswith("14 days of purchase.")
    assert (after["document_id"], after["is_proposed"]) == (document_id, True)
    assert answer.content["overlaps"] == []


def test_unchanged_document_changes_nothing(client: Client, desk: MemoryDesk) -> None:
    document_id = _publish(client)
    _ask(desk, "How many days for refunds?")
    assert _preview(client, document_id=document_id).content["changed"] == []


def test_document_that_s3_owns_can_be_previewed(client: Client, desk: MemoryDesk) -> None:
    document_id = _publish(client)
    found = desk.knowledge_base.documents[document_id]
    owned = {"source": "s3", "source_key": "knowledge/refunds.md"}
    desk.knowledge_base.documents[document_id] = found.model_copy(update=owned)
    _ask(desk, "How many days for refunds?")
    answer = _preview(client, document_id=document_id, content="Refunds take 5 days.")
    [changed] = answer.content["changed"]
    assert changed["after"][0]["document_id"] == document_id


def test_contradiction_and_repetition_are_told(client: Client) -> None:
    # given what is published
    contradicted = _publish(client)
    repeated = _publish(
        client, title="Seats", content="Each member needs a seat, guests need none at all."
    )

    # when a document says otherwise in one passage, and the same in another
    content = (
        "Refunds are possible within 14 days of purchase.\n\n"
        "# Seats\n\nEach member needs a seat, guests need none at all."
    )
    overlaps = _preview(client, title="Refunds", content=content).content["overlaps"]

    # then both are told, the contradiction first, with its two sentences
    assert [one["relation"] for one in overlaps] == ["contradicts", "duplicates"]
    assert overlaps[0]["published"]["document_id"] == contradicted
    assert overlaps[0]["differences"] == [
        {
            "published": "Refunds are possible within 30 days of purchase.",
            "proposed": "Refunds are possible within 14 days of purchase.",
        }
    ]
    assert overlaps[1]["published"]["document_id"] == repeated
    assert overlaps[1]["proposed"]["section"] == "Seats"


def test_price_contradicts_that_of_the_same_plan_only(client: Client) -> None:
    _publish(
        client,
        title="Plans",
        content="# Starter\n\nThe Starter plan costs $19 per month.\n\n"
        "# Professional\n\nThe Professional plan costs $49 per month.",
    )
    answer = _preview(client, title="Plans", content="The Starter plan costs $25 per month.")
    assert [
        [difference["published"] for difference in one["differences"]]
        for one in answer.content["overlaps"]
    ] == [["The Starter plan costs $19 per month."]]


@pytest.mark.parametrize(("near", "told"), [(0.2, ["contradicts"]), (1.0, [])])
def test_contradiction_in_other_words_is_told_where_the_sentences_are_near(
    client: Client, monkeypatch: pytest.MonkeyPatch, near: float, told: list[str]
) -> None:
    monkeypatch.setattr(overlapping, "SAME_MEANING", near)
    _publish(client)
    content = "Purchase refunds: whoever asks after 14 days comes too late."
    overlaps = _preview(client, content=content).content["overlaps"]
    assert [one["relation"] for one in overlaps] == told


def test_internal_document_changes_no_answer(client: Client, desk: MemoryDesk) -> None:
    _publish(client)
    _ask(desk, "Do you sell zebras?")
    answer = _preview(client, title="Zebras", content="We sell zebras.", visibility="internal")
    assert answer.content["changed"] == []


def test_questions_are_limited(client: Client, desk: MemoryDesk) -> None:
    _ask(desk, *(f"Question {number}?" for number in range(9)))
    assert _preview(client, questions=3).content["questions"] == 3
    desk.asked[0] = AskedQuestion("Old?", "c", "t", desk.clock.now - timedelta(days=31))
    assert _preview(client).content["questions"] == 8


def test_bad_input_names_its_field(client: Client) -> None:
    for fields in ({"document_id": "doc_unknown"}, {"questions": 101}, {"content": " "}):
        answer = _preview(client, **fields)
        assert answer.status == 422
        [field] = fields
        assert [error["field"] for error in answer.content["errors"]] == [field]


def test_embeddings_out_of_reach(client: Client, desk: MemoryDesk) -> None:
    desk.embedder.is_down = True
    answer = _preview(client)
    assert (answer.status, answer.headers["retry-after"]) == (503, "10")


def test_use_is_audited(client: Client, desk: MemoryDesk) -> None:
    # A preview shows what customers have written.
    _preview(client)
    assert desk.audit.entries[-1].action == "document.preview"
