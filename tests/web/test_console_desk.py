"""Tickets, knowledge, customers and figures in the console."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.support.console_page import Console, complain
from tests.support.stack import Caller, Stack

UPLOADED = """# Zeppelin export

Boards are exported to a Zeppelin with **Settings > Export > Zeppelin**, once a fortnight.
"""


@pytest.fixture(scope="module")
def admin_token(stack: Stack) -> str:
    """An administrator's credential."""
    return stack.credential(ADMIN="1")


@pytest.fixture
def console(context: BrowserContext, stack: Stack, admin_token: str) -> Console:
    """The console of an administrator."""
    return Console(context, stack).enter(admin_token)


def test_a_ticket_moves_over_the_board_by_keyboard(
    console: Console, guest: Callable[[], Caller], staff: Caller
) -> None:
    conversation = complain(guest(), "my board is empty")
    ticket = next(
        t
        for t in staff.get("/api/tickets", limit=100).json()["items"]
        if t["conversation_id"] == conversation
    )
    console.go("tickets", view="board")
    move = console.field(f"Move {ticket['number']}")
    move.focus()
    move.press("i")  # In progress
    column = console.page.get_by_role("region", name="In progress")
    expect(column).to_contain_text(ticket["number"])
    assert staff.get(f"/api/tickets/{ticket['id']}").json()["status"] == "in_progress"

    # and it is assigned, commented and resolved in its panel
    column.get_by_role("link", name=ticket["number"]).click()
    panel = console.page.get_by_role("complementary", name="Ticket")
    panel.get_by_role("button", name="Assign to me").click()
    console.expect_said("Saved")
    panel.get_by_role("textbox", name="Comment").fill("The board is back.")
    panel.get_by_role("button", name="Comment", exact=True).click()
    expect(panel.get_by_role("listitem").last).to_contain_text("The board is back.")
    panel.get_by_label("Status").select_option("resolved")
    expect(console.page.get_by_role("region", name="Resolved")).to_contain_text(ticket["number"])
    # what cannot follow is not offered
    offered = panel.get_by_label("Status").locator("option")
    expect(offered).to_have_text(["Resolved", "Open", "Closed"])
    stored = staff.get(f"/api/tickets/{ticket['id']}").json()
    assert (stored["status"], stored["assigned_to"]) == ("resolved", "admin@cloudflow.com")


def test_what_is_uploaded_is_quoted(console: Console, guest: Callable[[], Caller]) -> None:
    console.go("knowledge", part="upload")
    files = console.page.locator("input[type=file]")
    files.set_input_files(
        {"name": "zeppelin.md", "mimeType": "text/markdown", "buffer": UPLOADED.encode()}
    )
    sendings = console.page.get_by_role("list", name="Uploads")
    expect(sendings.get_by_role("listitem").first).to_contain_text("Published")

    answer = guest().ask("How do I export a board to a Zeppelin?")
    assert [c["title"] for c in answer["citations"]] == ["Zeppelin export"]

    # what cannot be read says why
    files.set_input_files(
        {"name": "broken.pdf", "mimeType": "application/pdf", "buffer": b"no PDF at all"}
    )
    expect(sendings.get_by_role("listitem").first.locator(".why")).to_be_visible()
    console.go("knowledge", part="documents", status="failed")
    expect(console.page.get_by_role("row", name="broken")).to_contain_text("Failed")


