"""The console for everybody: no violation that axe finds, and no need of a mouse."""

import uuid
from collections.abc import Callable
from typing import Literal

import pytest
from playwright.sync_api import BrowserContext, ViewportSize, expect

from tests.support.axe import CONTRAST, RULES, violations
from tests.support.console_page import ADMIN, Console, complain
from tests.support.stack import JOHN, Caller, Stack

DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
SCHEMES: dict[Literal["light", "dark"], list[str]] = {"light": RULES, "dark": CONTRAST}

type Place = tuple[tuple[str, ...], dict[str, str]]


@pytest.fixture(scope="module")
def places(stack: Stack, john: Caller, staff: Caller) -> list[Place]:
    """Every page of the console, with something to see on it."""
    asked = john.ask("What is my plan, and how do I create a new project?")
    complain(john, "this is urgent")
    ticket = staff.get("/api/tickets", customer_email=JOHN).json()["items"][0]["id"]
    customer = staff.get("/api/customers", customer_email=JOHN).json()["items"][0]["id"]
    document = staff.get("/api/knowledge").json()["items"][-1]["id"]
    return [
        (("inbox",), {}),
        (("inbox", asked["conversation_id"]), {"view": "all", "status": "open"}),
        (("tickets",), {}),
        (("tickets",), {"view": "board"}),
        (("tickets", ticket), {}),
        (("knowledge",), {}),
        (("knowledge",), {"part": "gaps"}),
        (("knowledge",), {"part": "search"}),
        (("knowledge",), {"part": "upload"}),
        (("knowledge", "new"), {}),
        (("knowledge", document), {}),
        (("customers",), {}),
        (("customers", customer), {}),
        (("dashboard",), {}),
        (("audit",), {}),
    ]


@pytest.fixture
def console(context: BrowserContext, stack: Stack) -> Console:
    """The console, before anybody has signed in."""
    return Console(context, stack)


def test_no_page_has_a_violation(console: Console, places: list[Place]) -> None:
    page = console.page

    def check() -> list[str]:
        """Looks at a page in both themes, as large as on a desk and as small as on a phone."""
        found: list[str] = []
        for size in (DESKTOP, PHONE):
            page.set_viewport_size(size)
            for scheme, rules in SCHEMES.items():
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                found += [f"{scheme} {size}: {fault}" for fault in violations(page, rules)]
        return found

    page.goto(console.url)
    expect(console.button("Sign in")).to_be_visible()
    found = {"sign-in": check()}
    console.sign_in(ADMIN)
    for path, query in places:
        console.go(*path, **query)
        expect(page.get_by_text("Loading…")).to_have_count(0)
        found[f"{path} {query}"] = check()
    assert {place: faults for place, faults in found.items() if faults} == {}


def test_a_customer_is_helped_without_a_mouse(
    console: Console, guest: Callable[[], Caller]
) -> None:
    customer = guest()
    word = uuid.uuid4().hex
    conversation = complain(customer, f"{word} does not work")
    page = console.page

    def reach(name: str, *, tabs: int = 80) -> None:
        """Tabs until something has the focus, and can be seen to have it."""
        for _ in range(tabs):
            page.keyboard.press("Tab")
            focused = page.evaluate(
                "(() => { const at = document.activeElement; if (at === document.body) return '';"
                " return at.getAttribute('aria-label') || at.innerText || at.labels?.[0]?.innerText"
                " || ''; })()"
            )
            if name in focused:
                return
        raise AssertionError(f"{name!r} cannot be reached with the keyboard")

    # sign in
    page.goto(console.url)
    reach("Sign in")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Sam Reyes")).to_be_visible()
    reach("Sam Reyes")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    # find the conversation, and open it
    reach("Search subjects")
    page.keyboard.type(word)
    page.keyboard.press("Enter")
    link = page.locator(f"a.item[href*='{conversation}']")
    expect(link).to_be_visible()
    reach(word)
    page.keyboard.press("Enter")
    expect(console.messages.first).to_be_visible()
    # take it over, answer, give it back
    reach("Take over")
    page.keyboard.press("Enter")
    expect(page.get_by_text("A person has it")).to_be_visible()
    reach("Reply to the customer")
    page.keyboard.type("Keys are enough.")
    page.keyboard.press("Control+Enter")
    expect(console.messages.last).to_contain_text("Keys are enough.")
    roles = [
        m["role"]
        for m in customer.get(f"/api/conversations/{conversation}/messages").json()["items"]
    ]
    assert roles == ["customer", "assistant", "staff"]
