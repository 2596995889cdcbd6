"""Who gets into the console, and what happens when a session ends."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests.support.console_page import ADMIN, Console, complain
from tests.support.stack import Caller, Stack


def test_staff_get_in_and_see_what_is_theirs(context: BrowserContext, stack: Stack) -> None:
    console = Console(context, stack).sign_in()
    rail = console.page.get_by_role("navigation", name="Main")
    expect(console.page.get_by_role("heading", name="Inbox")).to_be_visible()
    expect(rail).to_contain_text("support.agent@cloudflow.com")
    expect(rail.get_by_role("link", name="Audit")).to_have_count(0)
    # neither code nor token stays in the address or beyond the tab
    assert console.page.url == f"{stack.url}/console/"
    assert context.storage_state()["origins"] == [] or "id-token" not in str(
        context.storage_state()["origins"]
    )

    console.button("Sign out").click()
    console.button("Sign in").click()
    console.choose(ADMIN)
    expect(rail.get_by_role("link", name="Audit")).to_be_visible()


def test_a_customer_is_turned_away(context: BrowserContext, stack: Stack) -> None:
    console = Console(context, stack).sign_in("John Smith")
    expect(console.page.get_by_text("not a member of the support team")).to_be_visible()
    expect(console.page.get_by_role("navigation")).to_have_count(0)


def test_a_session_that_ends_loses_nothing_that_was_typed(
    context: BrowserContext, stack: Stack, guest: Callable[[], Caller]
) -> None:
    # given a reply that is half typed
    customer = guest()
    conversation = complain(customer, "my session is slow")
    console = Console(context, stack).sign_in()
    console.open(conversation)
    console.field("Reply to the customer").fill("Give me a minute, I am looking.")

    # when the token is of no use any more
    console.page.evaluate("sessionStorage.setItem('frontdesk.id-token', 'a.b.c')")
    console.button("Send reply").click()

    # then the console asks to sign in again, over what is there
    dialog = console.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Your session has ended")
    assert [m["role"] for m in messages_of(customer, conversation)] == ["customer", "assistant"]
    dialog.get_by_role("button", name="Sign in again").click()
    console.choose("Sam Reyes")

    # and the reply is where it was, to be sent
    reply = console.field("Reply to the customer")
    expect(reply).to_have_value("Give me a minute, I am looking.")
    console.button("Send reply").click()
    expect(console.messages.last).to_contain_text("Give me a minute")
    expect(reply).to_have_value("")
    assert [m["role"] for m in messages_of(customer, conversation)][-1] == "staff"


def messages_of(caller: Caller, conversation: str) -> list[dict[str, str]]:
    items: list[dict[str, str]] = caller.get(f"/api/conversations/{conversation}/messages").json()[
        "items"
    ]
    return items
