"""A customer asks for a change, says yes, and has it: over HTTP, through the whole stack."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from frontdesk.clock import utc_now
from frontdesk.domain.ids import new_id
from tests.support.stack import Caller, Stack


@pytest.fixture
def nina(stack: Stack, staff: Caller) -> Iterator[tuple[Caller, str]]:
    """A customer of her own, and her subscription."""
    email = f"{new_id('nina')}@example.com"
    person = {"email": email, "first_name": "Nina", "last_name": "Berg", "phone": "+1-555-0177"}
    customer = staff.http.post("/api/customers", json=person).json()
    subscription = {
        "customer_id": customer["id"],
        "plan": "professional",
        "status": "active",
        "billing_cycle": "monthly",
        "price": "49.00",
        "start_date": utc_now().date().isoformat(),
    }
    made = staff.http.post("/api/subscriptions", json=subscription).json()
    caller = Caller(stack.url, {"authorization": f"Bearer {stack.credential(EMAIL=email)}"})
    yield caller, made["id"]
    caller.http.close()


def subscription_of(staff: Caller, subscription_id: str) -> dict[str, Any]:
    found: dict[str, Any] = staff.get(f"/api/subscriptions/{subscription_id}").json()
    return found


def test_a_renewal_is_cancelled_after_a_yes(nina: tuple[Caller, str], staff: Caller) -> None:
    customer, subscription_id = nina

    # when she asks for it
    asked = customer.ask("Please cancel my renewal")

    # then she is shown what would happen, and nothing has happened
    action = asked["proposed_action"]
    assert (asked["agent"], action["kind"]) == ("order", "cancel_renewal")
    assert action["effect"] in asked["response"]
    assert action["arguments"]["subscription_id"] == subscription_id
    assert subscription_of(staff, subscription_id)["end_date"] is None
    conversation = f"/api/conversations/{asked['conversation_id']}"
    messages = customer.get(f"{conversation}/messages").json()["items"]
    assert [message["proposed_action"] for message in messages] == [None, action]

    # when she says yes
    done = customer.ask("yes", conversation_id=asked["conversation_id"])

    # then it is done, without asking a model
    assert done["status"] == "completed"
    assert done["usage"]["llm_calls"] == 0
    assert done["proposed_action"] is None
    assert [record["id"] for record in done["records"]] == [subscription_id]
    ends = subscription_of(staff, subscription_id)["end_date"]
    assert ends == action["arguments"]["ends_on"]


def test_only_the_token_of_the_last_proposal_confirms(
    nina: tuple[Caller, str], staff: Caller, david: Caller
) -> None:
    customer, subscription_id = nina
    asked = customer.ask("Please change my plan to starter")
    token = asked["proposed_action"]["token"]

    # when somebody else sends it
    david.ask("yes", confirm_action=token)

    # then nothing is changed; by its owner it is good, whatever the message says
    assert subscription_of(staff, subscription_id)["next_plan"] is None
    customer.ask("Change it", conversation_id=asked["conversation_id"], confirm_action=token)
    assert subscription_of(staff, subscription_id)["next_plan"] == "starter"
    # and it is good once
    again = customer.ask("yes", conversation_id=asked["conversation_id"], confirm_action=token)
    assert "nothing has been changed" in again["response"]


def test_a_guest_is_offered_nothing(guest: Callable[[], Caller]) -> None:
    assert guest().ask("Please cancel my renewal")["proposed_action"] is None
