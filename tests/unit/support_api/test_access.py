"""Every operation × every caller: nobody is shown what is not theirs, or told that it exists."""

import pytest

from frontdesk.domain.knowledge import DocumentVersion, SearchHit
from tests.support.access import ALICE, BOB, CALLERS, OPERATIONS
from tests.support.callers import GUEST, NOBODY, STAFF
from tests.support.desk import MemoryDesk
from tests.support.desk_samples import a_conversation, a_document, a_message, a_ticket, a_turn
from tests.support.http_events import http_event
from tests.support.record_samples import add_account
from tests.support.support_api import Client

CASES = [
    pytest.param(operation, caller, id=f"{' '.join(operation)} as {caller}")
    for operation in OPERATIONS
    for caller in CALLERS
]


@pytest.fixture
def paths(desk: MemoryDesk) -> dict[str, str]:
    """Identifiers of things of Alice's, by the name of their path parameter."""
    conversation = a_conversation(str(ALICE.subject), subject="Alice's secret")
    ticket = a_ticket(ALICE.subject, subject="Alice's secret")
    document = a_document()
    desk.conversations.add(conversation)
    desk.conversations.add_message(conversation.id, a_message("Alice's secret"))
    turn = a_turn(conversation.id)
    desk.conversations.add_turn(turn)
    desk.tickets.add(ticket)
    add_account(desk.accounts, "cust_alice", "Alice's secret")
    desk.documents.stored.append(document)
    desk.knowledge_base.documents[document.id] = document
    desk.knowledge_base.versions[document.id, 1] = DocumentVersion(
        number=1,
        title=document.title,
        category=document.category,
        visibility=document.visibility,
        created_at=document.created_at,
    )
    desk.knowledge.hits.append(
        SearchHit(
            passage_id="1",
            document_id=document.id,
            document_version=1,
            title="Refunds",
            section="",
            content="Within 7 days.",
            category=document.category,
            visibility=document.visibility,
            score=0.9,
        )
    )
    return {
        "conversation_id": conversation.id,
        "task_id": turn.task_id,
        "ticket_id": ticket.id,
        "document_id": document.id,
        "number": "1",
        "customer_id": "cust_alice",
        "subscription_id": "sub_alice",
        "invoice_id": "inv_alice",
    }


def _fill(path: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        path = path.replace(f"<{name}>", value)
    return path


def test_every_route_has_its_row(client: Client) -> None:
    # A new route without a row here fails: somebody has to say who may use it.
    assert set(client.api.rules) == set(OPERATIONS)


@pytest.mark.parametrize(("operation", "caller"), CASES)
def test_status(
    client: Client, paths: dict[str, str], operation: tuple[str, str], caller: str
) -> None:
    # given something of Alice's
    method, path = operation
    expected = OPERATIONS[operation]

    # when a caller asks for it
    answer = client.send(method, _fill(path, paths), CALLERS[caller], **expected.request)

    # then it gets what the matrix says, and no word of Alice's that it must not have
    assert answer.status == expected.statuses[caller]
    if caller not in {"owner", "staff", "admin"}:
        assert "secret" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/api/conversations/{}",
        "/api/conversations/{}/messages",
        "/api/tickets/{}",
    ],
)
@pytest.mark.parametrize("caller", ["nobody", "guest", "other customer", "service"])
def test_what_is_not_yours_answers_like_what_does_not_exist(
    client: Client, paths: dict[str, str], path: str, caller: str
) -> None:
    # given the path of something of Alice's, and the same path of nothing
    kind = "ticket_id" if "tickets" in path else "conversation_id"
    headers = {"x-correlation-id": "same"}

    # when somebody else asks for both
    theirs = client.get(path.format(paths[kind]), CALLERS[caller], headers=headers)
    nothing = client.get(path.format("conv_0"), CALLERS[caller], headers=headers)

    # then the two answers are the same
    assert theirs == nothing
    assert theirs.status == 404


def test_checks_come_before_a_bad_query(client: Client, paths: dict[str, str]) -> None:
    # given a request with a bad query
    path = f"/api/conversations/{paths['conversation_id']}"

    # when callers who may not see the thing send it
    # then they hear of their role or of nothing, never of the query
    for caller, messages, trace in (
        (NOBODY, 404, 401),
        (GUEST, 404, 403),
        (BOB, 404, 403),
        (ALICE, 422, 403),
        (STAFF, 422, 422),
    ):
        assert client.get(f"{path}/messages", caller, query="limit=0").status == messages
        assert client.get(f"{path}/trace", caller, query="limit=0").status == trace
    assert client.get("/api/conversations/conv_0/trace", STAFF, query="limit=0").status == 404


def test_checks_come_before_a_bad_body(client: Client) -> None:
    for caller, expected in ((NOBODY, 401), (ALICE, 403), (STAFF, 400)):
        answer = client.send("POST", "/api/knowledge/search", caller, raw_body="{")
        assert answer.status == expected


def test_list_holds_only_ones_own(client: Client, desk: MemoryDesk) -> None:
    # given conversations of Alice, Bob and a guest
    for owner in (ALICE, BOB, GUEST):
        desk.conversations.add(a_conversation(str(owner.subject)))

    # when they list
    # then each has its own, and staff has all; filters of staff change nothing for others
    for caller in (ALICE, BOB, GUEST):
        items = client.get("/api/conversations", caller).content["items"]
        assert [i["id"] for i in items] == [
            c.id for c in desk.conversations.stored if c.owner_subject == caller.subject
        ]
    assert len(client.get("/api/conversations", STAFF).content["items"]) == 3
    named = client.get("/api/conversations", ALICE, query={"customer_email": BOB.email})
    assert len(named.content["items"]) == 1


def test_guest_without_token_owns_nothing(client: Client, desk: MemoryDesk) -> None:
    # given things without an owner
    desk.tickets.add(a_ticket(None))

    # when a guest without a token lists
    # then there is nothing
    for path in ("/api/conversations", "/api/tickets"):
        assert client.get(path).content == {"items": [], "next_cursor": None}


def test_customer_has_the_tickets_of_its_record(client: Client, desk: MemoryDesk) -> None:
    # given a ticket of Alice's customer record that somebody else opened
    desk.customers.add("cust_alice", "Alice@Example.com")
    ticket = a_ticket("issuer|staff", customer_id="cust_alice")
    desk.tickets.add(ticket)

    # when Alice and Bob ask for it
    # then only Alice gets it
    assert client.get(f"/api/tickets/{ticket.id}", ALICE).status == 200
    assert client.get(f"/api/tickets/{ticket.id}", BOB).status == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/conversations", 401), ("/api/knowledge", 401), ("/api/health", 200)],
)
def test_no_authorizer_no_answer(client: Client, path: str, status: int) -> None:
    event = http_event("GET", path)
    del event["requestContext"]["authorizer"]
    assert client.deliver(event).status == status
