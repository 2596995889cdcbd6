"""What customers do with the widget, in a real browser against the whole stack."""

import re
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from localstack import oidc
from tests.support.polling import eventually
from tests.support.stack import DAVID, Caller, Stack
from tests.web.widget import Widget, drop

COMPLAINT = "I've been charged twice this month and I'm very frustrated. I need a person."


def messages_of(widget: Widget, stack: Stack) -> list[dict[str, Any]]:
    """Asks the API for what was said, as the guest that the widget is."""
    kept = widget.guest
    caller = Caller(stack.url, {"authorization": f"Bearer {kept['guestToken']}"})
    answer = caller.get(f"/api/conversations/{kept['conversationId']}/messages", limit=100)
    caller.http.close()
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_a_guest_asks_and_sees_where_the_answer_comes_from(page: Page, stack: Stack) -> None:
    # given the sample company's page
    widget = Widget(page, stack.url).open()

    # when a guest asks what is suggested
    widget.button("How do I create a new project?").click()

    # then the answer has notes, which open
    answer = widget.said("assistant").first
    expect(answer).to_contain_text("Create Project")
    note = answer.locator(".note").first
    expect(note).to_be_hidden()
    answer.locator(".mark").first.click()
    expect(note).to_be_visible()
    expect(note).to_contain_text("dashboard")

    # and after a reload the conversation is there again, with its sources, and goes on
    before = widget.guest["conversationId"]
    page.reload()
    widget.open()
    expect(widget.said("assistant")).to_have_count(1)
    expect(widget.said("assistant").first).to_contain_text("Create Project")
    expect(widget.said("assistant").first.locator(".source").first).to_be_visible()
    widget.ask("How do I reset my password?")
    assert widget.guest["conversationId"] == before
    assert [m["role"] for m in messages_of(widget, stack)] == ["customer", "assistant"] * 2


def test_a_customer_signs_in_and_asks_about_the_account(page: Page, stack: Stack) -> None:
    # given a guest who has asked something
    widget = Widget(page, stack.url).open()
    widget.ask("How do I reset my password?")
    conversation = widget.guest["conversationId"]

    # when David signs in, and asks for what is his
    widget.button("Close chat").first.click()
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert widget.violations() == []
    page.get_by_role("link", name="David Wilson").click()
    expect(page.get_by_role("navigation")).to_contain_text("David Wilson")
    widget.open()
    expect(widget.said("assistant")).to_have_count(1)
    answer = widget.ask("What is the status of my last invoice?")

    # then he gets it, in the conversation that he had as a guest, and the browser keeps nothing
    expect(answer).to_contain_text("INV-2024-005")
    expect(answer.locator(".records")).to_contain_text("INV-2024-005")
    assert widget.guest == {}
    david = Caller(stack.url, {"authorization": f"Bearer {stack.credential(EMAIL=DAVID)}"})
    assert david.get(f"/api/conversations/{conversation}").status_code == 200
    david.http.close()

    # and nobody else sees it once he has left
    page.get_by_role("button", name="Sign out").click()
    expect(widget.said("assistant")).to_have_count(0)


def test_anger_reaches_a_person_and_the_person_is_heard(
    page: Page, stack: Stack, staff: Caller
) -> None:
    # given an angry guest, who gets a ticket and is told that a person comes
    widget = Widget(page, stack.url).open()
    answer = widget.ask(COMPLAINT)
    expect(answer.locator(".card.ticket")).to_contain_text(re.compile("Ticket FD-"))
    expect(widget.banner).to_contain_text("A person will answer here")
    path = f"/api/conversations/{widget.guest['conversationId']}"

    # when a person takes over and replies
    assert staff.post(f"{path}/takeover", None).status_code == 200
    expect(widget.banner).to_contain_text("A person from our team has joined")
    reply = {"content": "I have **refunded** the second charge."}
    assert staff.post(f"{path}/messages", reply).status_code == 201

    # then the guest sees it without doing anything, and may answer, and no agent does
    expect(widget.said("staff")).to_contain_text("I have refunded the second charge.")
    widget.send("Thank you!")
    eventually(
        lambda: staff.get(path).json()["message_count"] == 4,
        seconds=20,
        what="the guest's thanks",
    )
    expect(widget.said("assistant")).to_have_count(1)

    assert staff.post(f"{path}/messages", {"content": "You are welcome."}).status_code == 201
    expect(widget.said("staff")).to_have_count(2)

    # and when the agents have it again, they answer
    assert staff.post(f"{path}/release", None).status_code == 200
    expect(widget.ask("How do I reset my password?")).to_contain_text("Forgot Password")
    expect(widget.banner).to_contain_text("The assistant answers again")


