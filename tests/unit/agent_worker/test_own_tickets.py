"""How one's own tickets stand: known by the words, looked up at once, and never made up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent_worker import phrases
from agent_worker.agents.first_calls import first_calls
from agent_worker.agents.roster import ESCALATION, FAQ, ORDER
from agent_worker.languages import CODES, language
from agent_worker.memory import Window
from agent_worker.routing.tickets import asks_about_ticket, ticket_number_in
from agent_worker.ticket_states import false_states, without_true_states
from agent_worker.tools.arguments import SEARCH, TICKETS
from frontdesk.domain.conversation import Message, MessageRole, answer_due
from frontdesk.domain.records import Ticket, TicketStatus
from frontdesk.domain.task import AgentName, RouteLabel, Task
from tests.support.fake_conversations import FakeConversationStore
from tests.support.fake_knowledge import FakeKnowledgeSearch
from tests.support.fake_model import Answer, ScriptedModel, text
from tests.support.worker import DAVID, GUEST, JOHN, Desk, a_hit
from tests.unit.agent_worker.test_answering import DOWN, records_of_two

OPENED = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
SAYS = language("en").phrases


@pytest.mark.parametrize(
    "message",
    [
        "What is the status of my ticket FD-7K2M9?",
        "did anybody look at my ticket yet?",
        "has anyone looked at my ticket yet",
        "show my tickets",
        "do I have any open tickets?",
        "how does my ticket stand?",
        "list all my open tickets",
        "which tickets do I have open?",
        "Is my ticket still open?",
        "When will my ticket be answered?",
        "what about FD-7K2M9?",
        "FD-7K2M9",
        "any update on my ticket",
        "Status of my ticket",
        "What about my support request?",
        "Nobody answered my ticket",
        "I have not heard anything about FD-7K2M9",
        "Ich warte noch auf eine Antwort zu meinem Ticket",
        "Personne n'a répondu à mon ticket",
        "Nadie ha respondido a mi ticket",
        "Ninguém respondeu ao meu chamado",
        "Nessuno ha risposto al mio ticket",
        "any closed tickets?",
        "and my ticket?",
        "Was ist der Stand meines Tickets?",
        "Hat sich schon jemand mein Ticket angesehen?",
        "Où en est mon ticket ?",
        "¿Cuál es el estado de mi ticket?",
        "Alguém já viu o meu chamado?",
        "Qual è lo stato del mio ticket?",
    ],
)
def test_questions_of_how_a_ticket_stands(message: str) -> None:
    assert asks_about_ticket(message)


@pytest.mark.parametrize(
    "message",
    [
        "How do I open a ticket?",
        "open a ticket please",
        "Can you open a ticket for me?",
        "ok then open a ticket",
        "How do I close my ticket?",
        "Do I have to open a ticket?",
        "please close my ticket",
        "reopen FD-7K2M9",
        "Can I add something to my ticket?",
        "I want to raise the priority of my ticket",
        "What priorities do tickets have?",
        "get me tickets for the Taylor Swift concert",
        "Können Sie ein Ticket eröffnen?",
        "Pouvez-vous créer un ticket ?",
        "¿Puede abrir un ticket?",
        "Where is my invoice INV-2024-001?",
    ],
)
def test_wishes_and_questions_of_how_it_is_done_are_none(message: str) -> None:
    assert not asks_about_ticket(message)


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("what of fd-7k2m9?", "FD-7K2M9"),
        ("what of FD7K2M9?", "FD-7K2M9"),
        ("FD7K2M9, FD-7K2M9", "FD-7K2M9"),
        ("FD-7K2M9 or FD-AAAAA?", None),
        ("my ticket", None),
        ("FD-7K2M99", None),
    ],
)
def test_the_ticket_that_is_named(message: str, number: str | None) -> None:
    assert ticket_number_in(message) == number


@pytest.mark.parametrize(
    ("message", "calls"),
    [
        ("did anybody look at my ticket yet?", [(TICKETS, {})]),
        ("What is the status of FD-7K2M9?", [(TICKETS, {"number": "FD-7K2M9"})]),
        ("show my resolved tickets", [(TICKETS, {"settled": True})]),
        ("any closed tickets?", [(TICKETS, {"settled": True})]),
        ("do I have open tickets?", [(TICKETS, {"settled": False})]),
        ("show my open and closed tickets", [(TICKETS, {})]),
        ("is my ticket still open?", [(TICKETS, {})]),
        ("are my tickets closed?", [(TICKETS, {})]),
        ("Zeig mir meine gelösten Tickets", [(TICKETS, {"settled": True})]),
        ("Montrez mes tickets fermés", [(TICKETS, {"settled": True})]),
        ("¿Cuáles son mis tickets abiertos?", [(TICKETS, {"settled": False})]),
        ("Quais são os meus chamados resolvidos?", [(TICKETS, {"settled": True})]),
        ("Mostrami i miei ticket aperti", [(TICKETS, {"settled": False})]),
        ("show me INV-2024-001", [("get_invoices", {})]),
    ],
)
def test_a_ticket_is_looked_up_before_the_model_is_asked(
    message: str, calls: list[tuple[str, dict[str, Any]]]
) -> None:
    found = first_calls(ORDER, Window((), message))

    assert [(call.name, call.arguments) for call in found] == calls


def test_who_asks_about_a_ticket_next_is_not_told_again_what_he_asked_before() -> None:
    said = Message(id="m", role=MessageRole.CUSTOMER, content="Which plan?", created_at=OPENED)

    [call] = first_calls(ORDER, Window((said,), "and my ticket?"))

    assert call.name == TICKETS


def test_only_who_looks_into_accounts_looks_up_tickets() -> None:
    assert TICKETS not in {*FAQ.tools, *ESCALATION.tools}
    [search] = first_calls(FAQ, Window((), "How do I open a ticket?"))
    assert search.name == SEARCH


def a_ticket(number: str, **changes: Any) -> Ticket:
    defaults: dict[str, Any] = {
        "id": f"tkt_{number}",
        "number": number,
        "owner_subject": JOHN.subject,
        "subject": "Sheet is closed at once",
        "description": "d",
        "category": "technical",
        "priority": "high",
        "status": "in_progress",
        "assigned_to": "anna@company.example",
        "expected_response_at": OPENED + timedelta(hours=4),
        "created_at": OPENED,
        "updated_at": OPENED,
    }
    return Ticket.model_validate(defaults | changes)


def a_desk(*answers: Answer, **changes: Any) -> tuple[Desk, ScriptedModel]:
    records = records_of_two()
    records.tickets += [
        a_ticket("FD-AAAAA", **changes),
        a_ticket("FD-DDDDD", owner_subject=DAVID.subject),
    ]
    model = ScriptedModel(*answers)
    # What the knowledge base clearly answers is no reason not to look.
    knowledge = FakeKnowledgeSearch((a_hit("Tickets are answered."),), confidence=0.9)
    return Desk(model, store=FakeConversationStore(records), knowledge=knowledge), model


def asked(desk: Desk, message: str = "Did anybody look at my ticket yet?") -> Task:
    return desk.ask(message, JOHN)


def test_a_ticket_is_told_of_with_one_call_and_listed() -> None:
    desk, model = a_desk(text("FD-AAAAA (Sheet is closed at once) is **in progress**."))

    task = asked(desk)

    model.verify()
    assert task.route is not None
    assert (task.agent, task.route.agent) == (AgentName.ORDER, RouteLabel.ORDER)
    assert task.response == "FD-AAAAA (Sheet is closed at once) is **in progress**."
    assert [(one.kind, one.id, one.label) for one in task.records] == [
        ("ticket", "tkt_FD-AAAAA", "FD-AAAAA")
    ]
    shown = "".join(message.content for message in model.asked[0].messages)
    assert '"status": "in_progress"' in shown
    assert "anna@company.example" not in shown
    assert "FD-DDDDD" not in shown


def test_somebody_elses_ticket_is_answered_like_none() -> None:
    # given a model that says all it is shown
    shown = []
    for number in ("FD-DDDDD", "FD-ZZZZZ"):
        desk, model = a_desk(text("I find no ticket with this number."))
        task = asked(desk, f"What is the status of {number}?")
        assert task.records == ()
        shown.append(model.asked[0].messages[-1].content)

    # then it is shown the same for both
    assert shown == ['{"tickets": []}'] * 2


def test_a_guest_is_asked_to_sign_in_whatever_the_knowledge_base_says() -> None:
    desk, model = a_desk(text("Please sign in."))

    task = desk.ask("Did anybody look at my ticket yet?", GUEST)

    assert task.agent is AgentName.ORDER
    assert "not_signed_in" in model.asked[0].messages[-1].content


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("in_progress", "Your ticket FD-AAAAA has been resolved."),
        ("in_progress", "Your ticket is now closed."),
        ("resolved", "FD-AAAAA is still open."),
        ("open", "Good news: FD-AAAAA is in progress."),
        ("open", "Your ticket FD-AAAAA is open; FD-DDDDD is closed."),
        ("waiting", "Ihr Ticket FD-AAAAA ist bereits gelöst."),
    ],
)
def test_a_state_that_was_not_looked_up_is_not_told(status: str, said: str) -> None:
    desk, model = a_desk(text(said), text(said), status=status)

    task = asked(desk, "what of FD-AAAAA and FD-DDDDD?")

    model.verify()
    assert task.response == SAYS["unsure"]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("resolved", "Your ticket FD-AAAAA has been resolved."),
        ("waiting", "FD-AAAAA is waiting for your answer, so it is still open."),
        ("open", "Your ticket is open; we answer by 4 May 2026, 16:00. Once it is closed, you can"),
        ("open", "FD-AAAAA is not resolved yet. If your ticket is closed, write again."),
        ("in_progress", "| FD-AAAAA | Sheet is closed at once | in progress |"),
        ("closed", "Votre ticket FD-AAAAA, ouvert le 2026-05-04, est fermé."),
    ],
)
def test_what_was_looked_up_may_be_told(status: str, said: str) -> None:
    desk, model = a_desk(text(said), status=status)

    task = asked(desk)

    model.verify()
    assert task.response == said


def test_a_true_state_hides_no_promise_beside_it() -> None:
    known = {"FD-AAAAA": TicketStatus.RESOLVED}
    said = "Your ticket FD-AAAAA has been resolved and I've refunded you."

    assert false_states(said, known) == []
    assert "I've refunded you" in without_true_states(said, known)


def test_what_the_knowledge_base_says_of_everybodys_ticket_may_be_told() -> None:
    said = "Your ticket is closed seven days after our answer."

    assert false_states(said, {}) == ["Your ticket is closed"]
    assert false_states(said, {}, ["# Tickets\n\nYour ticket is closed after a while."]) == []


def test_without_the_model_the_ticket_is_told_of() -> None:
    due = datetime(2030, 5, 4, 16, 0, tzinfo=UTC)
    desk, _ = a_desk(DOWN, expected_response_at=due)

    task = asked(desk)

    line = phrases.own_ticket(a_ticket("FD-AAAAA", expected_response_at=due), OPENED)
    assert task.degraded
    assert task.response == f"{SAYS['apology']} {SAYS['tickets']}\n\n{line}"
    assert "is due by 4 May 2030, 16:00 UTC" in line
    assert [one.label for one in task.records] == ["FD-AAAAA"]


def test_a_number_without_its_dash_is_the_tickets_as_well() -> None:
    desk, _ = a_desk(DOWN)

    assert "**FD-AAAAA**" in str(asked(desk, "What is the status of fdaaaaa?").response)
    [call] = first_calls(ORDER, Window((), "What about FDAAAAA?"))
    assert (call.name, call.arguments) == (TICKETS, {"number": "FD-AAAAA"})


@pytest.mark.parametrize("number", ["FD-DDDDD", "FD-ZZZZZ"])
def test_without_the_model_anothers_ticket_is_none(number: str) -> None:
    desk, _ = a_desk(DOWN)

    said = asked(desk, f"What is the status of {number}?").response

    assert said == f"{SAYS['apology']} {SAYS['no_such_ticket'].format(number=number)}"


def test_without_the_model_a_guest_is_asked_to_sign_in() -> None:
    desk, _ = a_desk(DOWN)

    assert desk.ask("Did anybody look at my ticket yet?", GUEST).response == SAYS["sign_in"]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("status", TicketStatus)
def test_every_language_says_each_state_so_that_it_is_known_again(
    code: str, status: TicketStatus
) -> None:
    ticket = a_ticket("FD-AAAAA", status=status, subject="Sync")
    for now in (OPENED, OPENED + timedelta(days=1)):
        line = phrases.own_ticket(ticket, now, language(code))

        assert false_states(line, {"FD-AAAAA": status}) == []
        assert without_true_states(line, {"FD-AAAAA": status}) != line
        assert ("2026" in line.split("**")[-1]) == (answer_due(ticket, now) is not None)


def test_without_the_model_an_answer_that_is_late_is_said_to_be() -> None:
    # given one that nobody has taken up, and one that somebody works on, a day after they were due
    late = OPENED + timedelta(days=1)
    lines = [
        phrases.own_ticket(a_ticket("FD-AAAAA", status=status), late)
        for status in ("open", "in_progress")
    ]

    assert "was due by 4 May 2026, 16:00 UTC: I am sorry that it is late" in lines[0]
    assert "due" not in lines[1]
