"""Customers, who send one message after another, and try again until they are told it arrived."""

import json
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from frontdesk.principal import Principal, PrincipalKind
from tests.chaos.database import UNSTORABLE
from tests.chaos.history import digest
from tests.chaos.world import CRASHING, DAMAGED, KILLING, World

QUESTIONS = ("faq", "faq", "faq", "order", "escalation")
INTENTS = (*QUESTIONS, "contact", "contact")
POISONS = {"crashing": CRASHING, "killing": KILLING, "unstorable": UNSTORABLE, "damaged": DAMAGED}

PATIENCE_SECONDS = 900.0
GIVE_UP_SHARE = 0.1
REPEAT_SHARE = 0.03
WATCH_SHARE = 0.2
CLOSE_SHARE = 0.3

CONFIRM_SHARE = 0.7
"""Of the changes that are proposed; half of them by a plain yes. The others are passed over."""

STEAL_SHARE = 0.05
"""Of the messages, those that bring what confirms another customer's change."""

ENDED = ("completed", "failed", "handed_off")


@dataclass
class Customer:
    """One customer with one conversation.

    Attributes:
        number: Which of them.
        messages: How many to send.
        pause: Seconds between two of them, on average.
        waits: True to wait for each answer before the next message.
        looks_every: Seconds between two looks at a task.
        intents: What the messages are about, as likely as they are in here.
    """

    world: World
    number: int
    messages: int
    pause: float
    waits: bool = False
    looks_every: float = 1.0
    intents: Sequence[str] = INTENTS
    _conversation_id: str | None = None
    _guest_token: str | None = None
    _closed_id: str | None = None
    _proposed: str | None = None

    def __post_init__(self) -> None:
        self._random = random.Random(f"{self.world.faults.seed}/customer/{self.number}")
        self._address = f"198.51.{self.number // 250}.{self.number % 250 + 1}"
        self._is_guest = self.number % 3 == 0
        self._principal = (
            Principal.anonymous()
            if self._is_guest
            else Principal(
                kind=PrincipalKind.CUSTOMER,
                subject=f"https://id.example|{self.number}",
                email=f"customer{self.number}@example.com",
            )
        )

    def converse(self) -> None:
        """Sends all messages."""
        for number in range(self.messages):
            self.world.simulation.sleep(self._random.expovariate(1 / self.pause))
            self._send(number)

    def meet_a_person(self) -> None:
        """Has a person take the conversation over, and later give it back or close it."""
        while self._conversation_id is None:
            self.world.simulation.sleep(self._random.uniform(1, self.pause * 4))
        conversation_id = self._conversation_id
        self._by_person(conversation_id, "takeover")
        self.world.simulation.sleep(self._random.uniform(5, 120))
        closes = self._random.random() < CLOSE_SHARE
        self._by_person(conversation_id, "close" if closes else "release")

    def _by_person(self, conversation_id: str, what: str) -> None:
        path = f"/api/conversations/{conversation_id}/{what}"
        status = 503
        while status >= 500:
            status = self.world.people("POST", path)["statusCode"]
            self.world.history.note(
                "person", conversation_id=conversation_id, does=what, status=status
            )
            self.world.simulation.sleep(2.0)

    def _send(self, number: int) -> None:
        poison = None
        if self.world.faults.strikes("poison"):
            poison = self._random.choice(sorted(POISONS))
        key = str(self.world.new_uuid())
        intent = self._random.choice(self.intents)
        body = self._body(number, poison, intent)
        confirms = self._answer_proposal(body, poison)
        self.world.history.note(
            "request",
            request=key,
            customer=self.number,
            message=number,
            poison=poison,
            wants=intent if confirms is None else None,
            confirms=confirms,
        )
        accepted = self._insist(key, body)
        if accepted is None:
            return
        self._conversation_id, self._closed_id = accepted["conversation_id"], None
        self._guest_token = accepted.get("guest_token", self._guest_token)
        if self._random.random() < REPEAT_SHARE:
            self.world.simulation.spawn(
                lambda: self._post(key, body), after=self._random.uniform(0, 120)
            )
        task_id = accepted["task_id"]
        may_confirm = not self._is_guest and number + 1 < self.messages
        if intent == "contact" and may_confirm:
            self._see_proposal(self._watch(task_id, patience=PATIENCE_SECONDS))
        elif self.waits:
            self._watch(task_id)
        elif not self._is_guest and self._random.random() < WATCH_SHARE:
            self.world.simulation.spawn(lambda: self._watch(task_id))

    def _body(self, number: int, poison: str | None, intent: str) -> dict[str, Any]:
        sign = _sign(poison)
        text = f"{sign}How is question {number} of customer {self.number} answered? [{intent}]"
        if intent == "contact":
            text = f"{sign}My phone number is +1 555 {self.number:04} {number:04} now. [order]"
        body = {"message": text}
        if self._closed_id is not None:
            body["previous_conversation_id"] = self._closed_id
        if self._conversation_id is not None:
            body["conversation_id"] = self._conversation_id
        if self._guest_token is not None:
            body["guest_token"] = self._guest_token
        return body

    def _answer_proposal(self, body: dict[str, Any], poison: str | None) -> str | None:
        """Lets a message confirm what was proposed, perhaps; returns what it confirms then."""
        token, self._proposed = self._proposed, None
        if token is not None and self._random.random() < CONFIRM_SHARE:
            body["message"] = f"{_sign(poison)}Yes."
            if self._random.random() < 0.5:
                body["confirm_action"] = token
            return token
        others = [other for number, other in self.world.proposed if number != self.number]
        if others and self._random.random() < STEAL_SHARE:
            body["confirm_action"] = self._random.choice(others)
            return str(body["confirm_action"])
        return None

    def _insist(self, key: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Sends until it is accepted; None where the customer loses patience."""
        give_up_at = self.world.simulation.now + PATIENCE_SECONDS
        pause = 1.0
        while self.world.simulation.now < give_up_at:
            status, content = self._post(key, body)
            if status == 202:
                return content
            if status == 429:
                self.world.simulation.sleep(5.0)
                continue
            if status == 409:
                self._conversation_id, self._closed_id = None, self._conversation_id
                return None
            if status < 500:
                raise AssertionError(f"{status}: {content}")
            if self._random.random() < GIVE_UP_SHARE:
                break
            self.world.simulation.sleep(pause)
            pause = min(30.0, pause * 2)
        self.world.history.note("gave_up", request=key)
        return None

    def _post(self, key: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        response = self.world.request(
            "POST",
            "/api/chat",
            self._address,
            principal=self._principal,
            body=body,
            headers={"idempotency-key": key},
        )
        content = json.loads(response["body"]) if "body" in response else {}
        self.world.history.note(
            "response",
            request=key,
            status=response["statusCode"],
            task_id=content.get("task_id"),
            conversation_id=content.get("conversation_id"),
        )
        return response["statusCode"], content

    def _see_proposal(self, task: dict[str, Any]) -> None:
        proposed = task.get("proposed_action")
        if proposed is not None:
            self._proposed = proposed["token"]
            self.world.proposed.append((self.number, proposed["token"]))

    def _watch(self, task_id: str, patience: float = math.inf) -> dict[str, Any]:
        """Looks at a task until it has ended, or for so many seconds; returns it as last seen."""
        give_up_at = self.world.simulation.now + patience
        task: dict[str, Any] = {}
        seen = ""
        while seen not in ENDED:
            if self.world.simulation.now > give_up_at:
                return task
            self.world.simulation.sleep(self.looks_every)
            response = self.world.read_task(task_id, self._principal, self._address)
            if response["statusCode"] >= 500:
                continue
            task = json.loads(response["body"])
            if task["status"] != seen:
                seen = task["status"]
                self.world.history.note(
                    "seen", task_id=task_id, status=seen, reply=digest(task["response"])
                )
        return task


def _sign(poison: str | None) -> str:
    return "" if poison is None else POISONS[poison]