def test_what_is_uploaded_is_quoted(page: Page, stack: Stack, staff: Caller) -> None:
    # given a guide that staff upload
    guide = (
        b"# Teleporter calibration\n\nTurn the purple teleporter dial to 42 and wait a minute.\n"
    )
    asked = {"filename": "teleporter.md", "size": len(guide)}
    upload = staff.post("/api/knowledge/uploads", asked)
    assert upload.status_code in (200, 201), upload.text
    presigned = upload.json()
    put = staff.http.build_request(
        presigned["method"], presigned["url"], headers=presigned["headers"], content=guide
    )
    put.headers.pop("authorization", None)
    assert staff.http.send(put).status_code == 200
    eventually(
        lambda: any(
            "Teleporter" in result["title"]
            for result in staff.post(
                "/api/knowledge/search", {"query": "teleporter calibration"}
            ).json()["results"]
        ),
        seconds=30,
        what="the guide in the search",
    )

    # when a guest asks about it
    answer = Widget(page, stack.url).open().ask("How do I calibrate the purple teleporter dial?")

    # then it is quoted, with its name
    expect(answer).to_contain_text("42")
    expect(answer.locator(".source").first).to_contain_text("Teleporter calibration")


def test_dropped_requests_are_repeated_and_nothing_is_doubled(page: Page, stack: Stack) -> None:
    # given a network that loses a request, and then the answer to the next one
    widget = Widget(page, stack.url).open()
    page.route("**/api/chat", drop(2, after_sending=1))
    keys: list[str | None] = []
    page.on(
        "request",
        lambda r: keys.append(r.headers.get("idempotency-key")) if r.method == "POST" else None,
    )

    # when a guest asks
    expect(widget.ask("How do I create a new project?")).to_contain_text("Create Project")

    # then the same request was sent three times, and taken once
    assert len(keys) == 3
    assert len(set(keys)) == 1
    said = messages_of(widget, stack)
    assert [item["role"] for item in said] == ["customer", "assistant"]


def test_what_is_written_offline_is_sent_later(
    page: Page, context: BrowserContext, stack: Stack
) -> None:
    # given a guest without a network, who is told so
    widget = Widget(page, stack.url).open()
    context.set_offline(True)
    expect(widget.banner).to_contain_text("You are offline")

    # when a message is written
    widget.send("How do I reset my password?")
    expect(widget.said("customer")).to_contain_text("Not sent yet")

    # then it is sent once the network is back
    context.set_offline(False)
    expect(widget.said("assistant").first).to_contain_text("Forgot Password")
    expect(widget.banner).to_have_count(0)
    assert len(messages_of(widget, stack)) == 2


def test_a_session_that_ended_goes_on_after_signing_in(page: Page, stack: Stack) -> None:
    # given a customer whose token is not accepted any more
    email = "expired.session@example.com"
    issuer = oidc.Issuer.open(stack.data_dir / "oidc", "")
    foreign = oidc.Issuer.open(stack.data_dir / "oidc-foreign", issuer.url)
    page.add_init_script(
        "if (!sessionStorage.getItem('frontdesk.id-token'))"
        f"sessionStorage.setItem('frontdesk.id-token', '{foreign.token(email)}')"
    )
    widget = Widget(page, stack.url).open()

    # then the customer is told, not taken for a guest
    expect(widget.banner).to_contain_text("Your session has ended")
    expect(widget.field).to_be_disabled()

    # when the customer has signed in again
    page.evaluate(
        "token => sessionStorage.setItem('frontdesk.id-token', token)", issuer.token(email)
    )
    widget.button("I have signed in").click()

    # then everything works
    expect(widget.banner).to_have_count(0)
    expect(widget.ask("How do I reset my password?")).to_contain_text("Forgot Password")
    assert widget.guest == {}


