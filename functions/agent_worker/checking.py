"""The last look at a model's reply: what it states, promises and claims to know has a receipt."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from agent_worker.languages import language
from agent_worker.memory import Window
from agent_worker.phrases import ticket_sentence
from agent_worker.promises import Backing, empty_promises
from agent_worker.receipts import Receipts
from agent_worker.statements import unsupported_statements
from agent_worker.ticket_states import false_states, without, without_true_states
from agent_worker.tools.toolbox import Toolbox
from frontdesk.domain.actions import ActionKind
from frontdesk.domain.conversation import SETTLED_TICKETS, TicketIntent
from frontdesk.domain.records import Plan, SubscriptionStatus, TicketPriority
from frontdesk.domain.task import AgentName

_OWN_PLAN = re.compile(
    r"\b(?:you(?: are|['’]re) (?:currently |now )?on|you (?:currently )?have"
    r"|your (?:current )?(?:plan|subscription) is|sie (?:sind im|haben den|nutzen den)"
    r"|ihr tarif ist|vous (?:êtes sur|avez) le forfait|su plan es|(?:usted )?está en el plan"
    r"|tiene el plan|você está no plano|o seu plano é|il suo piano è|lei ha il piano)"
    rf"\W{{1,4}}(?:the |a |an |der |den |le |el |o |il )?\W{{0,3}}(?P<plan>{'|'.join(Plan)})\b",
    re.IGNORECASE,
)
STATEMENT = "statement"

MAX_FINDINGS = 12
"""As many as a model is told of; a reply with more is beyond repair anyway."""

MAX_FINDING_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a reply says and that nothing shows.

    Attributes:
        kind: What it is: a kind of claim, ``ticket`` for how one stands, ``promise`` or
            ``statement``.
        text: As the reply says it.
    """

    kind: str
    text: str


