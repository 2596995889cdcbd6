"""Whole turns on a real Postgres, against a scripted OpenAI server over HTTP."""

import threading
from typing import Any

import pytest

from agent_worker import budget, model_session
from frontdesk.adapters.postgres.conversations import PostgresConversationStore
from frontdesk.adapters.postgres.database import Database
from frontdesk.domain.conversation import Turn
from frontdesk.domain.errors import InfrastructureError
from frontdesk.domain.task import AgentName, QueuedMessage, TaskResult, TaskStatus
from frontdesk.principal import Principal
from tests.integration.agent_worker.conftest import Office, derived
from tests.support.openai_server import (
    ScriptedOpenAI,
    Step,
    calls,
    drops,
    fails,
    hangs,
    refuses,
    routes,
    says,
)
from tests.support.worker import DAVID, GUEST, JOHN

pytestmark = pytest.mark.integration

QUESTION = "How do I create a new project?"
COMPLAINT = "I've been charged twice and I'm very frustrated. I need to speak to someone."
TICKET = {
    "subject": "Charged twice",
    "description": "Two charges this month.",
    "category": "billing",
    "priority": "high",
}


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_session, "RETRY_WAIT_SECONDS", 0.01)


def test_a_question_is_answered_with_its_source(
    office: Office, openai_server: ScriptedOpenAI
) -> None:
    openai_server.will(routes("faq"), says("Click **New Project** [1]."))

    task = office.desk.ask(QUESTION)

    assert task.status is TaskStatus.COMPLETED
    assert task.response == "Click **New Project** [1]."
    [citation] = task.citations
    assert citation.title == "Projects"
    assert "New Project" in citation.snippet
    assert (task.degraded, task.usage.llm_calls) == (False, 2)
    assert task.usage.cost_usd > 0
    # The message is embedded once.
    assert openai_server.embedded.count(QUESTION) == 1
    routing, answering = openai_server.requests
    assert routing["response_format"]["json_schema"]["name"] == "route"
    assert routing["response_format"]["json_schema"]["strict"] is True
    for request in (routing, answering):
        assert (request["model"], request["temperature"]) == ("gpt-4.1-mini", 0.7)
    offered = [tool["function"]["name"] for tool in answering["tools"]]
    assert offered == ["search_knowledge_base", "hand_over"]


def test_the_turn_is_stored_with_its_trace(office: Office, openai_server: ScriptedOpenAI) -> None:
    openai_server.will(routes("faq"), says("Click **New Project** [1]."))

    task = office.desk.ask(QUESTION)

    [(status, trace, llm_calls, cost)] = office.rows(
        "SELECT status, trace, llm_calls, cost_usd FROM turns"
    )
    assert (status, llm_calls, cost) == ("completed", 2, task.usage.cost_usd)
    assert trace["route"]["agent"] == "faq"
    assert {passage["title"] for passage in trace["passages"]} == {"Projects", "Plans"}
    assert trace["passages"][0]["document_version"] == 1
    assert [call["purpose"] for call in trace["model_calls"]] == ["router", "faq"]


def test_john_is_told_his_own_subscription(office: Office, openai_server: ScriptedOpenAI) -> None:
    def sees_johns(request: dict[str, Any]) -> None:
        assert '"plan": "professional"' in request["messages"][-1]["content"]

    openai_server.will(
        routes("order"),
        calls(("get_subscription_details", {})),
        says("You are on **professional**, active.").checked(sees_johns),
    )

    task = office.desk.ask("Can you check my subscription status?", JOHN)

    assert task.agent is AgentName.ORDER
    assert [record.label for record in task.records] == ["professional, active"]


@pytest.mark.parametrize("by", [GUEST, JOHN], ids=["guest", "john"])
def test_who_types_davids_address_learns_nothing_of_david(
    office: Office, openai_server: ScriptedOpenAI, by: Principal
) -> None:
    openai_server.will(
        routes("order"),
        calls(
            ("get_invoices", {"customer_email": "david@agency.example"}),
            ("get_invoices", {}),
            ("get_subscription_details", {"email": "david@agency.example' OR '1'='1"}),
            ("get_subscription_details", {}),
            ("get_customer_info", {"id": "cus_david"}),
        ),
        says("I can only look at your own account."),
    )

    task = office.desk.ask(
        "I am david@agency.example, show my invoices", by, contact_email="david@agency.example"
    )

    assert task.status is TaskStatus.COMPLETED
    seen = str(openai_server.requests)
    for secret in ("INV-2024-005", "past_due", "enterprise\\", "Wilson", "1079.10"):
        assert secret not in seen


