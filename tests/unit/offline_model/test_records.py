import pytest

from localstack.offline_model.records import describe, describe_error

SUBSCRIPTION = {
    "plan": "professional",
    "status": "past_due",
    "billing_cycle": "monthly",
    "price": "49.00",
    "currency": "USD",
    "seats": 15,
    "features": ["API access"],
    "start_date": "2026-01-02",
    "end_date": None,
    "trial_end_date": None,
}
PAID = {
    "invoice_number": "INV-2024-001",
    "status": "paid",
    "amount": "49.00",
    "tax": "4.41",
    "total": "53.41",
    "currency": "USD",
    "due_date": "2026-02-01",
    "paid_date": "2026-02-03",
    "description": "",
}
OVERDUE = PAID | {"invoice_number": "INV-2024-005", "status": "overdue", "paid_date": None}


def test_a_subscription_is_told_as_the_record_says() -> None:
    text = describe({"subscription": SUBSCRIPTION}, "my plan?")

    assert text is not None
    for fact in ("professional", "past due", "49.00 USD, billed monthly", "15", "2026-01-02"):
        assert fact in text
    assert "Trial" not in text
    assert "None" not in text


def test_when_a_subscription_renews_is_told() -> None:
    text = describe({"subscription": SUBSCRIPTION | {"renews_on": "2026-06-02"}}, "my plan?")

    assert text is not None
    assert "Renews: 2026-06-02" in text


def test_no_subscription_is_said_plainly() -> None:
    assert describe({"subscription": None}, "my plan?") == (
        "There is no subscription on your account."
    )


def test_invoices_are_told_with_totals_and_dates() -> None:
    text = describe({"invoices": [PAID, OVERDUE]}, "show my invoices")

    assert text is not None
    assert "**INV-2024-001**: 53.41 USD (49.00 + 4.41 tax), paid on 2026-02-03" in text
    assert "**INV-2024-005**: 53.41 USD (49.00 + 4.41 tax), overdue, due 2026-02-01" in text


def test_an_invoice_that_is_named_is_told_alone() -> None:
    text = describe({"invoices": [PAID, OVERDUE]}, "is inv-2024-001 paid?")

    assert text is not None
    assert "INV-2024-001" in text
    assert "INV-2024-005" not in text


def test_an_invoice_that_is_not_there_is_not_made_up() -> None:
    text = describe({"invoices": [PAID]}, "is INV-2024-777 paid?")

    assert text == "I found no invoice INV-2024-777 among those of your account."


@pytest.mark.parametrize(
    ("invoices", "expected"),
    [
        ([PAID, OVERDUE, OVERDUE], "**106.82 USD** is still to be paid"),
        ([PAID], "None of these invoices is waiting for payment."),
    ],
)
def test_what_is_owed_is_added_up(invoices: list[dict[str, str]], expected: str) -> None:
    assert expected in str(describe({"invoices": invoices}, "how much do I owe?"))


def test_a_customer_is_told_without_what_is_empty() -> None:
    text = describe(
        {
            "customer": {
                "name": "Ann Lee",
                "email": "ann@example.com",
                "company_name": "",
                "phone": "+1-555-0100",
                "metadata": {"team_size": "1-10", "notes": None},
            }
        },
        "what do you know of me?",
    )

    assert text is not None
    assert "Name: Ann Lee" in text
    assert "Team size: 1-10" in text
    assert "Company" not in text
    assert "Notes" not in text


@pytest.mark.parametrize(
    ("already_open", "expected"),
    [(False, "I have opened ticket **FD-7K2M9**"), (True, "**FD-7K2M9** is already open")],
)
def test_a_ticket_is_told_with_number_priority_and_time(already_open: bool, expected: str) -> None:
    text = describe(
        {
            "ticket": {
                "number": "FD-7K2M9",
                "priority": "high",
                "status": "open",
                "expected_response_at": "2026-05-04T18:30:00Z",
                "already_open": already_open,
            }
        },
        "help",
    )

    assert text is not None
    assert expected in text
    assert "**high**" in text
    assert "2026-05-04 18:30 UTC" in text


def test_errors_tell_nothing_of_accounts() -> None:
    assert "sign in" in describe_error("not_signed_in")
    assert "no account" in describe_error("no_account")
    assert "could not" in describe_error("timeout")


def test_what_is_no_record_is_not_described() -> None:
    assert describe(["x"], "") is None
    assert describe({"passages": []}, "") is None
