"""``make chat``: a conversation in the terminal, over the same API as everybody else's."""

import contextlib
import sys
from typing import Any

import httpx

from localstack.settings import LocalStackError

WAIT_SECONDS = 20
ANSWER_SECONDS = 120
"""When to give up on an answer."""


class Chat:
    """One conversation."""

    def __init__(self, url: str, token: str | None, *, name: str) -> None:
        """Prepares a conversation.

        Args:
            url: Where the API is.
            token: The customer's ID token; None for a guest.
            name: What to call the customer in the prompt.
        """
        self._api = httpx.Client(base_url=url, timeout=WAIT_SECONDS + 15)
        self._token = token
        self._name = name
        self._conversation_id: str | None = None

    def run(self) -> None:
        """Talks until the input ends.

        Raises:
            LocalStackError: The API is out of reach.
        """
        interactive = sys.stdin.isatty()
        if interactive:
            with contextlib.suppress(ImportError):
                import readline  # noqa: F401 -- gives input() its editing keys.
            print("Ask something; an empty line or Ctrl-D ends.")
        with self._api:
            while (text := self._ask(interactive)) is not None:
                try:
                    self._say(self.answer(text))
                except httpx.TransportError as error:
                    raise LocalStackError(f"the API does not answer: {error}") from error

    def answer(self, text: str) -> dict[str, Any]:
        """Sends a message and waits for its task to end.

        Args:
            text: The message.

        Returns:
            The task, or a problem where the message was not accepted.
        """
        body: dict[str, Any] = {"message": text}
        if self._conversation_id is not None:
            body["conversation_id"] = self._conversation_id
        response = self._api.post("/api/chat", json=body, headers=self._headers())
        accepted: dict[str, Any] = response.json()
        if response.status_code != 202:
            return accepted
        self._conversation_id = accepted["conversation_id"]
        # A guest is known by the token that the first answer brought.
        self._token = accepted.get("guest_token") or self._token
        task: dict[str, Any] = {}
        for _ in range(ANSWER_SECONDS // WAIT_SECONDS):
            task = self._api.get(
                accepted["status_url"], params={"wait": WAIT_SECONDS}, headers=self._headers()
            ).json()
            if task.get("status") not in ("queued", "processing"):
                break
        return task

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._token}"} if self._token else {}

    def _ask(self, interactive: bool) -> str | None:
        """Reads a message; None at the end."""
        try:
            text = input(f"{self._name}> " if interactive else "").strip()
        except EOFError:
            return None
        if not interactive:
            print(f"{self._name}> {text}")
        return text or None

    def _say(self, task: dict[str, Any]) -> None:
        print("\n".join(lines(task)), end="\n\n", flush=True)


def lines(task: dict[str, Any]) -> list[str]:
    """Puts an answer into lines: what was said, its sources, its ticket.

    Args:
        task: A task, or a problem.
    """
    match task.get("status"):
        case "completed":
            said = [f"{task.get('agent') or 'assistant'}> {task['response']}"]
            if task.get("degraded"):
                said.append("(the model is out of reach: this was answered without it)")
        case "handed_off":
            said = ["A person has taken over and will answer."]
        case "failed":
            error = task.get("error") or {}
            said = [f"It could not be answered: {error.get('title', 'unknown reason')}"]
        case "queued" | "processing":
            said = ["There is no answer yet; it is still being worked on."]
        case _:
            said = [f"{task.get('title', 'Refused')}: {task.get('detail', task)}"]
    for citation in task.get("citations") or []:
        section = f", {citation['section']}" if citation.get("section") else ""
        said.append(f"  [{citation['number']}] {citation['title']}{section}")
    if ticket := task.get("ticket"):
        said.append(f"  Ticket {ticket['number']} ({ticket['priority']}, {ticket['status']})")
    return said