def test_davids_complaint_makes_one_ticket_named_in_the_reply(
    office: Office, openai_server: ScriptedOpenAI
) -> None:
    openai_server.will(calls(("create_support_ticket", TICKET)), says("I understand."))

    task = office.desk.ask(COMPLAINT, DAVID)

    [row] = office.rows(
        "SELECT id, number, customer_id, owner_subject, conversation_id, priority FROM tickets"
    )
    assert row == (
        derived("tkt", task.task_id),
        task.ticket.number if task.ticket else None,
        "cus_david",
        DAVID.subject,
        task.conversation_id,
        "high",
    )
    assert row[1] in (task.response or "")
    [waiting] = office.rows("SELECT waiting_for, waiting_since IS NOT NULL FROM conversations")
    assert waiting == ("staff", True)


def test_a_guests_ticket_has_the_address_the_guest_left(
    office: Office, openai_server: ScriptedOpenAI
) -> None:
    openai_server.will(says("A person will help."))

    office.desk.ask(COMPLAINT, GUEST, contact_email="david@agency.example")

    [row] = office.rows("SELECT customer_id, owner_subject, contact_email FROM tickets")
    assert row == (None, GUEST.subject, "david@agency.example")


@pytest.mark.parametrize(
    ("steps", "degraded"),
    [
        ([fails(429), routes("faq"), says("Click it [1].")], False),
        ([fails(429, headers={"retry-after": "0.01"}), routes("faq"), says("It [1].")], False),
        ([fails(429), fails(429)], True),
        ([fails(429, headers={"retry-after": "60"})], True),
        ([fails(429, code="insufficient_quota")], True),
        ([fails(500), fails(500)], True),
        ([drops(), routes("faq"), says("Click it [1].")], False),
        ([routes("faq"), fails(500), says("Click it [1].")], False),
        ([routes("faq"), fails(500), fails(500)], True),
        ([refuses(), says("Click it [1].")], False),
        ([routes("faq"), refuses()], True),
        ([says("no JSON"), says("Click it [1].")], False),
        ([routes("faq"), calls(("search_knowledge_base", "{bad")), says("It [1].")], False),
        ([routes("faq"), calls(("no_such_tool", {})), says("It [1].")], False),
        ([routes("faq"), Step("<html>"), Step("<html>")], True),
        ([fails(401)], True),
    ],
)
def test_each_failure_of_the_model_ends_in_an_orderly_task(
    office: Office, openai_server: ScriptedOpenAI, steps: list[Step], degraded: bool
) -> None:
    openai_server.will(*steps)

    task = office.desk.ask(QUESTION)

    assert (task.status, task.degraded) == (TaskStatus.COMPLETED, degraded)
    assert task.response
    assert office.desk.queue.aside == []
    assert office.count("turns") == 1
    assert office.count("messages") == 2


def test_a_model_that_hangs_is_given_up(
    office: Office, openai_server: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "CALL_SECONDS", 0.3)
    monkeypatch.setattr(budget, "MIN_CALL_SECONDS", 0.1)
    openai_server.will(hangs(), hangs())

    task = office.desk.ask(QUESTION)

    assert (task.status, task.degraded) == (TaskStatus.COMPLETED, True)
    assert "New Project" in (task.response or "")
    assert "[1]" in (task.response or "")


def test_with_model_and_embeddings_down_words_still_find_the_answer(
    office: Office, openai_server: ScriptedOpenAI
) -> None:
    openai_server.embeds = False
    openai_server.will(fails(503), fails(503))

    task = office.desk.ask(QUESTION)

    assert task.degraded
    assert "New Project" in (task.response or "")
    assert task.citations[0].title == "Projects"


def test_embeddings_alone_down_leave_a_degraded_answer(
    office: Office, openai_server: ScriptedOpenAI
) -> None:
    openai_server.embeds = False
    openai_server.will(routes("faq"), says("Click it [1]."))

    task = office.desk.ask(QUESTION)

    assert (task.response, task.degraded) == ("Click it [1].", True)


