"""The widget as its user finds it, and an API that says what a test wants it to."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, Route, expect

from tests.support.axe import violations

GUEST = {"guestToken": "fdg_scripted", "conversationId": "conv_scripted", "awaits": False}
TIME = "2026-01-02T03:04:05Z"


class Widget:
    """The widget on the sample company's page.

    Args:
        page: A tab.
        url: Where the stack is.
        **attributes: Attributes of the widget's script, without ``data-``.
    """

    def __init__(self, page: Page, url: str, **attributes: str) -> None:
        self.page = page
        self.url = url
        if attributes:
            written = " ".join(f'data-{name}="{value}"' for name, value in attributes.items())
            page.route(f"{url}/", lambda route: add_attributes(route, written))
        page.goto(f"{url}/")
        self.root = page.locator("#frontdesk-widget")
        self.launcher = self.root.locator(".launcher")
        self.panel = self.root.get_by_role("dialog")
        self.field = self.root.locator("#message")
        self.banner = self.root.locator(".banner")

    def open(self) -> "Widget":
        """Opens the window."""
        self.launcher.click()
        expect(self.field).to_be_visible()
        return self

    def send(self, text: str) -> None:
        """Writes a message."""
        self.field.fill(text)
        self.field.press("Enter")

    def ask(self, text: str) -> Locator:
        """Writes a message; returns the answer once it is there."""
        before = self.said("assistant").count()
        self.send(text)
        answer = self.said("assistant").nth(before)
        expect(answer).to_be_visible()
        return answer

    def said(self, role: str) -> Locator:
        """Returns what was said by somebody."""
        return self.root.locator(f".entry.{role}")

    def button(self, name: str) -> Locator:
        """Returns a button of the window."""
        return self.root.get_by_role("button", name=name, exact=True)

    @property
    def guest(self) -> dict[str, Any]:
        """What the browser keeps of a guest."""
        kept: dict[str, Any] = json.loads(
            self.page.evaluate("localStorage.getItem('frontdesk:self') ?? '{}'")
        )
        return kept

    def violations(self) -> list[str]:
        """Returns what the page's accessibility lacks as it is now."""
        return violations(self.page)


def add_attributes(route: Route, written: str) -> None:
    """Serves the page with other attributes on the widget's script; the first one counts."""
    served = route.fetch()
    text = served.text().replace('src="/widget.js"', f'src="/widget.js" {written}')
    route.fulfill(response=served, body=text)


def message(number: int, role: str, content: str, **rest: Any) -> dict[str, Any]:
    """Makes a message as the API lists it."""
    return {
        "id": f"msg_{number}",
        "role": role,
        "content": content,
        "agent": "faq" if role == "assistant" else None,
        "task_id": f"task_{number}" if role == "assistant" else None,
        "citations": [],
        "internal": False,
        "created_at": TIME,
    } | rest


def task(number: int, **rest: Any) -> dict[str, Any]:
    """Makes a task that was completed."""
    return {
        "task_id": f"task_{number}",
        "conversation_id": GUEST["conversationId"],
        "status": "completed",
        "stage": None,
        "created_at": TIME,
        "completed_at": TIME,
        "agent": "faq",
        "response": None,
        "citations": [],
        "records": [],
        "ticket": None,
        "proposed_action": None,
        "degraded": False,
        "error": None,
    } | rest


def citation(number: int, text: str, source_url: str | None = None) -> dict[str, Any]:
    """Makes a citation in which everything says the same."""
    return {
        "number": number,
        "document_id": f"doc_{number}",
        "title": text,
        "section": text,
        "snippet": text,
        "source_url": source_url,
    }


class ScriptedApi:
    """An API in the browser's network, with a conversation that the guest comes back to.

    Args:
        page: The tab that meets it, before it opens a page.
        messages: What was said.
        tasks: How messages were answered, by the task's id.
        **conversation: What the conversation is besides.
    """

    def __init__(
        self,
        page: Page,
        messages: list[dict[str, Any]],
        tasks: dict[str, dict[str, Any]] | None = None,
        **conversation: Any,
    ) -> None:
        self.posted: list[dict[str, Any]] = []
        self._messages = messages
        self._tasks = tasks or {}
        self._conversation = {
            "id": GUEST["conversationId"],
            "status": "open",
            "handler": "ai",
            "waiting_for": None,
        } | conversation
        kept = json.dumps(json.dumps(GUEST))
        page.add_init_script(
            f"localStorage.setItem('frontdesk:self', JSON.stringify("
            f"Object.assign(JSON.parse({kept}), {{at: Date.now()}})))"
        )
        page.route("**/api/**", self._answer)

    def _answer(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if route.request.method == "POST":
            self.posted.append(route.request.post_data_json or {})
            number = 1000 + len(self.posted)
            accepted = {"task_id": f"task_{number}", "conversation_id": GUEST["conversationId"]}
            self._tasks[f"task_{number}"] = task(number, response="Done.")
            route.fulfill(status=202, json=accepted | {"status": "queued", "status_url": "/"})
        elif path.endswith("/messages"):
            after = re.search(r"after=(\w+)", route.request.url)
            items = [] if after else self._messages
            route.fulfill(json={"items": items, "next_cursor": None})
        elif path.startswith("/api/conversations/"):
            route.fulfill(json=self._conversation)
        elif (found := self._tasks.get(path.rsplit("/", 1)[-1])) is not None:
            route.fulfill(json=found)
        else:
            route.fulfill(status=404, json={"title": "Not found", "status": 404})


def drop(times: int, after_sending: int) -> Callable[[Route], None]:
    """Makes a network that loses requests, or their answers.

    Args:
        times: How many requests go wrong.
        after_sending: How many of these reach the API: only their answers are lost.
    """
    left = iter(range(times))

    def answer(route: Route) -> None:
        number = next(left, None)
        if number is None:
            route.continue_()
            return
        if number >= times - after_sending:
            route.fetch()
        route.abort("connectionreset")

    return answer
