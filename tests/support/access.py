"""Who may do what, as everybody is answered who asks for something of Alice's.

Held in memory by tests/unit/support_api/test_access.py, and over HTTP by tests/e2e/test_access.py.
"""

from dataclasses import dataclass, field
from typing import Any

from frontdesk.principal import Principal
from tests.support.callers import ADMIN, GUEST, NOBODY, SERVICE, STAFF, customer
from tests.support.record_samples import INVOICE, SUBSCRIPTION

ALICE, BOB = customer("alice"), customer("bob")
CALLERS: dict[str, Principal] = {
    "nobody": NOBODY,
    "guest": GUEST,
    "other customer": BOB,
    "owner": ALICE,
    "service": SERVICE,
    "staff": STAFF,
    "admin": ADMIN,
}


def everyone(status: int, **but: int) -> dict[str, int]:
    """The same status for all callers, with exceptions by name (spaces as underscores)."""
    exceptions = {name.replace("_", " "): code for name, code in but.items()}
    return dict.fromkeys(CALLERS, status) | exceptions


@dataclass(frozen=True)
class Operation:
    """A request about something of Alice's, and the answer that each caller gets."""

    statuses: dict[str, int]
    request: dict[str, Any] = field(default_factory=dict)


OWNED = everyone(404, owner=200, staff=200, admin=200)
STAFF_ONLY = everyone(403, nobody=401, staff=200, admin=200)
ADMIN_ONLY = everyone(403, nobody=401, admin=200)
OWNED_CREATION = everyone(404, owner=201, staff=201, admin=201)
STAFF_CREATION = everyone(403, nobody=401, staff=201, admin=201)
DOCUMENT = {"title": "Refunds", "content": "Within 7 days.", "category": "faq"}
OPERATIONS: dict[tuple[str, str], Operation] = {
    ("GET", "/api/health"): Operation(everyone(200)),
    ("GET", "/api/openapi.json"): Operation(everyone(200)),
    ("GET", "/api/docs"): Operation(everyone(200)),
    ("GET", "/api/me"): Operation(everyone(200)),
    ("GET", "/api/conversations"): Operation(everyone(200)),
    ("GET", "/api/conversations/<conversation_id>"): Operation(OWNED),
    ("GET", "/api/conversations/<conversation_id>/messages"): Operation(OWNED),
    ("GET", "/api/conversations/<conversation_id>/trace"): Operation(STAFF_ONLY),
    ("GET", "/api/conversations/<conversation_id>/handover"): Operation(STAFF_ONLY),
    ("PATCH", "/api/conversations/<conversation_id>"): Operation(
        STAFF_ONLY, {"body": {"tags": ["vip"]}}
    ),
    ("POST", "/api/conversations/<conversation_id>/close"): Operation(OWNED),
    ("POST", "/api/conversations/<conversation_id>/takeover"): Operation(STAFF_ONLY),
    ("POST", "/api/conversations/<conversation_id>/release"): Operation(STAFF_ONLY),
    ("POST", "/api/conversations/<conversation_id>/messages"): Operation(
        STAFF_CREATION, {"body": {"content": "Hello"}}
    ),
    # Staff may look into everybody's answers, but rate their own only.
    ("POST", "/api/chat/<task_id>/feedback"): Operation(
        everyone(404, owner=204), {"body": {"rating": "up"}}
    ),
    ("GET", "/api/tickets"): Operation(everyone(200)),
    ("POST", "/api/tickets"): Operation(
        STAFF_CREATION,
        {"body": {"subject": "Help", "description": "Please.", "category": "other"}},
    ),
    ("GET", "/api/tickets/<ticket_id>"): Operation(OWNED),
    ("PATCH", "/api/tickets/<ticket_id>"): Operation(
        STAFF_ONLY, {"body": {"status": "in_progress"}}
    ),
    ("GET", "/api/tickets/<ticket_id>/comments"): Operation(OWNED),
    ("POST", "/api/tickets/<ticket_id>/comments"): Operation(
        OWNED_CREATION, {"body": {"content": "Thanks"}}
    ),
    ("GET", "/api/metrics"): Operation(STAFF_ONLY),
    ("GET", "/api/metrics/days"): Operation(STAFF_ONLY),
    ("GET", "/api/customers"): Operation(STAFF_ONLY),
    ("POST", "/api/customers"): Operation(
        STAFF_CREATION,
        {"body": {"email": "new@example.com", "first_name": "N", "last_name": "E"}},
    ),
    ("GET", "/api/customers/<customer_id>"): Operation(STAFF_ONLY),
    ("PATCH", "/api/customers/<customer_id>"): Operation(STAFF_ONLY, {"body": {"phone": "1"}}),
    ("DELETE", "/api/customers/<customer_id>"): Operation(everyone(403, nobody=401, admin=204)),
    ("GET", "/api/customers/<customer_id>/export"): Operation(ADMIN_ONLY),
    ("GET", "/api/subscriptions"): Operation(STAFF_ONLY),
    ("POST", "/api/subscriptions"): Operation(
        STAFF_CREATION, {"body": {**SUBSCRIPTION, "customer_id": "cust_alice"}}
    ),
    ("GET", "/api/subscriptions/<subscription_id>"): Operation(STAFF_ONLY),
    ("PATCH", "/api/subscriptions/<subscription_id>"): Operation(STAFF_ONLY, {"body": {}}),
    ("GET", "/api/invoices"): Operation(STAFF_ONLY),
    ("POST", "/api/invoices"): Operation(
        STAFF_CREATION,
        {"body": {**INVOICE, "customer_id": "cust_alice", "invoice_number": "INV-2"}},
    ),
    ("GET", "/api/invoices/<invoice_id>"): Operation(STAFF_ONLY),
    ("PATCH", "/api/invoices/<invoice_id>"): Operation(STAFF_ONLY, {"body": {}}),
    ("GET", "/api/audit"): Operation(ADMIN_ONLY),
    ("POST", "/api/knowledge/search"): Operation(STAFF_ONLY, {"body": {"query": "refund"}}),
    ("GET", "/api/knowledge"): Operation(STAFF_ONLY),
    ("POST", "/api/knowledge"): Operation(STAFF_CREATION, {"body": DOCUMENT}),
    ("GET", "/api/knowledge/<document_id>"): Operation(STAFF_ONLY),
    ("PUT", "/api/knowledge/<document_id>"): Operation(STAFF_ONLY, {"body": DOCUMENT}),
    ("DELETE", "/api/knowledge/<document_id>"): Operation(
        everyone(403, nobody=401, staff=204, admin=204)
    ),
    ("GET", "/api/knowledge/gaps"): Operation(STAFF_ONLY),
    ("GET", "/api/knowledge/<document_id>/versions"): Operation(STAFF_ONLY),
    ("GET", "/api/knowledge/<document_id>/versions/<number>"): Operation(STAFF_ONLY),
    ("POST", "/api/knowledge/preview"): Operation(
        STAFF_ONLY, {"body": {name: DOCUMENT[name] for name in ("title", "content", "category")}}
    ),
    ("POST", "/api/knowledge/uploads"): Operation(
        STAFF_ONLY, {"body": {"filename": "a.md", "size": 1}}
    ),
}
