"""The support console in a browser's tab, and conversations to look at in it."""

import json
import re
from typing import Any
from urllib.parse import urlencode

import psycopg
from playwright.sync_api import BrowserContext, Locator, Page, expect
from psycopg.types.json import Jsonb

from frontdesk.domain.ids import new_id
from tests.support.stack import Caller, Stack

SUPPORT = "Sam Reyes"
ADMIN = "Alex Kim"
COMPLAINT = "I am furious: {what}. I want to talk to a person now!"


class Console:
    """What staff do in the console.

    Args:
        context: Whose browser it is.
        stack: The stack that serves it.
    """

    def __init__(self, context: BrowserContext, stack: Stack) -> None:
        self.page: Page = context.new_page()
        self.url = f"{stack.url}/console/"

    def sign_in(self, name: str = SUPPORT) -> "Console":
        """Opens it, and signs in at the issuer as somebody of the sample company."""
        self.page.goto(self.url)
        self.page.get_by_role("button", name="Sign in").click()
        self.choose(name)
        return self

    def enter(self, token: str) -> "Console":
        """Opens it as somebody who has signed in in this tab."""
        script = f"sessionStorage.setItem('frontdesk.id-token', {json.dumps(token)})"
        self.page.add_init_script(script)
        self.page.goto(self.url)
        expect(self.page.get_by_role("navigation", name="Main")).to_be_visible()
        return self

    def choose(self, name: str) -> None:
        """Says at the issuer who it is, and waits for the console."""
        self.page.get_by_role("link", name=name).click()
        expect(self.page.locator("nav[aria-label=Main], .welcome-card")).to_be_visible()

    def go(self, *path: str, **query: str) -> None:
        """Goes to one of its places."""
        tail = f"?{urlencode(query)}" if query else ""
        self.page.evaluate("place => { location.hash = place }", f"/{'/'.join(path)}{tail}")

    def open(self, conversation_id: str) -> None:
        """Opens a conversation, and waits for its messages."""
        self.go("inbox", conversation_id, view="all")
        expect(self.messages.first).to_be_visible()

    @property
    def messages(self) -> Locator:
        """The messages of the conversation that is open."""
        return self.page.get_by_role("log").get_by_role("listitem")

    @property
    def trace(self) -> Locator:
        """How it was answered."""
        return self.page.get_by_role("region", name="Trace", exact=True)

    def button(self, name: str) -> Locator:
        """A button by its exact name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def field(self, name: str) -> Locator:
        """A control by its label."""
        return self.page.get_by_label(name, exact=True)

    def expect_said(self, text: str) -> None:
        """Waits for a line that is said in passing."""
        expect(self.page.get_by_role("status").filter(has_text=re.compile(text))).to_be_visible()


def complain(guest: Caller, what: str) -> str:
    """Has a guest ask for a person; returns the conversation, whose staff are waited for."""
    return str(guest.ask(COMPLAINT.format(what=what))["conversation_id"])


def add_conversation(stack: Stack, subject: str, messages: list[dict[str, Any]]) -> str:
    """Puts a conversation straight into the database, as nobody could write it over the API."""
    conversation_id = new_id("conv")
    with psycopg.connect(stack.environment["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(
            "INSERT INTO conversations (id, owner_subject, subject, message_count)"
            " VALUES (%s, 'guest:of-a-test', %s, %s)",
            (conversation_id, subject, len(messages)),
        )
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO messages (id, conversation_id, role, content, internal, citations)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                [
                    (
                        new_id("msg"),
                        conversation_id,
                        message["role"],
                        message["content"],
                        message.get("internal", False),
                        Jsonb(message.get("citations", [])),
                    )
                    for message in messages
                ],
            )
    return conversation_id
