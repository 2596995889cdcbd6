"""The tools, as the model calls them."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from agent_worker.agents.roster import ESCALATION, FAQ, ORDER
from agent_worker.memory import Window
from agent_worker.tools.arguments import (
    ACTION_TOOLS,
    CUSTOMER,
    INVOICES,
    SEARCH,
    SUBSCRIPTION,
    TICKET,
    TICKETS,
    spec,
)
from agent_worker.tools.toolbox import Toolbox
from frontdesk.domain.conversation import Message, MessageRole
from frontdesk.domain.ids import new_id
from frontdesk.domain.model import ToolCall
from frontdesk.domain.records import Invoice, Subscription, Ticket
from frontdesk.domain.task import Stage
from frontdesk.principal import Principal
from tests.support.chat import a_message
from tests.support.fake_conversations import FakeAccountReader, FakeRecords, a_customer
from tests.support.fake_knowledge import FakeKnowledgeSearch
from tests.support.worker import BACKEND, DAVID, GUEST, JOHN, RecordingTelemetry, a_hit

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ALL = (SEARCH, CUSTOMER, SUBSCRIPTION, INVOICES, TICKETS, TICKET)


@pytest.fixture
def records() -> FakeRecords:
    records = FakeRecords(
        customers=[
            a_customer("john@startup.example", "John Smith", company_name="Startup"),
            a_customer("david@agency.example", "David Wilson"),
        ]
    )
    for customer, plan, number in zip(
        records.customers, ("professional", "starter"), ("INV-1", "INV-9"), strict=True
    ):
        stamps = {"created_at": NOW, "updated_at": NOW}
        records.subscriptions.append(
            Subscription.model_validate(
                {
                    "id": new_id("sub"),
                    "customer_id": customer.id,
                    "plan": plan,
                    "status": "active",
                    "billing_cycle": "monthly",
                    "price": Decimal("49.00"),
                    "seats": 10,
                    "features": ["API"],
                    "start_date": date(2026, 1, 1),
                    **stamps,
                }
            )
        )
        records.invoices.append(
            Invoice.model_validate(
                {
                    "id": new_id("inv"),
                    "customer_id": customer.id,
                    "invoice_number": number,
                    "status": "paid",
                    "amount": "49.00",
                    "tax": "4.41",
                    "total": "53.41",
                    "due_date": date(2026, 4, 1),
                    **stamps,
                }
            )
        )
    return records


def a_toolbox(
    records: FakeRecords, by: Principal = JOHN, open_ticket: Ticket | None = None, **changes: Any
) -> Toolbox:
    message = a_message(principal=by, **changes)
    return Toolbox(
        message=message,
        accounts=FakeAccountReader(
            records, email=message.account_email, subject=message.account_subject
        ),
        knowledge=FakeKnowledgeSearch((a_hit("Click it."), a_hit("Then save."))),
        find_open_ticket=lambda: open_ticket,
        clock=lambda: NOW,
        telemetry=RecordingTelemetry(),
        on_stage=lambda stage: None,
    )


def run(toolbox: Toolbox, name: str, arguments: dict[str, Any] | None = None) -> dict[str, Any]:
    call = ToolCall(id="call", name=name, arguments={} if arguments is None else arguments)
    result: dict[str, Any] = json.loads(toolbox.call(call, offered=ALL))
    return result


def test_no_tool_lets_the_model_say_who_asks() -> None:
    for name in (CUSTOMER, SUBSCRIPTION, INVOICES, TICKETS):
        assert set(spec(name).parameters["properties"]) <= {"number", "status", "settled", "limit"}


def test_tools_are_described_by_plain_json_schemas() -> None:
    parameters = spec(TICKET).parameters

    assert parameters["required"] == ["subject", "description", "category", "priority"]
    assert parameters["properties"]["priority"]["enum"] == ["low", "medium", "high", "urgent"]
    assert spec(SEARCH).parameters["required"] == ["query"]
    assert spec(SEARCH).parameters["properties"]["category"]["type"] == "string"
    every_tool = (*ALL, *ACTION_TOOLS.values())
    assert "$ref" not in json.dumps([spec(name).parameters for name in every_tool])


def test_each_agent_has_its_own_tools() -> None:
    assert TICKET not in {*FAQ.tools, *ORDER.tools}
    assert {CUSTOMER, SUBSCRIPTION, INVOICES, TICKETS} <= set(ORDER.tools)
    assert TICKET in ESCALATION.tools


def test_passages_that_hardly_answer_are_not_shown(records: FakeRecords) -> None:
    # given a search that finds nothing near
    toolbox = a_toolbox(records)
    toolbox.knowledge = FakeKnowledgeSearch((a_hit("Click it."),), confidence=0.19)
    toolbox.answer_confidence = 0.2

    # then the model is given nothing to make an answer of, and the trace tells why
    assert run(toolbox, SEARCH, {"query": "Do you sell dog food?"}) == {"passages": []}
    assert toolbox.passages == {}
    [search] = toolbox.searches
    assert (search["confidence"], search["declined"]) == (0.19, True)


@pytest.mark.parametrize("confidence", [0.2, None])
def test_passages_that_may_answer_are_shown(records: FakeRecords, confidence: float | None) -> None:
    toolbox = a_toolbox(records)
    toolbox.knowledge = FakeKnowledgeSearch((a_hit("Click it."),), confidence=confidence)
    toolbox.answer_confidence = 0.2
    assert len(run(toolbox, SEARCH, {"query": "how"})["passages"]) == 1
    assert toolbox.searches[0]["declined"] is False


def test_only_the_message_itself_is_searched_with_what_was_asked_before(
    records: FakeRecords,
) -> None:
    earlier = tuple(
        Message(
            id=str(number), conversation_id="conv_1", role=role, content=content, created_at=NOW
        )
        for number, (role, content) in enumerate(
            [
                (MessageRole.CUSTOMER, "What does Professional cost?"),
                (MessageRole.ASSISTANT, "It costs 49 dollars."),
            ]
        )
    )
    toolbox = a_toolbox(records)
    knowledge = toolbox.knowledge = FakeKnowledgeSearch()
    toolbox.window = Window(earlier, "And yearly?")
    run(toolbox, SEARCH, {"query": "And yearly?"})
    run(toolbox, SEARCH, {"query": "price of Professional by the year"})
    assert knowledge.earlier == [("What does Professional cost?",), ()]


def test_a_search_numbers_its_passages_once_a_turn(records: FakeRecords) -> None:
    stages: list[Stage] = []
    toolbox = a_toolbox(records)
    toolbox.on_stage = stages.append

    first = run(toolbox, SEARCH, {"query": "how"})
    second = run(toolbox, SEARCH, {"query": "again", "category": "faq"})

    assert first == {
        "passages": [
            {
                "number": number,
                "title": "Projects",
                "section": "Overview",
                "content": content,
                "source_url": None,
            }
            for number, content in ((1, "Click it."), (2, "Then save."))
        ]
    }
    assert second == first
    assert stages == [Stage.RETRIEVING, Stage.ANSWERING] * 2


def test_a_customer_sees_its_own_records(records: FakeRecords) -> None:
    toolbox = a_toolbox(records, JOHN)

    assert run(toolbox, CUSTOMER)["customer"] == {
        "name": "John Smith",
        "email": "john@startup.example",
        "company_name": "Startup",
        "phone": "",
        "metadata": {},
    }
    assert run(toolbox, SUBSCRIPTION)["subscription"] == {
        "plan": "professional",
        "status": "active",
        "billing_cycle": "monthly",
        "price": "49.00",
        "currency": "USD",
        "seats": 10,
        "features": ["API"],
        "start_date": "2026-01-01",
        "end_date": None,
        "trial_end_date": None,
        "renews_on": "2026-06-01",
        "next_plan": None,
        "next_plan_on": None,
    }
    assert [one["invoice_number"] for one in run(toolbox, INVOICES)["invoices"]] == ["INV-1"]
    assert run(toolbox, INVOICES, {"status": "overdue", "limit": 3}) == {"invoices": []}


@pytest.mark.parametrize("name", [CUSTOMER, SUBSCRIPTION, INVOICES])
def test_a_guest_is_not_signed_in(records: FakeRecords, name: str) -> None:
    toolbox = a_toolbox(records, GUEST, contact_email="david@agency.example")

    assert run(toolbox, name)["error"] == "not_signed_in"


@pytest.mark.parametrize("name", [CUSTOMER, SUBSCRIPTION, INVOICES])
def test_a_customer_without_a_record_has_no_account(records: FakeRecords, name: str) -> None:
    stranger = JOHN.model_copy(update={"email": "nobody@example.com"})

    assert run(a_toolbox(records, stranger), name)["error"] == "no_account"
    assert run(a_toolbox(records, BACKEND), name)["error"] == "no_account"


def test_a_service_sees_the_customer_it_names(records: FakeRecords) -> None:
    toolbox = a_toolbox(records, BACKEND, customer_email="david@agency.example")

    assert run(toolbox, SUBSCRIPTION)["subscription"]["plan"] == "starter"


def test_the_address_a_customer_names_opens_nothing(records: FakeRecords) -> None:
    toolbox = a_toolbox(records, JOHN, contact_email="david@agency.example")

    assert run(toolbox, SUBSCRIPTION)["subscription"]["plan"] == "professional"


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("drop_tables", {}, "no tool"),
        (SUBSCRIPTION, {"email": "david@agency.example"}, "email"),
        (CUSTOMER, {"customer_id": "cus_1"}, "customer_id"),
        (INVOICES, {"status": "stolen"}, "status"),
        (INVOICES, {"limit": 1000}, "limit"),
        (TICKETS, {"owner_subject": "https://id.example|david"}, "owner_subject"),
        (TICKETS, {"limit": 21}, "limit"),
        (SEARCH, {}, "query"),
        (SEARCH, {"query": "\u200b"}, "query"),
        (TICKET, {"subject": "s", "description": "d", "category": "x", "priority": "low"}, "cat"),
    ],
)
def test_a_wrong_call_is_told_to_the_model(
    records: FakeRecords, name: str, arguments: dict[str, Any], says: str
) -> None:
    toolbox = a_toolbox(records)

    result = run(toolbox, name, arguments)

    assert result["error"] == "invalid_call"
    assert says in result["message"]
    assert toolbox.intents == []
    assert toolbox.calls[0]["error"] == "invalid_call"


def test_arguments_that_are_no_json_are_told_to_the_model(records: FakeRecords) -> None:
    toolbox = a_toolbox(records)

    result = toolbox.call(ToolCall(id="call", name=SEARCH, arguments=None), offered=ALL)

    assert "not a JSON object" in result


def test_a_tool_of_another_agent_is_no_tool(records: FakeRecords) -> None:
    toolbox = a_toolbox(records)

    result = toolbox.call(ToolCall(id="call", name=CUSTOMER, arguments={}), offered=FAQ.tools)

    assert "no tool" in result
    assert "John" not in result


def a_ticket(number: str, **changes: Any) -> Ticket:
    defaults: dict[str, Any] = {
        "id": f"tkt_{number}",
        "number": number,
        "subject": "Sync fails",
        "description": "Secret words.",
        "category": "technical",
        "priority": "high",
        "status": "in_progress",
        "assigned_to": "anna@company.example",
        "contact_email": "me@example.com",
        "expected_response_at": NOW + timedelta(hours=4),
        "created_at": NOW,
        "updated_at": NOW + timedelta(minutes=5),
    }
    return Ticket.model_validate(defaults | changes)


@pytest.mark.parametrize(
    ("status", "hours", "due", "is_late"),
    [
        ("open", 0, "2026-05-04T16:00+00:00", False),
        ("open", -5, "2026-05-04T11:00+00:00", True),
        ("in_progress", 0, "2026-05-04T16:00+00:00", False),
        # Who works on it may have answered in time.
        ("in_progress", -5, None, False),
        ("waiting", 0, None, False),
        ("resolved", -5, None, False),
    ],
)
def test_an_answer_that_is_late_is_told_as_that(
    records: FakeRecords, status: str, hours: int, due: str | None, is_late: bool
) -> None:
    expected = NOW + timedelta(hours=4 + hours)
    records.tickets.append(
        a_ticket(
            "FD-AAAAA",
            customer_id=records.customers[0].id,
            status=status,
            expected_response_at=expected,
        )
    )

    (told,) = run(a_toolbox(records, JOHN), TICKETS)["tickets"]

    assert (told["expected_response_at"], told["is_late"]) == (due, is_late)


def numbers_of(result: dict[str, Any]) -> list[str]:
    return [one["number"] for one in result["tickets"]]


def test_a_customer_sees_how_its_own_tickets_stand(records: FakeRecords) -> None:
    # given a ticket of its record, a newer one that is settled, and another customer's
    john, david = records.customers
    records.tickets += [
        a_ticket("FD-AAAAA", customer_id=john.id),
        a_ticket(
            "FD-BBBBB", owner_subject=JOHN.subject, status="closed", created_at=NOW + timedelta(1)
        ),
        a_ticket("FD-DDDDD", customer_id=david.id, owner_subject=DAVID.subject),
    ]
    toolbox = a_toolbox(records, JOHN)

    newest, oldest = run(toolbox, TICKETS)["tickets"]

    assert oldest == {
        "number": "FD-AAAAA",
        "subject": "Sync fails",
        "category": "technical",
        "priority": "high",
        "status": "in_progress",
        "created_at": "2026-05-04T12:00+00:00",
        "updated_at": "2026-05-04T12:05+00:00",
        "expected_response_at": "2026-05-04T16:00+00:00",
        "is_late": False,
    }
    assert (newest["number"], newest["expected_response_at"]) == ("FD-BBBBB", None)
    assert numbers_of(run(toolbox, TICKETS, {"limit": 1})) == ["FD-BBBBB"]
    assert numbers_of(run(toolbox, TICKETS, {"settled": False})) == ["FD-AAAAA"]
    assert numbers_of(run(toolbox, TICKETS, {"settled": True})) == ["FD-BBBBB"]
    assert toolbox.ticket_states == {"FD-AAAAA": "in_progress", "FD-BBBBB": "closed"}


@pytest.mark.parametrize("written", ["FD-AAAAA", "fd-aaaaa", "FD AAAAA", "AAAAA", " #fdaaaaa"])
def test_a_ticket_is_found_however_its_number_is_written(
    records: FakeRecords, written: str
) -> None:
    records.tickets.append(a_ticket("FD-AAAAA", owner_subject=JOHN.subject))

    assert numbers_of(run(a_toolbox(records), TICKETS, {"number": written})) == ["FD-AAAAA"]


def test_anothers_ticket_is_answered_like_none(records: FakeRecords) -> None:
    records.tickets.append(a_ticket("FD-DDDDD", owner_subject=DAVID.subject))

    for caller in (JOHN, GUEST):
        anothers, nobodys = (
            run(a_toolbox(records, caller), TICKETS, {"number": number})
            for number in ("FD-DDDDD", "FD-ZZZZZ")
        )
        assert anothers == nobodys


def test_a_guest_sees_the_ticket_of_its_conversation_only(records: FakeRecords) -> None:
    # given a guest who has another ticket elsewhere
    here = a_ticket("FD-AAAAA", owner_subject=GUEST.subject)
    records.tickets += [here, a_ticket("FD-BBBBB", owner_subject=GUEST.subject)]
    toolbox = a_toolbox(records, GUEST, open_ticket=here)

    assert numbers_of(run(toolbox, TICKETS)) == ["FD-AAAAA"]
    assert run(toolbox, TICKETS, {"number": "FD-BBBBB"})["error"] == "not_signed_in"
    assert run(toolbox, TICKETS, {"settled": True})["error"] == "not_signed_in"
    assert run(a_toolbox(records, GUEST), TICKETS)["error"] == "not_signed_in"


def test_what_was_written_through_a_service_is_not_every_customers(records: FakeRecords) -> None:
    # given tickets of two customers who both wrote through the same service
    john, david = records.customers
    records.tickets += [
        a_ticket("FD-AAAAA", owner_subject=BACKEND.subject, customer_id=john.id),
        a_ticket("FD-DDDDD", owner_subject=BACKEND.subject, customer_id=david.id),
    ]

    def seen_for(**changes: Any) -> dict[str, Any]:
        return run(a_toolbox(records, BACKEND, **changes), TICKETS)

    assert numbers_of(seen_for(customer_email="david@agency.example")) == ["FD-DDDDD"]
    assert numbers_of(seen_for(customer_email="nobody@example.com")) == []
    assert seen_for()["error"] == "no_account"


COMPLAINT = {
    "subject": "Charged\ntwice",
    "description": "Two charges.",
    "category": "billing",
    "priority": "high",
}


def test_a_ticket_is_noted_and_not_yet_made(records: FakeRecords) -> None:
    toolbox = a_toolbox(records, DAVID, contact_email="david@home.example")

    result = run(toolbox, TICKET, COMPLAINT)

    [intent] = toolbox.intents
    assert result["ticket"] == {
        "number": intent.number,
        "priority": "high",
        "status": "open",
        "expected_response_at": "2026-05-04T16:00+00:00",
        "already_open": False,
    }
    assert (intent.subject, intent.category) == ("Charged twice", "billing")
    assert intent.contact_email == "david@home.example"
    assert records.tickets == []


def test_the_same_task_always_makes_the_same_ticket(records: FakeRecords) -> None:
    first, second = (a_toolbox(records, task_id="task_1") for _ in range(2))

    run(first, TICKET, COMPLAINT)
    run(second, TICKET, {**COMPLAINT, "subject": "Worded differently"})

    assert first.intents[0].ticket_id == second.intents[0].ticket_id


def test_a_turn_makes_one_ticket_however_often_it_is_asked_for(records: FakeRecords) -> None:
    toolbox = a_toolbox(records)

    results = [run(toolbox, TICKET, COMPLAINT) for _ in range(10)]

    assert len(toolbox.intents) == 1
    assert len({result["ticket"]["number"] for result in results}) == 1
    assert results[1]["ticket"]["already_open"] is True


def test_an_open_ticket_is_shown_instead_of_a_new_one(records: FakeRecords) -> None:
    existing = Ticket.model_validate(
        {
            "id": "tkt_1",
            "number": "FD-AAAAA",
            "subject": "s",
            "description": "d",
            "category": "billing",
            "priority": "medium",
            "status": "in_progress",
            "expected_response_at": NOW + timedelta(hours=1),
            "created_at": NOW,
            "updated_at": NOW,
        }
    )
    toolbox = a_toolbox(records, open_ticket=existing)

    result = run(toolbox, TICKET, COMPLAINT)

    assert result["ticket"]["number"] == "FD-AAAAA"
    assert result["ticket"]["already_open"] is True
    assert toolbox.intents[0].number == "FD-AAAAA"


@pytest.mark.parametrize(("hours", "promised"), [(1, "2026-05-04T13:00+00:00"), (-1, None)])
def test_no_day_that_is_past_is_promised_for_an_open_ticket(
    records: FakeRecords, hours: int, promised: str | None
) -> None:
    existing = a_ticket("FD-AAAAA", expected_response_at=NOW + timedelta(hours=hours))

    result = run(a_toolbox(records, open_ticket=existing), TICKET, COMPLAINT)

    assert result["ticket"]["expected_response_at"] == promised
