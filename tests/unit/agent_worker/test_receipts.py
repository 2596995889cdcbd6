"""Facts of a reply are found however they are written, and compared with what is known."""

from datetime import date
from decimal import Decimal

import pytest

from agent_worker.claims import ClaimKind, claims
from agent_worker.receipts import Receipts
from frontdesk.clock import utc_now
from frontdesk.domain.records import (
    BillingCycle,
    Invoice,
    Plan,
    Subscription,
    SubscriptionStatus,
)

TODAY = date(2026, 11, 22)
PASSAGE = """The Professional plan costs $49 per month or $490 per year, for up to 25 team members.

An annual subscription is refunded within 30 days, by 10 %; the money is back within 5 to 10
business days. Call +1-555-0101, write to help@acme.example or name case INV-2024-001.
"""


def receipts(*texts: str) -> Receipts:
    known = Receipts(TODAY)
    for text in texts or (PASSAGE,):
        known.add_text(text)
    return known


def missing(reply: str, *texts: str) -> list[str]:
    return [claim.text for claim in receipts(*texts).without_receipt(reply)]


def an_invoice(number: str, total: str, status: str = "paid") -> Invoice:
    now = utc_now()
    return Invoice.model_validate(
        {
            "id": f"inv_{number}",
            "customer_id": "cus_1",
            "created_at": now,
            "updated_at": now,
            "invoice_number": number,
            "status": status,
            "amount": "100.00",
            "tax": "9.00",
            "total": total,
            "due_date": "2026-12-01",
        }
    )


@pytest.mark.parametrize(
    "reply",
    [
        "It costs $49 a month.",
        "It is 49 USD/month, 490.00 dollars a year.",
        "Das kostet 49 $ im Monat, 490,00 USD im Jahr.",
        "49 per month.",
        "Up to 25 members.",
        "Within thirty days you get 10 percent.",
        "Sie haben 30 Tage, 10 Prozent.",
        "It takes 5–10 days.",
        "Call (1) 555-0101 or help@acme.example.",
        "See inv-2024-001.",
        "The **Professional** plan fits.",
        "Today is November 22nd, 2026, or 22.11.2026, or le 22 novembre.",
        "1. Open Settings.\n2. Click Save.",
        "You may try 3 times; it is open 24/7 [1].",
    ],
)
def test_what_a_receipt_shows_may_be_said_in_any_notation(reply: str) -> None:
    assert missing(reply) == []


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        ("It costs $59 a month.", "$59"),
        ("It costs €49 a month.", "€49"),
        ("Es kostet 1.490,00 € im Jahr.", "1.490,00 €"),
        ("Only 39 per seat.", "39"),
        ("That makes 53.41 in all.", "53.41"),
        ("You get 20 % off.", "20 %"),
        ("You get fifteen percent, or 15 percent.", "15 percent"),
        ("Refunds are possible for 60 days.", "60 days"),
        ("Sie haben zwei Wochen Zeit.", "zwei Wochen"),
        ("It takes 5 to 12 business days.", "5 to 12 business days"),
        ("It is due on 3 March 2027.", "3 March 2027"),
        ("Due 2027-03-03.", "2027-03-03"),
        ("Vence el 3 de marzo de 2027.", "3 de marzo de 2027"),
        ("Due 03/04/2027.", "03/04/2027"),
        ("Call +1-555-0199.", "+1-555-0199"),
        ("Write to david@agency.example.", "david@agency.example"),
        ("Your invoice INV-2024-005 is overdue.", "INV-2024-005"),
        ("Your ticket is FD-7K2M9.", "FD-7K2M9"),
        ("Your ticket number 48213 is open.", "ticket number 48213"),
        ("The customer cus_david owes it.", "cus_david"),
        ("See 0b5d7a1e-1111-2222-3333-444455556666.", "0b5d7a1e-1111-2222-3333-444455556666"),
        ("Choose the Platinum plan.", "Platinum plan"),
        ("You are on the **enterprise** plan.", "**enterprise"),
        ("It has 500 GB.", "500 GB"),
        ("Up to 50 team members.", "50 team members"),
        ("We answer at 15:30.", "15:30"),
    ],
)
def test_what_no_receipt_shows_is_found(reply: str, found: str) -> None:
    assert missing(reply) == [found]


def test_marks_of_notes_and_exponents_are_no_part_of_what_is_said() -> None:
    passage = "Pro has 50 ¹ seats for 90 ²,³ EUR, and 10^6 requests within 24 ⁽¹⁾ hours."
    assert missing("50 seats, 90 EUR, 24 hours, 10^6 requests", passage) == []
    assert missing("It allows 6 requests.", "It allows 10^6 requests a month.") == ["6 requests"]


def test_a_number_is_no_receipt_of_a_longer_one() -> None:
    assert missing("See INV-2024-0011.") == ["INV-2024-0011"]
    assert missing("See INV-2024-00.", "INV-2024-001") == ["INV-2024-00"]


def test_sums_of_the_invoices_that_were_looked_at_may_be_said() -> None:
    known = receipts()
    known.add_invoices(
        [
            an_invoice("INV-1", "109.00"),
            an_invoice("INV-2", "109.00", "overdue"),
            an_invoice("INV-3", "50.00", "open"),
        ]
    )

    for fact in ("268.00 USD in all", "159.00 USD to pay", "$109 paid", "9 % tax", "due in 9 days"):
        assert known.without_receipt(f"That is {fact}.") == [], fact
    assert [claim.text for claim in known.without_receipt("That is $269.")] == ["$269"]


def test_what_follows_from_amounts_that_the_reply_states_may_be_said() -> None:
    known = receipts()
    now = utc_now()
    known.add_subscription(
        Subscription(
            id="sub_1",
            customer_id="cus_1",
            created_at=now,
            updated_at=now,
            plan=Plan.PROFESSIONAL,
            status=SubscriptionStatus.ACTIVE,
            billing_cycle=BillingCycle.MONTHLY,
            price=Decimal("49.00"),
            seats=3,
            start_date=date(2026, 5, 22),
        )
    )

    for reply in (
        "$49 a month is $588 a year; with $490 you save $98, or 17 %.",
        "Three seats at $49 are $147.",
        "You have been with us for 6 months, since 22 May 2026.",
    ):
        assert known.without_receipt(reply) == [], reply
    # Without the figure that it follows from, nobody can follow it.
    assert [claim.text for claim in known.without_receipt("It is $588.")] == ["$588"]


def test_an_ordinary_answer_states_only_what_it_says() -> None:
    found = claims(
        "Your **professional** plan renews; INV-2024-001 over $53.41 was paid on 2026-11-20 [1]."
    )

    assert {claim.kind for claim in found} == {
        ClaimKind.PLAN,
        ClaimKind.IDENTIFIER,
        ClaimKind.AMOUNT,
        ClaimKind.DATE,
    }
