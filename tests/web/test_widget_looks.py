"""What the widget shows for answers of every kind, as a scripted API gives them."""

import gzip
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.hostile import hostile_texts
from tests.support.stack import Stack
from tests.web.widget import ScriptedApi, Widget, citation, message, task

BUILT = Path(__file__).parents[2] / "web" / "dist" / "widget.js"
MOST_BYTES = 45 * 1024
LATER = "2099-01-02T03:04:05Z"
ALLOWED_TAGS = {
    # The window's own.
    *("article", "bdi", "button", "div", "form", "h2", "i", "label", "path", "section"),
    *("span", "svg", "textarea", "time"),
    # What Markdown may become.
    *("a", "blockquote", "br", "code", "del", "em", "hr", "li", "ol", "p", "pre", "strong"),
    *("table", "tbody", "td", "th", "thead", "tr", "ul", "wbr"),
}
PROPOSAL = {
    "token": "act_token",
    "kind": "cancel_renewal",
    "title": "Cancel the renewal of your Professional plan",
    "effect": "The plan stays active until 31 January and then ends.",
    "arguments": {},
    "expires_at": LATER,
}
TICKET = {
    "id": "tkt_1",
    "number": "FD-7K2M9",
    "priority": "high",
    "status": "open",
    "expected_response_at": LATER,
}
RICH = (
    "Here is **what** we found [1]:\n\n1. One `code`\n2. Two [a page](https://example.com/x)\n\n"
    "| Plan | Price |\n|---|---|\n| Starter | 19 |\n\n> Quoted\n\n```\nlong code\n```"
)


def conversation() -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """Makes a conversation with everything that an answer may bring."""
    sources = [citation(1, "Plans and prices", "https://example.com/plans"), citation(2, "Refunds")]
    messages = [
        message(1, "customer", "Which plans are there, and what is mine?"),
        message(2, "assistant", RICH, citations=sources),
        message(3, "staff", "I am looking into it."),
        message(4, "customer", "Please cancel it."),
        message(5, "assistant", "I can do that [1].", citations=sources, proposed_action=PROPOSAL),
    ]
    records = [
        {"kind": "subscription", "id": "sub_1", "label": "Professional, monthly"},
        {"kind": "invoice", "id": "inv_1", "label": "INV-2024-005"},
    ]
    ended = task(5, ticket=TICKET, records=records, proposed_action=PROPOSAL, citations=sources)
    return messages, {"task_5": ended | {"degraded": True}}


@pytest.mark.parametrize(
    ("language", "width", "colours"),
    [
        ("en", 1100, "light"),
        ("en", 1100, "dark"),
        ("en", 390, "light"),
        ("en", 390, "dark"),
        ("ar", 1100, "light"),
        ("ar", 390, "dark"),
    ],
)
def test_nothing_is_out_of_reach(
    browser: Browser, stack: Stack, language: str, width: int, colours: str
) -> None:
    scheme: Any = colours
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    ScriptedApi(page, *conversation(), waiting_for="staff")
    widget = Widget(page, stack.url, language=language, title="Support", color="#e8a33d")

    # closed, on the sample company's page
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert widget.violations() == []

    # with every kind of card, notes and menu open
    widget.open()
    expect(widget.root.locator(".card.proposal")).to_be_visible()
    assert widget.root.get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    widget.root.locator(".source").first.click()
    widget.root.locator(".thumbs button").last.click()
    widget.root.locator(".menu button").first.click()
    assert widget.violations() == []

    # while a person is asked for
    widget.root.locator("button.person").click()
    assert widget.violations() == []
    fits = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert fits
    context.close()


def test_a_change_is_made_only_once_it_is_confirmed(page: Page, stack: Stack) -> None:
    # given a change that is proposed
    api = ScriptedApi(page, *conversation())
    widget = Widget(page, stack.url).open()
    card = widget.root.locator(".card.proposal")
    expect(card).to_contain_text("Cancel the renewal of your Professional plan")
    expect(card).to_contain_text("stays active until 31 January")
    assert api.posted == []

    # when it is confirmed
    card.get_by_role("button", name="Confirm").click()

    # then the API is told which, once
    expect(card).to_contain_text("Confirmed")
    expect(card.get_by_role("button")).to_have_count(0)
    expect(widget.said("assistant").last).to_contain_text("Done.")
    [body] = api.posted
    assert body["confirm_action"] == "act_token"


def test_a_change_that_is_declined_is_not_confirmed(page: Page, stack: Stack) -> None:
    api = ScriptedApi(page, *conversation())
    widget = Widget(page, stack.url).open()

    widget.button("Not now").click()

    expect(widget.root.locator(".card.proposal")).to_contain_text("Declined")
    expect(widget.said("assistant").last).to_contain_text("Done.")
    assert "confirm_action" not in api.posted[0]


def test_a_proposal_of_the_past_cannot_be_confirmed(page: Page, stack: Stack) -> None:
    past = PROPOSAL | {"expires_at": "2020-01-01T00:00:00Z"}
    ScriptedApi(page, [message(1, "assistant", "Shall I?", proposed_action=past)])
    widget = Widget(page, stack.url).open()

    expect(widget.root.locator(".card.proposal")).to_contain_text("This offer has expired")
    expect(widget.button("Confirm")).to_have_count(0)


