from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import yaml

from localstack.seed import documents, records

TODAY = date(2026, 3, 15)
NOW = datetime(2026, 3, 15, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def rows() -> list[tuple[str, records.Row]]:
    return records.rows(TODAY, NOW)


def of(rows: list[tuple[str, records.Row]], table: str) -> list[records.Row]:
    return [row for name, row in rows if name == table]


def test_everything_of_the_sample_company_is_there(rows: list[tuple[str, records.Row]]) -> None:
    assert Counter(table for table, _ in rows) == {
        "customers": 5,
        "subscriptions": 5,
        "invoices": 5,
        "tickets": 2,
    }


def test_seeding_another_day_finds_the_same_identifiers(
    rows: list[tuple[str, records.Row]],
) -> None:
    later = records.rows(TODAY + timedelta(days=9), NOW + timedelta(days=9))

    assert [row["id"] for _, row in later] == [row["id"] for _, row in rows]
    assert len({row["id"] for _, row in rows}) == len(rows)


def test_dates_are_relative_to_the_day_of_seeding(rows: list[tuple[str, records.Row]]) -> None:
    invoices = {row["invoice_number"]: row for row in of(rows, "invoices")}

    assert invoices["INV-2024-002"]["due_date"] == TODAY
    assert invoices["INV-2024-002"]["paid_date"] == TODAY - timedelta(days=2)
    assert invoices["INV-2024-005"]["paid_date"] is None
    trial = next(row for row in of(rows, "subscriptions") if row["status"] == "trial")
    assert trial["trial_end_date"] == TODAY + timedelta(days=7)


def test_totals_add_up(rows: list[tuple[str, records.Row]]) -> None:
    for row in of(rows, "invoices"):
        assert Decimal(row["amount"]) + Decimal(row["tax"]) == Decimal(row["total"])


def test_a_ticket_is_expected_to_be_answered_by_its_priority(
    rows: list[tuple[str, records.Row]],
) -> None:
    expected = {row["priority"]: row["expected_response_at"] - NOW for row in of(rows, "tickets")}

    assert expected == {"high": timedelta(hours=4), "medium": timedelta(hours=24)}


def test_there_are_ten_documents_with_title_and_category() -> None:
    titles = {}
    for file in documents.files():
        _, front_matter, text = file.read_text().split("---\n", 2)
        meta = yaml.safe_load(front_matter)
        titles[meta["title"]] = meta["category"]
        assert text.lstrip().startswith(f"# {meta['title']}\n")

    assert len(titles) == 10
    assert Counter(titles.values()) == {
        "faq": 3,
        "documentation": 3,
        "troubleshooting": 2,
        "policy": 2,
    }
