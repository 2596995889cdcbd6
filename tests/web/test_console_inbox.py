"""Conversations in the console: who waits, taking over, and how it was answered."""

import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests.support.console_page import Console, complain
from tests.support.stack import Caller, Stack

QUESTION = "How do I create a new project?"


@pytest.fixture
def console(context: BrowserContext, stack: Stack, staff: Caller) -> Console:
    """The console of a support agent."""
    return Console(context, stack).enter(staff.http.headers["authorization"].split()[1])


def test_who_waits_longest_comes_first(console: Console, guest: Callable[[], Caller]) -> None:
    # given the first view, narrowed to one word: others wait as well
    word = uuid.uuid4().hex
    console.page.get_by_role("searchbox").fill(word)
    console.page.get_by_role("searchbox").press("Enter")
    items = console.page.get_by_role("region", name="Conversations").locator("a.item")
    expect(console.page.get_by_text("Nobody is waiting")).to_be_visible()

    # when two customers come to wait, and a third one gets an answer
    complain(guest(), f"{word} the first invoice is wrong")
    complain(guest(), f"{word} the second invoice is wrong")
    guest().ask(f"{word} {QUESTION}")

    # then the two show up by themselves, in that order, unread until they are opened
    expect(items).to_have_count(2)
    expect(items.first).to_contain_text("the first invoice")
    expect(items.last).to_contain_text("Unread")
    items.last.click()
    expect(console.messages.first).to_contain_text("the second invoice")
    expect(items.last).not_to_contain_text("Unread")


def test_takeover_reply_and_release(console: Console, guest: Callable[[], Caller]) -> None:
    customer = guest()
    conversation = complain(customer, "nothing works")
    console.open(conversation)

    # when a person takes it over and answers
    console.button("Take over").click()
    expect(console.page.get_by_text("A person has it")).to_be_visible()
    console.field("Reply to the customer").fill("I am **here**, and look into it.")
    console.button("Send reply").click()
    expect(console.messages.last.locator("strong", has_text="here")).to_be_visible()

    # then the customer has the answer, and what the customer writes shows up by itself
    messages = customer.get(f"/api/conversations/{conversation}/messages").json()["items"]
    assert [m["role"] for m in messages] == ["customer", "assistant", "staff"]
    customer.send("Thank you, I will wait.", conversation_id=conversation)
    expect(console.messages.last).to_contain_text("I will wait")

    # and the agents have it again once it is released
    console.button("Release").click()
    expect(console.page.get_by_text("The agents have it", exact=True)).to_be_visible()
    assert customer.get(f"/api/conversations/{conversation}").json()["handler"] == "ai"


def test_a_reply_whose_answer_is_lost_is_written_once(
    console: Console, guest: Callable[[], Caller]
) -> None:
    customer = guest()
    conversation = complain(customer, "nothing works")
    console.open(conversation)
    lost: list[str] = []

    def lose_the_first(route: Route) -> None:
        if route.request.method != "POST" or lost:
            route.continue_()
            return
        lost.append(route.fetch().text())
        route.abort()

    # when the answer to a reply does not arrive
    console.page.route(f"**/api/conversations/{conversation}/messages", lose_the_first)
    console.field("Reply to the customer").fill("I look into it.")
    console.button("Send reply").click()
    expect(console.messages.last).to_contain_text("I look into it.")
    expect(console.page.get_by_text("The reply is sent.")).to_be_visible()

    # then the page has sent it again, and the customer has it once
    assert lost
    messages = customer.get(f"/api/conversations/{conversation}/messages").json()["items"]
    assert [m["content"] for m in messages].count("I look into it.") == 1


def test_notes_filing_and_closing(
    console: Console, guest: Callable[[], Caller], staff: Caller
) -> None:
    customer = guest()
    conversation = customer.ask(QUESTION)["conversation_id"]
    console.open(conversation)

    console.page.get_by_role("radio", name="Internal note").check()
    console.page.get_by_role("textbox", name="Internal note").fill("A trial, be kind.")
    console.button("Add note").click()
    expect(console.messages.last).to_contain_text("Only staff see this")
    console.button("Assign to me").click()
    expect(console.field("Assigned to").last).to_have_value("support.agent@cloudflow.com")
    console.field("Tags").fill("trial, kind")
    console.button("Save").click()
    console.expect_said("Filed")
    console.button("Close").click()
    expect(console.page.get_by_text("This conversation is closed.")).to_be_visible()

    filed = staff.get(f"/api/conversations/{conversation}").json()
    assert (filed["assigned_to"], filed["tags"], filed["status"], filed["handler"]) == (
        "support.agent@cloudflow.com",
        ["trial", "kind"],
        "closed",
        "ai",
    )
    messages = customer.get(f"/api/conversations/{conversation}/messages").json()["items"]
    assert [m["role"] for m in messages] == ["customer", "assistant"]


def test_trace_of_an_answer(console: Console, guest: Callable[[], Caller]) -> None:
    console.open(guest().ask(QUESTION)["conversation_id"])

    trace = console.trace
    expect(trace.locator("summary").first).to_contain_text("FAQ")
    for text in ("score", "similarity", "version 1", "in,", "out", "$0.00", "ms", "Model calls"):
        expect(trace).to_contain_text(text)
    # what the knowledge base said then
    trace.get_by_role("button", name="How to create a new project in CloudFlow").first.click()
    dialog = console.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Version 1")
    expect(dialog).to_contain_text("Click New Project")
    console.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_filters_and_search(console: Console, guest: Callable[[], Caller]) -> None:
    word = uuid.uuid4().hex
    complain(guest(), f"{word} does not work")
    console.go("inbox", view="all")
    search = console.field("Search subjects")
    search.fill(word.upper())
    search.press("Enter")
    items = console.page.locator("a.item")
    expect(items).to_have_count(1)
    console.button("Filters").click()
    console.field("Handler").select_option("human")
    expect(console.page.get_by_text("No conversations match")).to_be_visible()
    console.field("Handler").select_option("ai")
    expect(items).to_have_count(1)