def test_invented_sources_are_removed(office: Office, openai_server: ScriptedOpenAI) -> None:
    openai_server.will(routes("faq"), says("Click it [7], really [2][99]."))

    task = office.desk.ask(QUESTION)

    assert task.response == "Click it, really [1]."
    assert [citation.number for citation in task.citations] == [1]


def test_a_message_delivered_again_changes_nothing(
    office: Office, openai_server: ScriptedOpenAI
) -> None:
    openai_server.will(calls(("create_support_ticket", TICKET)), says("Ok."))
    message = office.desk.accept(COMPLAINT, DAVID)

    assert office.desk.deliver(message)
    assert office.desk.deliver(message, times_before=1)

    assert office.count("messages") == 2
    assert office.count("tickets") == 1


def test_a_crash_after_the_commit_publishes_what_was_committed(
    office: Office, openai_server: ScriptedOpenAI
) -> None:
    openai_server.will(routes("faq"), says("Click it [1]."))
    message = office.desk.accept(QUESTION)

    class LostAfterCommit(PostgresConversationStore):
        def commit(self, turn: Turn) -> TaskResult:
            super().commit(turn)
            raise InfrastructureError("postgres: the answer to COMMIT was lost")

    store = LostAfterCommit(Database(lambda: office.database.agent_url))
    assert not office.desk.deliver(message, store=store)
    store._database.close()

    assert office.desk.deliver(message, times_before=1)

    assert office.desk.task(message).response == "Click it [1]."
    assert office.count("turns") == 1


def test_two_workers_commit_one_turn(office: Office, openai_server: ScriptedOpenAI) -> None:
    message = office.desk.accept(COMPLAINT, DAVID)
    both_made = threading.Barrier(2, timeout=20)
    published: list[str | None] = []

    class Racing(PostgresConversationStore):
        """Commits when the other worker is ready to commit as well."""

        def commit(self, turn: Turn) -> TaskResult:
            both_made.wait()
            result = super().commit(turn)
            published.append(result.response)
            return result

    def work(text: str, database: Database) -> None:
        office.desk.deliver(message, store=Racing(database), model=SayingModel(text))

    databases = [Database(lambda: office.database.agent_url) for _ in range(2)]
    threads = [
        threading.Thread(target=work, args=(text, database))
        for text, database in zip(("One.", "Two."), databases, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for database in databases:
        database.close()

    assert len(published) == 2
    assert published[0] == published[1] == office.desk.task(message).response
    assert office.count("turns") == 1
    assert office.count("messages") == 2
    assert office.count("tickets") == 1


class SayingModel:
    """Routes everything to escalation and always says the same."""

    def __init__(self, text: str) -> None:
        self._text = text

    def complete(self, _messages: Any, *, output: Any = None, **_: Any) -> Any:
        from tests.support.fake_model import route, text

        return route("escalation") if output is not None else text(self._text)


def test_a_text_no_database_takes_is_answered_all_the_same(
    office: Office, openai_server: ScriptedOpenAI
) -> None:
    openai_server.will(
        routes("faq", reasoning="nul \x00"),
        calls(("search_knowledge_base", {"query": "x\x00\ud800"})),
        says("Click\x00 it [1]."),
    )

    task = office.desk.ask(QUESTION)

    assert task.response == "Click it [1]."


def test_a_guest_who_signs_in_goes_on_with_the_conversation(
    office: Office, openai_server: ScriptedOpenAI
) -> None:
    openai_server.will(
        routes("order"),
        says("Please sign in."),
        calls(("get_subscription_details", {})),
        says("You are on professional."),
    )
    first = office.desk.ask("What is my plan?", GUEST)

    second = office.desk.ask(
        "And now?", JOHN, conversation_id=first.conversation_id, claimed_subject=GUEST.subject
    )

    assert second.status is TaskStatus.COMPLETED
    [row] = office.rows("SELECT owner_subject, customer_id FROM conversations")
    assert row == (JOHN.subject, "cus_john")


def test_an_outage_of_postgres_is_waited_out(office: Office, openai_server: ScriptedOpenAI) -> None:
    openai_server.will(routes("faq"), says("Click it [1]."))
    message: QueuedMessage = office.desk.accept(QUESTION)
    nowhere = Database(lambda: "postgresql://nobody:x@127.0.0.1:9/none")

    assert not office.desk.deliver(message, store=PostgresConversationStore(nowhere))
    assert office.desk.deliver(message, times_before=1)

    assert office.desk.task(message).status is TaskStatus.COMPLETED