def test_a_draft_is_previewed_reviewed_and_published(console: Console) -> None:
    place = uuid.uuid4().hex
    console.go("knowledge", "new")
    console.field("Title").fill(f"Gondola mode {place}")
    console.field("Content").fill(f"# Gondola\n\nGondola mode rows your tasks to {place}.")
    console.button("Preview the change").click()
    dialog = console.page.get_by_role("dialog", name="What this would change")
    expect(dialog).to_contain_text("1 passages")
    dialog.get_by_role("button", name="Close").click()
    console.button("Keep as draft").click()
    expect(console.page.get_by_role("heading", name=f"Gondola mode {place}").first).to_be_visible()

    # the draft is not found until somebody has reviewed it
    console.go("knowledge", part="search")
    console.field("A customer's question").fill(f"What rows my tasks to {place}?")
    console.button("Search").click()
    expect(console.page.get_by_role("status").filter(has_text="passages found")).to_be_attached()
    expect(console.page.get_by_text(f"rows your tasks to {place}")).to_have_count(0)
    console.go("knowledge", part="drafts")
    console.page.get_by_role("link", name=f"Gondola mode {place}").click()
    console.button("Publish").click()
    console.expect_said("Published")
    console.go("knowledge", part="search")
    console.button("Search").click()
    expect(console.page.get_by_text(f"rows your tasks to {place}")).to_be_visible()


def test_a_gap_of_follow_ups_shows_what_they_are_about(
    console: Console, guest: Callable[[], Caller]
) -> None:
    # given a follow-up, to what nothing in the knowledge base answers
    caller, layout = guest(), "Do you have a Klingon keyboard layout?"
    conversation = caller.ask(layout)["conversation_id"]
    caller.ask("And can it be purple?", conversation_id=conversation)

    # then it is shown beside the question that it follows
    console.go("knowledge", part="gaps")
    gap = console.page.locator("li.card").filter(has_text=f"{layout} → And can it be purple?")
    expect(gap).to_have_count(1)

    # and a document that is written for it is called by both
    gap.get_by_role("link", name="Write a document").click()
    expect(console.field("Title")).to_have_value(f"{layout} And can it be purple?")


def test_a_customer_with_records_is_exported_and_erased(
    console: Console, staff: Caller, tmp_path: Path
) -> None:
    made = staff.post(
        "/api/customers",
        {"email": "vera.test@example.com", "first_name": "Vera", "last_name": "Test"},
    ).json()
    console.go("customers")
    console.field("E-mail address").fill("john.smith@techstartup.com")
    console.button("Search").click()
    console.page.get_by_role("link", name="John Smith").click()
    expect(console.page.get_by_role("region", name="Invoices").first).to_contain_text("INV-2024-")
    expect(console.page.get_by_role("region", name="Audit log").first).to_contain_text("customer.")

    console.go("customers", made["id"])
    with console.page.expect_download() as saved:
        console.button("Export").click()
    target = tmp_path / "export.json"
    saved.value.save_as(target)
    assert json.loads(target.read_text())["customer"]["email"] == "vera.test@example.com"

    console.button("Erase…").click()
    erase = console.button("Erase for good")
    expect(erase).to_be_disabled()
    console.field("Type vera.test@example.com to confirm").fill("vera.test@example.com")
    erase.click()
    console.expect_said("erased")
    assert staff.get(f"/api/customers/{made['id']}").status_code == 404


def test_figures_of_a_period(console: Console, staff: Caller, tmp_path: Path) -> None:
    console.go("dashboard", days="30")
    started = staff.get("/api/metrics/days").json()["items"][-1]["conversations"]["started"]
    expect(console.page.get_by_text("Resolved without a person").first).to_be_visible()
    plot = console.page.get_by_role("img", name="Conversations by day")
    expect(plot.locator("rect").first).to_be_visible()
    with console.page.expect_download() as saved:
        console.button("Download CSV").click()
    target = tmp_path / "figures.csv"
    saved.value.save_as(target)
    lines = target.read_text().splitlines()
    assert len(lines) == 31
    assert lines[0].startswith("day,conversations,resolved_without_person")
    assert int(lines[-1].split(",")[1]) >= started > 0
    # every plot has its figures as a table, and every name is defined
    expect(console.page.locator("figure table")).to_have_count(6)
    expect(console.page.get_by_role("region", name="What the figures mean")).to_contain_text(
        "quiet for 24 hours"
    )
