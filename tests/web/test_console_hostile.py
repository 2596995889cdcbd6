"""Hostile texts in the console: nothing runs, and nothing is asked of another host."""

import pytest
from playwright.sync_api import BrowserContext, Dialog, expect

from tests.support.console_page import Console, add_conversation
from tests.support.hostile import hostile_texts
from tests.support.stack import Caller, Stack

ROLES = ("customer", "assistant", "staff")
FORBIDDEN = "img, script, iframe, object, embed, form, style, svg, video, [style], [onerror]"


class Watch:
    """What a hostile text would do in a console, if it could."""

    def __init__(self, console: Console, stack: Stack) -> None:
        self._console = console
        self._own = stack.url
        self.dialogs: list[str] = []
        self.requests: list[str] = []
        self.tabs: list[str] = []
        page = console.page
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("dialog", self._dismiss)
        page.context.on("page", lambda tab: self.tabs.append(tab.url))

    def _dismiss(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def expect_nothing(self) -> None:
        """Checks that nothing ran, opened, or was asked of anybody else."""
        assert (self.dialogs, self.tabs) == ([], [])
        assert [url for url in self.requests if not url.startswith(self._own)] == []
        traces = "Object.keys(window).filter(name => /hacked|pwned/i.test(name))"
        assert self._console.page.evaluate(traces) == []


@pytest.fixture(scope="module")
def admin_token(stack: Stack) -> str:
    """An administrator's credential."""
    return stack.credential(ADMIN="1")


@pytest.fixture
def console(context: BrowserContext, stack: Stack, admin_token: str) -> Console:
    """The console of an administrator."""
    return Console(context, stack).enter(admin_token)


def test_hostile_conversations_are_only_shown(console: Console, stack: Stack) -> None:
    # given a conversation of everybody's hostile texts, with hostile sources
    texts = [text.replace("\0", "") for text in hostile_texts()]  # Postgres has no NUL.
    assert len(texts) >= 100
    messages = [
        {
            "role": ROLES[place % len(ROLES)],
            "content": text,
            "internal": place % 6 == 2,
            "citations": [
                {
                    "number": 1,
                    "document_id": text[:50],
                    "title": text[:200],
                    "section": text[:100],
                    "snippet": text[:300],
                    "source_url": "javascript:window.hacked=1",
                }
            ],
        }
        for place, text in enumerate(texts)
    ]
    conversation = add_conversation(stack, texts[0][:150], messages)
    watch = Watch(console, stack)

    # when it is read
    console.open(conversation)
    expect(console.messages.locator(".prose")).to_have_count(len(texts))

    # then nothing ran, nobody else was asked for anything, and links lead where they may
    watch.expect_nothing()
    log = console.page.get_by_role("log")
    assert log.locator(FORBIDDEN).count() == 0
    links: list[list[str]] = log.locator(".prose a").evaluate_all(
        "links => links.map(link => [link.href, link.rel, link.target])"
    )
    for href, relation, target in links:
        assert href.startswith(("http://", "https://", "mailto:"))
        assert ("noopener" in relation, target) == (True, "_blank")
    sources: list[str] = log.locator(".citations a").evaluate_all(
        "links => links.map(link => link.href)"
    )
    assert len(sources) == len(texts)
    assert all(source.startswith(f"{stack.url}/console/#/knowledge/") for source in sources)


def test_hostile_documents_are_only_shown(console: Console, stack: Stack, staff: Caller) -> None:
    # given a document of hostile texts, which nobody is to find
    made = staff.post(
        "/api/knowledge",
        {
            "title": "<img src=x onerror=window.hacked=1>",
            "content": "\n\n".join(text for text in hostile_texts() if len(text) < 200),
            "category": "faq",
            "visibility": "internal",
            "status": "draft",
        },
    )
    assert made.status_code == 201, made.text
    watch = Watch(console, stack)

    # when what it said is read
    console.go("knowledge", made.json()["id"])
    console.button("Version 1").click()
    dialog = console.page.get_by_role("dialog")
    expect(dialog).to_contain_text("<img src=x")

    # then it is only text
    watch.expect_nothing()
    assert dialog.locator(FORBIDDEN).count() == 0
