"""Who is calling, over the route."""

import pytest

from frontdesk.principal import Principal
from tests.support.callers import ADMIN, NOBODY, STAFF, customer
from tests.support.support_api import Client


@pytest.mark.parametrize(
    ("caller", "kind", "email", "admin"),
    [
        (NOBODY, "guest", None, False),
        (customer("alice"), "customer", "alice@example.com", False),
        (STAFF, "staff", "agent@company.test", False),
        (ADMIN, "staff", None, True),
    ],
)
def test_who_is_calling(
    client: Client, caller: Principal, kind: str, email: str | None, admin: bool
) -> None:
    answer = client.get("/api/me", caller)
    assert answer.status == 200
    assert answer.content == {"kind": kind, "email": email, "admin": admin}