def test_an_answer_is_rated_and_the_comment_arrives(
    page: Page, stack: Stack, staff: Caller
) -> None:
    widget = Widget(page, stack.url).open()
    answer = widget.ask("How do I reset my password?")

    answer.get_by_role("button", name="Not helpful").click()
    answer.get_by_label("What was missing? (optional)").fill("My e-mail address has changed.")
    answer.get_by_role("button", name="Send feedback").click()
    expect(answer).to_contain_text("Thank you for your feedback.")

    path = f"/api/conversations/{widget.guest['conversationId']}/trace"
    eventually(
        lambda: (
            staff.get(path).json()["items"][0]["feedback_comment"]
            == "My e-mail address has changed."
        ),
        seconds=10,
        what="the comment",
    )


def test_a_person_is_asked_for_with_an_address(page: Page, stack: Stack, staff: Caller) -> None:
    widget = Widget(page, stack.url).open()

    widget.button("Talk to a person").click()
    widget.root.get_by_label("What should we know? (optional)").fill("It is about a contract.")
    widget.root.get_by_label(re.compile("Your e-mail")).fill("guest@example.com")
    widget.button("Ask for a person").click()

    card = widget.said("assistant").first.locator(".card.ticket")
    expect(card).to_be_visible()
    number = re.search(r"FD-\w+", card.inner_text())
    assert number is not None
    tickets = staff.get("/api/tickets", limit=100).json()["items"]
    [ticket] = [item for item in tickets if item["number"] == number[0]]
    assert ticket["contact_email"] == "guest@example.com"


def test_the_transcript_can_be_taken_along(page: Page, stack: Stack) -> None:
    widget = Widget(page, stack.url).open()
    widget.ask("How do I create a new project?")

    widget.button("More").click()
    with page.expect_download() as download:
        widget.button("Download transcript").click()

    text = download.value.path().read_text(encoding="utf-8-sig")
    assert text.startswith("You, ")
    assert "How do I create a new project?" in text
    assert "Create Project" in text
    assert "[1] How to create a new project in CloudFlow" in text


def test_everything_can_be_done_with_the_keyboard(page: Page, stack: Stack) -> None:
    # given the page, and somebody who has no mouse
    widget = Widget(page, stack.url)
    keyboard = page.keyboard

    def focused() -> str:
        name: str = page.evaluate(
            "(document.activeElement.shadowRoot ?? document).activeElement?.getAttribute("
            "'aria-label') ?? (document.activeElement.shadowRoot ?? document)"
            ".activeElement?.textContent ?? ''"
        )
        return name.strip()

    def tab_to(name: str, key: str = "Tab") -> None:
        for _ in range(30):
            if focused() == name:
                return
            keyboard.press(key)
        raise AssertionError(f"{name} cannot be reached with {key}")

    # when the window is opened, the focus is where one writes
    tab_to("Open chat")
    keyboard.press("Enter")
    expect(widget.field).to_be_focused()
    keyboard.type("How do I create a new project?")
    keyboard.press("Enter")
    answer = widget.said("assistant").first
    expect(answer).to_contain_text("Create Project")

    # then notes open, answers are rated, a person is asked for
    tab_to("Source 1: How to create a new project in CloudFlow", "Shift+Tab")
    keyboard.press("Enter")
    expect(answer.locator(".note").first).to_be_visible()
    tab_to("Helpful")
    keyboard.press("Space")
    expect(answer).to_contain_text("Thank you")
    tab_to("Talk to a person")
    keyboard.press("Enter")
    expect(widget.button("Ask for a person")).to_be_visible()
    keyboard.press("Escape")
    expect(widget.field).to_be_visible()

    # and Escape leads back to where it began
    expect(widget.field).to_be_focused()
    keyboard.press("Escape")
    expect(widget.panel).to_have_count(0)
    expect(widget.launcher).to_be_focused()