@dataclass(frozen=True)
class ReplyCheck:
    """Compares replies with what a turn knows.

    Attributes:
        profile: What the company says of itself.
        today: The day of the turn.
        window: The conversation, and the message that is answered.
        toolbox: What was looked up, and what will be written.
    """

    profile: str
    today: date
    window: Window
    toolbox: Toolbox

    def findings(self, reply: str, agent: AgentName) -> list[Finding]:
        """Finds what may not be sent.

        Args:
            reply: The reply, as it would be sent.
            agent: Who answers; an FAQ answer has to come from its passages.

        Returns:
            What nothing shows; empty for a reply that may be sent.
        """
        found = [
            Finding(claim.kind.value, claim.text)
            for claim in self.receipts().without_receipt(reply)
        ]
        found += self._wrong_plans(reply)
        rest, states = self._without_states(reply)
        found += [Finding("ticket", state) for state in states]
        found += [
            Finding("promise", promise.sentence)
            for promise in empty_promises(rest, self._backing())
        ]
        if agent is AgentName.FAQ:
            passages = [*self._passages(), self.profile]
            found += [
                Finding(STATEMENT, statement)
                for statement in unsupported_statements(reply, passages)
            ]
        return found[:MAX_FINDINGS]

    def _without_states(self, reply: str) -> tuple[str, list[str]]:
        """Takes out what is true of tickets, and finds what is said of them and is not."""
        toolbox, known = self.toolbox, self.toolbox.ticket_states
        said = without(reply, {ticket.subject for ticket in toolbox.tickets.values()})
        wrong = false_states(said, known, self._passages())
        if wrong and (here := toolbox.find_open_ticket()):
            known = {here.number: here.status, **known}
            wrong = false_states(said, known, self._passages())
        return without_true_states(reply, known), wrong

    def _wrong_plans(self, reply: str) -> list[Finding]:
        """Finds the plans that a reply calls the customer's, and that are not, as far as is known.

        A page that lists all plans is a receipt of their names, and not of who has which.
        """
        subscription = self.toolbox.subscription
        own = {subscription.plan, subscription.next_plan} if subscription is not None else set()
        asked = " ".join((self.window.text, *self.window.earlier_questions)).lower()
        return [
            Finding("plan", found[0])
            for found in _OWN_PLAN.finditer(reply)
            if found["plan"].lower() not in own
            and (subscription is not None or found["plan"].lower() not in asked)
        ]

    def may_be_shown(self, text: str) -> bool:
        """Tells whether a text that a model wrote states and promises only what is so.

        Args:
            text: A ticket's words, a route's reasoning, a detail of a proposal.

        Returns:
            True where it does.
        """
        rest, states = self._without_states(text)
        return not (
            states or self.receipts().without_receipt(text) or empty_promises(rest, self._backing())
        )

    def receipts(self) -> Receipts:
        """Collects what is known by now."""
        receipts = Receipts(self.today)
        for text in self._texts():
            receipts.add_text(text)
        if self.toolbox.subscription is not None:
            receipts.add_subscription(self.toolbox.subscription)
        receipts.add_invoices(self.toolbox.invoices.values())
        for ticket in self.toolbox.tickets.values():
            for time in (ticket.created_at, ticket.updated_at, ticket.expected_response_at):
                receipts.add_day(time.date())
        return receipts

    def _texts(self) -> Iterable[str]:
        yield self.window.text
        yield self.profile
        yield from (message.content for message in self.window.earlier)
        yield from self._passages()
        yield from self.toolbox.told
        toolbox = self.toolbox
        if toolbox.customer is not None:
            customer = toolbox.customer
            yield from (customer.email, customer.name, customer.company_name, customer.phone)
            yield from (str(value) for value in customer.metadata.values())
        if toolbox.subscription is not None:
            subscription = toolbox.subscription
            yield f"{subscription.plan} plan, seats: {subscription.seats}"
            yield from subscription.features
            if subscription.next_plan is not None:
                yield f"{subscription.next_plan} plan from {subscription.next_plan_on}"
        for invoice in toolbox.invoices.values():
            yield from (invoice.invoice_number, invoice.description)
        for ticket in toolbox.tickets.values():
            times = (ticket.created_at, ticket.updated_at, ticket.expected_response_at)
            yield from (ticket.number, ticket.subject)
            yield from (time.isoformat(" ", "minutes") for time in times)
        if toolbox.proposal is not None and toolbox.proposal.kind is not ActionKind.UPDATE_CONTACT:
            yield f"{toolbox.proposal.title}. {toolbox.proposal.effect}"
        for intent in toolbox.intents:
            yield ticket_sentence(intent, language("en"))
            yield intent.expected_response_at.isoformat(" ", "minutes")
            if self._is_due_by_the_clock(intent):
                due_in = toolbox.policy.response_times[TicketPriority(intent.priority)]
                yield f"{due_in / timedelta(minutes=1):.0f} minutes"

    def _is_due_by_the_clock(self, intent: TicketIntent) -> bool:
        """False where «within 4 hours» is no promise: in business hours, or of an older ticket."""
        new = intent.expected_response_at == intent.raised_response_at
        return new and self.toolbox.policy.business_hours is None

    def _passages(self) -> Sequence[str]:
        return [
            f"{hit.title}\n\n{hit.section}\n\n{hit.content}"
            for hit in self.toolbox.passages.values()
        ]

    def _has_ticket(self) -> bool:
        toolbox = self.toolbox
        awaited = (status not in SETTLED_TICKETS for status in toolbox.ticket_states.values())
        return any(awaited) or toolbox.find_open_ticket() is not None

    def _backing(self) -> Backing:
        subscription = self.toolbox.subscription
        return Backing(
            has_ticket=self._has_ticket,
            is_cancelled=subscription is not None
            and (
                subscription.status is SubscriptionStatus.CANCELLED
                or subscription.end_date is not None
            ),
            passages=tuple(self._passages()),
        )


def listed(findings: Iterable[Finding]) -> str:
    """Writes findings down for the model that made them.

    Args:
        findings: What nothing shows.

    Returns:
        A list in Markdown.
    """
    return "\n".join(
        f"- {finding.kind}: {' '.join(finding.text.split())[:MAX_FINDING_CHARACTERS]}"
        for finding in findings
    )
