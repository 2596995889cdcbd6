"""Records: what is taken, what is answered, and that a change changes what was sent only."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontdesk.domain.records import Plan, SubscriptionStatus
from tests.support.callers import STAFF
from tests.support.desk import MemoryDesk
from tests.support.record_samples import INVOICE, SUBSCRIPTION, add_account
from tests.support.support_api import Answer, Client

CUSTOMER = {"email": "Alice@example.com", "first_name": "Alice", "last_name": "Arden"}
ALICE = "cust_alice"


@pytest.fixture
def account(desk: MemoryDesk) -> None:
    """A customer `cust_alice` with the subscription `sub_alice` and the invoice `inv_alice`."""
    add_account(desk.accounts, ALICE, "Arden")


def post(client: Client, kind: str, body: dict[str, Any]) -> Answer:
    return client.send("POST", f"/api/{kind}", STAFF, body=body)


def patch(client: Client, path: str, body: Any, if_match: str | None = None) -> Answer:
    headers = {} if if_match is None else {"if-match": if_match}
    return client.send("PATCH", f"/api/{path}", STAFF, body=body, headers=headers)


def fields_at_fault(answer: Answer) -> list[str]:
    assert answer.status == 422, answer.text
    return [error["field"] for error in answer.content["errors"]]


def test_customer_is_made_with_defaults(client: Client) -> None:
    # when a customer is made of what is required
    made = post(client, "customers", CUSTOMER)

    # then the answer is the whole record, and says where it is and which version
    assert made.status == 201
    content = made.content
    assert made.headers["location"] == f"/api/customers/{content['id']}"
    assert made.headers["etag"] == '"1"'
    assert content == {
        **CUSTOMER,
        "id": content["id"],
        "company_name": "",
        "phone": "",
        "metadata": {},
        "created_at": content["created_at"],
        "updated_at": content["created_at"],
    }
    assert content["created_at"].endswith("Z")

    # and reading it answers the same
    read = client.get(made.headers["location"], STAFF)
    assert (read.status, read.content, read.headers["etag"]) == (200, content, '"1"')


@pytest.mark.usefixtures("account")
def test_subscription_and_invoice_are_made_with_defaults(client: Client) -> None:
    made = post(client, "subscriptions", {**SUBSCRIPTION, "customer_id": ALICE})
    assert made.status == 201, made.text
    subscription = made.content
    assert {name: subscription[name] for name in subscription if name not in SUBSCRIPTION} == {
        "id": subscription["id"],
        "customer_id": ALICE,
        "currency": "USD",
        "seats": 1,
        "features": [],
        "end_date": None,
        "trial_end_date": None,
        "next_plan": None,
        "next_plan_on": None,
        "created_at": subscription["created_at"],
        "updated_at": subscription["created_at"],
    }
    bill = {**INVOICE, "customer_id": ALICE, "invoice_number": "INV-2"}
    made = post(client, "invoices", {**bill, "subscription_id": subscription["id"]})
    assert made.status == 201, made.text
    invoice = made.content
    assert {name: invoice[name] for name in invoice if name not in bill} == {
        "id": invoice["id"],
        "subscription_id": subscription["id"],
        "tax": "0.00",
        "currency": "USD",
        "paid_date": None,
        "description": "",
        "created_at": invoice["created_at"],
        "updated_at": invoice["created_at"],
    }


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ("49.00", "49.00"),
        ("49", "49.00"),
        ("49.9", "49.90"),
        (49, "49.00"),
        (49.99, "49.99"),
        (0, "0.00"),
        (-0.0, "0.00"),
        (0.35000000000000003, "0.35"),
        ("9999999999.99", "9999999999.99"),
        (9999999999.99, "9999999999.99"),
    ],
)
def test_money_is_exact(client: Client, sent: object, answered: str) -> None:
    changed = patch(client, "subscriptions/sub_alice", {"price": sent})
    assert changed.content["price"] == answered


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    "sent",
    ["49.001", 49.001, "-1", -1, -0.01, "1e2", "49.", ".5", "", " 49", "٤٩", "NaN", "10000000000",
     10**10, 1e300, True, None, [], {}, "49,00", "$49"],
)  # fmt: skip
def test_what_is_no_money_is_refused(client: Client, sent: object) -> None:
    assert fields_at_fault(patch(client, "subscriptions/sub_alice", {"price": sent})) == ["price"]


@pytest.mark.usefixtures("account")
def test_whole_number_is_an_integer(client: Client) -> None:
    assert patch(client, "subscriptions/sub_alice", {"seats": 2.0}).content["seats"] == 2


BAD: list[tuple[str, str, list[object]]] = [
    ("customers", "email", ["nobody", "a@b", "a b@example.com", "", None, 1, "a@example.com\n@"]),
    ("customers", "first_name", ["", "  ", None, "x" * 201, "a\0b", 5]),
    ("customers", "company_name", [None, "x" * 201, "\0"]),
    ("customers", "metadata", [None, [], "x", {"a": "x" * 17_000}, {"a": ["\0"]}, {"\0": 1}]),
    ("subscriptions", "plan", ["gold", None, ""]),
    ("subscriptions", "status", ["open", None]),
    ("subscriptions", "billing_cycle", ["weekly", None]),
    ("subscriptions", "currency", ["usd", "US", "USDX", None, "USD\n"]),
    ("subscriptions", "seats", [0, -1, 1.5, "1", None, True, 10**7]),
    ("subscriptions", "features", [None, "sso", {}]),
    ("subscriptions", "start_date", ["2026-02-30", "2026-01-01T00:00:00", 0, "1.1.2026", None]),
    ("subscriptions", "end_date", ["0000-01-01", "", 20260101]),
    ("subscriptions", "customer_id", ["cust_0", "", None, "\0"]),
    ("invoices", "customer_id", ["cust_0", None]),
    ("invoices", "subscription_id", ["sub_0", ""]),
    ("invoices", "invoice_number", ["", " ", None, "x" * 65]),
    ("invoices", "status", ["active", None]),
    ("invoices", "total", ["x", None]),
    ("invoices", "due_date", [None, "tomorrow"]),
    ("invoices", "description", [None, "x" * 10_001, "\0"]),
]


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [(kind, name, value) for kind, name, values in BAD for value in values],
)
def test_bad_field_is_named_and_nothing_kept(
    client: Client, kind: str, name: str, value: object
) -> None:
    # given a record
    full = {
        "customers": CUSTOMER | {"email": "new@example.com"},
        "subscriptions": {**SUBSCRIPTION, "customer_id": ALICE},
        "invoices": {**INVOICE, "customer_id": ALICE, "invoice_number": "INV-2"},
    }[kind]
    path = f"{kind}/{ {'customers': ALICE, 'subscriptions': 'sub_alice'}.get(kind, 'inv_alice') }"
    before = client.get(f"/api/{path}", STAFF)
    count = len(client.get(f"/api/{kind}", STAFF).content["items"])

    # when a bad value is sent, to make one and to change one
    # then it is named, and nothing was made or changed
    refused = fields_at_fault(post(client, kind, full | {name: value}))
    assert {field.split(".")[0] for field in refused} == {name}
    refused = fields_at_fault(patch(client, path, {name: value}))
    assert {field.split(".")[0] for field in refused} == {name}
    assert client.get(f"/api/{path}", STAFF).content == before.content
    assert len(client.get(f"/api/{kind}", STAFF).content["items"]) == count


@pytest.mark.usefixtures("account")
def test_unknown_and_missing_fields_are_named(client: Client) -> None:
    assert fields_at_fault(post(client, "customers", {**CUSTOMER, "nickname": "Al"})) == [
        "nickname"
    ]
    assert fields_at_fault(patch(client, f"customers/{ALICE}", {"id": "cust_1"})) == ["id"]
    assert set(fields_at_fault(post(client, "customers", {}))) == set(CUSTOMER)
    assert set(fields_at_fault(post(client, "invoices", {}))) == {
        *INVOICE,
        "customer_id",
        "invoice_number",
    }
    for body in ("[]", '"x"', "1", "null"):
        assert client.send("POST", "/api/customers", STAFF, raw_body=body).status == 422
    assert client.send("PATCH", f"/api/customers/{ALICE}", STAFF, raw_body="{").status == 400


@pytest.mark.usefixtures("account")
def test_what_is_taken_is_a_conflict(client: Client) -> None:
    post(client, "customers", CUSTOMER | {"email": "bob@example.com"})
    for answer in (
        post(client, "customers", CUSTOMER),
        patch(client, f"customers/{ALICE}", {"email": "BOB@example.com"}),
        post(client, "invoices", {**INVOICE, "customer_id": ALICE, "invoice_number": "INV-alice"}),
    ):
        assert answer.status == 409, answer.text
        assert answer.headers["content-type"] == "application/problem+json"


_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
_NAME = _TEXT.filter(lambda text: bool(text.strip()))
_DAY = st.dates().map(str)
_MONEY = st.decimals(0, 99_999, places=2).map(lambda amount: f"{amount:.2f}")
CHANGES: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "customers/cust_alice": {
        "email": st.from_regex(r"[a-z]{1,9}@[a-z]{1,9}\.test", fullmatch=True),
        "first_name": _NAME,
        "last_name": _NAME,
        "company_name": _TEXT,
        "phone": _TEXT,
        "metadata": st.dictionaries(_TEXT, st.integers() | _TEXT | st.none(), max_size=3),
    },
    "subscriptions/sub_alice": {
        "plan": st.sampled_from(list(map(str, Plan))),
        "status": st.sampled_from(list(map(str, SubscriptionStatus))),
        "price": _MONEY,
        "currency": st.sampled_from(["EUR", "USD"]),
        "seats": st.integers(1, 1000),
        "features": st.lists(_TEXT, max_size=3),
        "start_date": _DAY,
        "end_date": st.none() | _DAY,
        "trial_end_date": st.none() | _DAY,
    },
    "invoices/inv_alice": {
        "invoice_number": _NAME,
        "amount": _MONEY,
        "tax": _MONEY,
        "total": _MONEY,
        "due_date": _DAY,
        "paid_date": st.none() | _DAY,
        "description": _TEXT,
        "subscription_id": st.none() | st.just("sub_alice"),
    },
}


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("path", CHANGES)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_only_what_was_sent_changes(client: Client, path: str, data: st.DataObject) -> None:
    # given a record, and any part of its fields with any values
    before = client.get(f"/api/{path}", STAFF)
    changes = data.draw(st.fixed_dictionaries({}, optional=CHANGES[path]))

    # when they are sent
    answer = patch(client, path, changes, before.headers["etag"])

    # then they are changed, and nothing else is
    assert answer.status == 200, answer.text
    after = answer.content
    kept = {n: v for n, v in before.content.items() if n not in {*changes, "updated_at"}}
    assert {name: after[name] for name in changes} == changes
    assert {name: after[name] for name in kept} == kept
    assert (answer.headers["etag"] != before.headers["etag"]) == bool(changes)
    assert client.get(f"/api/{path}", STAFF).content == after


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("path", CHANGES)
def test_lost_update_is_refused(client: Client, path: str) -> None:
    # given two people who read the same version
    read = client.get(f"/api/{path}", STAFF).headers["etag"]
    first = patch(client, path, {}, read)
    field = {"c": {"phone": "1"}, "s": {"seats": 2}, "i": {"tax": "1.00"}}[path[0]]
    assert patch(client, path, field, read).status == 200

    # when the second writes
    second = patch(client, path, field, read)

    # then it is told, and can go on with what is there now
    assert first.headers["etag"] == read
    assert second.status == 412
    assert second.content["type"] == "urn:frontdesk:problem:precondition-failed"
    now = client.get(f"/api/{path}", STAFF).headers["etag"]
    for if_match in (now, "*", None):
        assert patch(client, path, {}, if_match).status == 200


@pytest.mark.parametrize("kind", ["customers", "subscriptions", "invoices"])
@pytest.mark.parametrize("record_id", ["x", "cust_0", "%00", "a%20b", "é"])
def test_unknown_record(client: Client, kind: str, record_id: str) -> None:
    assert client.get(f"/api/{kind}/{record_id}", STAFF).status == 404
    assert patch(client, f"{kind}/{record_id}", {"nonsense": 1}).status == 404


def test_lists_are_paged_and_narrowed(client: Client, desk: MemoryDesk) -> None:
    # given accounts of three customers
    for name in ("alice", "bob", "carol"):
        add_account(desk.accounts, f"cust_{name}", "Arden")

    # when all are listed by ones
    for kind in ("customers", "subscriptions", "invoices"):
        seen, cursor = [], None
        while True:
            query = {"limit": 1} | ({"cursor": cursor} if cursor else {})
            page = client.get(f"/api/{kind}", STAFF, query=query).content
            seen += [item["id"].split("_")[1] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break

        # then each comes once, the newest first
        assert seen == ["carol", "bob", "alice"]

        # and they are narrowed to one customer, and cursors are good for their listing only
        query = {"customer_email": "BOB@example.com"}
        [item] = client.get(f"/api/{kind}", STAFF, query=query).content["items"]
        assert item["id"].endswith("bob")
        nobody = client.get(f"/api/{kind}", STAFF, query={"customer_email": "x@example.com"})
        assert nobody.content == {"items": [], "next_cursor": None}
        first = client.get(f"/api/{kind}", STAFF, query={"limit": 1}).content["next_cursor"]
        assert client.get(f"/api/{kind}", STAFF, query=query | {"cursor": first}).status == 422


@pytest.mark.usefixtures("account")
def test_lists_are_narrowed_by_status(client: Client) -> None:
    for kind, here, elsewhere in (
        ("subscriptions", "active", "trial"),
        ("invoices", "open", "paid"),
    ):
        for status, count in ((here, 1), (elsewhere, 0)):
            answer = client.get(f"/api/{kind}", STAFF, query={"status": status})
            assert len(answer.content["items"]) == count
        assert client.get(f"/api/{kind}", STAFF, query={"status": "x"}).status == 422


def test_reads_and_changes_are_audited(client: Client, desk: MemoryDesk) -> None:
    # given a customer with an account
    add_account(desk.accounts, ALICE, "Arden")

    # when staff reads and changes it
    client.get(f"/api/customers/{ALICE}", STAFF)
    client.get("/api/invoices", STAFF, query={"customer_email": "alice@example.com"})
    patch(client, "invoices/inv_alice", {"description": "secret", "tax": "1.00"})
    made = post(client, "subscriptions", {**SUBSCRIPTION, "customer_id": ALICE}).content

    # then the log says what was done to whose data, and nothing of what it says
    assert [(e.action, e.object_id, e.customer_id, e.details) for e in desk.audit.entries] == [
        ("customer.read", ALICE, ALICE, {}),
        ("invoice.list", None, ALICE, {}),
        ("invoice.update", "inv_alice", ALICE, {"fields": ["description", "tax"]}),
        ("subscription.create", made["id"], ALICE, {}),
    ]
    assert {e.actor for e in desk.audit.entries} == {STAFF}

    # and a refused change is not in it
    patch(client, "invoices/inv_alice", {"tax": "2.00"}, '"1"')
    patch(client, "invoices/inv_alice", {"tax": "x"})
    assert len(desk.audit.entries) == 4