def test_who_was_not_helped_is_offered_a_person(page: Page, stack: Stack) -> None:
    ScriptedApi(page, [message(1, "assistant", "I do not know that.")])
    widget = Widget(page, stack.url).open()

    widget.root.locator(".replies button").click()

    expect(widget.button("Ask for a person")).to_be_visible()


def test_only_links_that_may_be_followed_are_links(page: Page, stack: Stack) -> None:
    text = (
        "[web](https://example.com/a) [mail](mailto:help@example.com) "
        "[script](javascript:alert(1)) "
        "[data](data:text/html,x) [bank.example](https://evil.example) "
        "![picture](https://a.example/p.png)"
    )
    ScriptedApi(page, [message(1, "assistant", text)])
    bubble = Widget(page, stack.url).open().said("assistant").locator(".bubble")

    expect(bubble).to_have_text(
        "web mail script data bank.example (evil.example) picture", use_inner_text=True
    )
    links = bubble.locator("a")
    expect(links).to_have_count(3)
    for number in range(3):
        expect(links.nth(number)).to_have_attribute("target", "_blank")
        expect(links.nth(number)).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(links.first).to_have_attribute("href", "https://example.com/a")


def test_hostile_texts_stay_texts(page: Page, stack: Stack) -> None:
    # given an API in which everything that has words means harm
    texts = hostile_texts()
    assert len(texts) >= 100
    roles = ("assistant", "staff", "customer")
    messages = [
        message(
            number * 3 + turn,
            role,
            text,
            citations=[citation(1, text, text)] if role == "assistant" else [],
        )
        for number, text in enumerate(texts)
        for turn, role in enumerate(roles)
    ]
    worst = "<img src=x onerror=window.hacked=1>[x](javascript:window.hacked=1)"
    last = f"task_{len(texts) * 3 - 3}"
    tasks = {
        last: task(
            len(texts) * 3 - 3,
            ticket=TICKET | {"number": worst, "priority": worst},
            records=[{"kind": "invoice", "id": worst, "label": worst}],
            proposed_action=PROPOSAL | {"title": worst, "effect": worst},
            citations=[citation(1, worst, worst)],
        )
    }
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.on("dialog", lambda dialog: requested.append(f"dialog {dialog.message}"))
    page.on("popup", lambda popup: requested.append(f"window {popup.url}"))
    page.add_init_script(
        "window.refused = [];"
        "addEventListener('securitypolicyviolation', e => window.refused.push(e.violatedDirective))"
    )
    ScriptedApi(page, messages, tasks)

    # when all of it is shown, and all that opens is opened
    widget = Widget(page, stack.url).open()
    expect(widget.root.locator(".entry")).to_have_count(len(messages), timeout=30_000)
    page.evaluate(
        "document.querySelector('#frontdesk-widget').shadowRoot"
        ".querySelectorAll('.source, .mark').forEach(button => button.click())"
    )

    # then nothing has run, nothing was asked of anybody else, and nothing had to be refused
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("window.refused") == []
    here = urlsplit(stack.url).netloc
    assert [url for url in requested if urlsplit(url).netloc != here and url != "data:,"] == []

    # and there is no element but those that were meant
    elements: list[dict[str, Any]] = json.loads(
        page.evaluate(
            "JSON.stringify([...document.querySelector('#frontdesk-widget').shadowRoot"
            ".querySelectorAll('*')].map(element => ({tag: element.localName,"
            " names: element.getAttributeNames(), href: element.getAttribute('href')})))"
        )
    )
    assert {element["tag"] for element in elements} <= ALLOWED_TAGS
    names = {name for element in elements for name in element["names"]}
    assert not [name for name in names if name.startswith("on") or name in ("src", "srcset")]
    links = [element["href"] for element in elements if element["tag"] == "a"]
    assert links
    assert {urlsplit(link).scheme for link in links} <= {"http", "https", "mailto"}
    said = widget.root.inner_text()
    assert not any(0x202A <= ord(character) <= 0x202E for character in said)


@pytest.mark.parametrize(
    ("language", "greeting"),
    [("de", "Hallo!"), ("es", "¡Hola!"), ("ar", "مرحبًا"), ("fr", "Hi!")],
)
def test_the_widget_speaks_the_pages_language(
    page: Page, stack: Stack, language: str, greeting: str
) -> None:
    widget = Widget(page, stack.url, language=language).open()

    expect(widget.root.locator(".greeting")).to_contain_text(greeting)


def test_a_conversation_that_was_closed_is_carried_on_in_a_new_one(
    page: Page, stack: Stack
) -> None:
    api = ScriptedApi(page, [message(1, "assistant", "Bye.")], status="closed")
    widget = Widget(page, stack.url).open()
    expect(widget.banner).to_contain_text("This conversation was closed")

    widget.ask("One more thing")

    assert api.posted[0]["previous_conversation_id"] == "conv_scripted"
    assert "conversation_id" not in api.posted[0]


def test_the_widget_is_small() -> None:
    if not BUILT.exists():
        pytest.skip("the pages were not built (Node is not there): make web")
    assert len(gzip.compress(BUILT.read_bytes(), 9)) <= MOST_BYTES
