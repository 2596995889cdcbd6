"""The tools of one turn: they read at once and for the sender only; what they write waits."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from agent_worker import phrases
from agent_worker.addresses import given_before
from agent_worker.languages import Language
from agent_worker.memory import Window
from agent_worker.telemetry import Telemetry
from agent_worker.tools import results
from agent_worker.tools.arguments import (
    ACTION_TOOLS,
    DEFAULT_INVOICES,
    DEFAULT_TICKETS,
    SEARCH,
    ActionArguments,
    CustomerArguments,
    InvoicesArguments,
    OwnTicketsArguments,
    SearchArguments,
    SubscriptionArguments,
    TicketArguments,
    parse,
)
from frontdesk.domain.actions import (
    MAX_INVOICES,
    NO_ACTIONS,
    Account,
    ActionPolicy,
    ProposedAction,
    action_token,
    effect_of,
)
from frontdesk.domain.conversation import TicketIntent
from frontdesk.domain.errors import ActionRefusedError, ToolError
from frontdesk.domain.ids import derived_id, ticket_number
from frontdesk.domain.knowledge import Category, QueryEmbedding, SearchHit
from frontdesk.domain.model import ToolCall
from frontdesk.domain.records import (
    Customer,
    Invoice,
    InvoiceStatus,
    Subscription,
    Ticket,
    TicketStatus,
)
from frontdesk.domain.task import QueuedMessage, Stage
from frontdesk.domain.ticket_policy import TicketPolicy
from frontdesk.domain.tickets import USUAL
from frontdesk.ports import AccountReader, Clock, KnowledgeSearch
from frontdesk.principal import PrincipalKind

MAX_PASSAGES = 5
"""Passages a search: what answers is nearly always among five, and each costs the model tokens."""

CLEARLY_ANSWERED = 0.4
"""How likely, 0 to 1, passages have to answer what is taken for nobody's business here. Of 59 such
public messages none came to more than 0.1 in the sample knowledge; questions that it answers come
to 0.6, and one of a document about something else altogether to 0.8."""

MAY_CONFIRM = frozenset({PrincipalKind.CUSTOMER, PrincipalKind.SERVICE})
"""Who may change an account: its owner, and our own systems where they pass its word on."""

NOT_SIGNED_IN = results.error(
    "not_signed_in", "The sender is not signed in, so there is no account to look at."
)
NO_ACCOUNT = results.error("no_account", "There is no account for the sender.")


@dataclass
class Toolbox:
    """Runs the tools that the model calls, and remembers what they showed.

    Attributes:
        message: The message that is answered; its principal is who the tools work for.
        accounts: The sender's own records.
        knowledge: The knowledge base.
        find_open_ticket: Reads the conversation's open ticket.
        clock: Tells the time.
        telemetry: Where calls are traced.
        on_stage: Told what the turn is doing.
        actions: What may be proposed to the sender.
        policy: By when tickets are answered, and by whom.
        answer_confidence: How likely passages have to answer what was asked, 0 to 1, to be shown.
        speaks: The language of our own sentences.
        window: The conversation, for what a follow-up question is about.
        passages: What was found, by the number it was shown under.
        intents: What is to be written when the turn commits.
        proposal: What the sender is asked to confirm.
        address_noted: True where the message gives an address that a ticket was without.
        calls: What was called, for the turn's trace.
        told: What the tools said in words of their own, such as why something is not allowed.
        customer: The sender's record, once looked at; likewise the three below.
        embedding: The message's embedding, where routing has made it.
        search_degraded: True where the embeddings were out of reach.
        searches: How each search went, for the turn's trace.
    """

    message: QueuedMessage
    accounts: AccountReader
    knowledge: KnowledgeSearch
    find_open_ticket: Callable[[], Ticket | None]
    clock: Clock
    telemetry: Telemetry
    on_stage: Callable[[Stage], None]
    actions: ActionPolicy = NO_ACTIONS
    answer_confidence: float = 0.0
    policy: TicketPolicy = USUAL
    speaks: Language = phrases.ENGLISH
    window: Window | None = None
    passages: dict[int, SearchHit] = field(default_factory=dict)
    intents: list[TicketIntent] = field(default_factory=list)
    proposal: ProposedAction | None = None
    address_noted: bool = False
    calls: list[dict[str, Any]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    customer: Customer | None = None
    subscription: Subscription | None = None
    invoices: dict[str, Invoice] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    embedding: QueryEmbedding | None = None
    search_degraded: bool = False
    searches: list[dict[str, Any]] = field(default_factory=list)
    _ticket: dict[str, Any] | None = None

    @property
    def action_tools(self) -> tuple[str, ...]:
        """The tools that propose what this sender may confirm; none for guests and staff."""
        if self.message.principal.kind not in MAY_CONFIRM or self.message.account_email is None:
            return ()
        return tuple(name for kind, name in ACTION_TOOLS.items() if kind in self.actions.kinds)

    @property
    def ticket_states(self) -> dict[str, TicketStatus]:
        """How the tickets stand that were shown, by their numbers."""
        states = {ticket.number: ticket.status for ticket in self.tickets.values()}
        if self._ticket is not None:
            made = self._ticket["ticket"]
            states[made["number"]] = TicketStatus(made["status"])
        return states

    @property
    def _is_guest(self) -> bool:
        return self.message.principal.kind is PrincipalKind.GUEST

    @property
    def _given_email(self) -> str | None:
        """The address that a guest says is theirs, now or in a message before."""
        message = self.message
        if not self._is_guest or message.contact_email is not None:
            return None
        return message.own_email or (given_before(self.window) if self.window else None)

    def call(self, call: ToolCall, *, offered: Collection[str]) -> str:
        """Runs a tool for the model.

        Args:
            call: What the model asks for.
            offered: The tools that this agent has.

        Returns:
            The result as JSON; an error where the call was wrong, for the model to read.
        """
        started = time.perf_counter()
        try:
            if call.name not in offered:
                raise ToolError(f"There is no tool {call.name[:100]!r}.")
            arguments = parse(call.name, call.arguments)
            name = "retrieve" if call.name == SEARCH else "tool"
            with self.telemetry.segment(name, gen_ai_tool_name=call.name):
                result = self._run(arguments)
        except ToolError as error:
            result = results.error("invalid_call", str(error))
        self.calls.append(
            {
                "name": call.name[:100],
                "arguments": call.arguments,
                "error": result.get("error"),
                "duration_ms": round((time.perf_counter() - started) * 1000),
            }
        )
        return results.as_text(result)

    def search(self, query: str, category: Category | None = None) -> list[tuple[int, SearchHit]]:
        """Searches the knowledge base; each passage keeps one number for the whole turn.

        Args:
            query: The question.
            category: Only documents of this category.

        Returns:
            Numbered passages, best first; none where they hardly answer the question, so that
            nothing is made of them.
        """
        self.on_stage(Stage.RETRIEVING)
        found = self.knowledge.search(
            query,
            limit=MAX_PASSAGES,
            category=category,
            embedding=self.embedding,
            earlier=self._asked_before(query),
        )
        self.on_stage(Stage.ANSWERING)
        self.search_degraded = self.search_degraded or found.degraded
        declined = found.confidence is not None and found.confidence < self.answer_confidence
        self.searches.append(
            {
                "confidence": found.confidence,
                "declined": declined,
                "similarity": max(
                    (hit.similarity for hit in found.hits if hit.similarity is not None),
                    default=None,
                ),
            }
        )
        return [] if declined else [(self._number(hit), hit) for hit in found.hits]

    def clearly_answers(self, question: str) -> bool:
        """Tells whether the knowledge base answers a question beyond doubt; no passage is shown.

        Args:
            question: The question; it has to be clear without those before it.

        Returns:
            True where what is found is as likely an answer as `CLEARLY_ANSWERED` asks; never
            where that cannot be told, because embeddings are out of reach.
        """
        found = self.knowledge.search(question, limit=1, embedding=self.embedding)
        return found.confidence is not None and found.confidence >= CLEARLY_ANSWERED

    def _asked_before(self, query: str) -> tuple[str, ...]:
        # A model that searches with words of its own has read the conversation.
        if self.window is None or query.strip() != self.window.text.strip():
            return ()
        return self.window.earlier_questions

    def account_problem(self) -> dict[str, Any] | None:
        """Tells why there is no account to look at, if there is none."""
        if self.message.account_email is None:
            return NOT_SIGNED_IN if self._is_guest else NO_ACCOUNT
        if self.customer is None:
            self.customer = self.accounts.customer()
        return NO_ACCOUNT if self.customer is None else None

    def read_subscription(self) -> Subscription | None:
        """Reads the sender's subscription; only where there is no account problem."""
        self.subscription = self.accounts.subscription()
        return self.subscription

    def read_invoices(self, status: InvoiceStatus | None, limit: int | None) -> list[Invoice]:
        """Reads the sender's invoices; only where there is no account problem."""
        found = self.accounts.invoices(status=status, limit=limit or DEFAULT_INVOICES)
        self.invoices |= {invoice.id: invoice for invoice in found}
        return found

    def read_tickets(
        self,
        number: str | None = None,
        settled: bool | None = None,
        limit: int | None = None,
    ) -> list[Ticket] | None:
        """Reads the sender's tickets, the newest first.

        Args:
            number: Only the one with this number.
            settled: True for only those that are resolved or closed, False for only the others.
            limit: How many at most.

        Returns:
            Tickets; None where there is no account whose they could be, and the conversation has
            none that was asked for.
        """
        known = self.message.account_email is not None
        found = (
            self.accounts.tickets(number=number, settled=settled, limit=limit or DEFAULT_TICKETS)
            if known
            else []
        )
        if not found:
            # What was opened in this very conversation is the sender's, whoever that is.
            here = self.find_open_ticket()
            if here and number in (None, here.number) and settled is not True:
                found = [here]
        if not (known or found):
            return None
        self.tickets |= {ticket.id: ticket for ticket in found}
        return found

    def request_ticket(self, wanted: TicketArguments) -> dict[str, Any]:
        """Notes that a ticket is to be made when the turn commits: at most one a turn.

        Args:
            wanted: What the ticket says.

        Returns:
            The ticket as the model is shown it.
        """
        if self._ticket is not None:
            return {"ticket": {**self._ticket["ticket"], "already_open": True}}
        ticket_id = derived_id("tkt", self.message.task_id, "ticket")
        existing = self.find_open_ticket()
        now = self.clock()
        answered_by = self.policy.expected_response_at(wanted.priority, now)
        if existing is None:
            # A ticket that was without an address has taken the message's when that was taken up.
            self.address_noted = self.address_noted or self._given_email is not None
            expected = answered_by
            number, priority, status = (
                ticket_number(ticket_id),
                wanted.priority,
                TicketStatus.OPEN,
            )
        else:
            expected = existing.expected_response_at
            number, priority, status = existing.number, existing.priority, existing.status
        self.intents.append(
            TicketIntent(
                ticket_id=ticket_id,
                number=number,
                subject=" ".join(wanted.subject.split()),
                description=wanted.description,
                category=wanted.category,
                priority=wanted.priority,
                contact_email=self.message.reply_email or self._given_email,
                expected_response_at=expected,
                raised_response_at=answered_by,
                assigned_to=self.policy.assignee(wanted.category, wanted.priority),
            )
        )
        self._ticket = results.ticket(
            number=number,
            priority=priority,
            status=status,
            # What should have been answered before is promised for no day that is past.
            expected_response_at=expected if expected >= now else None,
            already_open=existing is not None,
        )
        return self._ticket

    def propose(self, wanted: ActionArguments) -> dict[str, Any]:
        """Notes what the sender is to be asked to confirm: at most one action a turn.

        Args:
            wanted: What the sender wants; only where there is no account problem.

        Returns:
            The proposal as the model is shown it, or why there is none.
        """
        if self.proposal is not None:
            return results.error("one_at_a_time", "One action was proposed already in this answer.")
        try:
            effect = effect_of(
                wanted.kind, wanted.wanted(), self._account(), self.actions, self.clock().date()
            )
        except ActionRefusedError as error:
            reason = phrases.refusal(error, self.speaks)
            self.told.append(reason)
            return results.error("not_allowed", reason)
        self.proposal = ProposedAction(
            token=action_token(self.message.task_id, wanted.kind, effect.arguments),
            kind=wanted.kind,
            title=phrases.action_title(wanted.kind, effect.arguments, self.speaks),
            effect=phrases.action_effect(wanted.kind, effect.arguments, self.speaks),
            arguments=effect.arguments,
            expires_at=self.clock() + self.actions.valid_for,
        )
        return results.proposal(self.proposal)

    def _account(self) -> Account:
        if self.customer is None:
            raise ToolError("There is no account.")
        return Account(
            customer=self.customer,
            subscription=self.read_subscription(),
            invoices=tuple(self.read_invoices(None, MAX_INVOICES)),
            refunds_requested=self.accounts.refunds_requested(),
        )

    def _run(self, arguments: Any) -> dict[str, Any]:
        match arguments:
            case SearchArguments():
                return results.passages(self.search(arguments.query, arguments.category))
            case TicketArguments():
                return self.request_ticket(arguments)
            case OwnTicketsArguments():
                found = self.read_tickets(arguments.number, arguments.settled, arguments.limit)
                if found is not None:
                    return results.tickets(found, self.clock(), settled=arguments.settled)
                return NOT_SIGNED_IN if self._is_guest else NO_ACCOUNT
        return self.account_problem() or self._use_account(arguments)

    def _use_account(self, arguments: Any) -> dict[str, Any]:
        match arguments:
            case CustomerArguments() if self.customer is not None:
                return results.customer(self.customer)
            case SubscriptionArguments():
                return results.subscription(self.read_subscription(), self.clock().date())
            case InvoicesArguments():
                return results.invoices(self.read_invoices(arguments.status, arguments.limit))
            case ActionArguments():
                return self.propose(arguments)
        raise ToolError("This tool cannot be used.")

    def _number(self, hit: SearchHit) -> int:
        for number, known in self.passages.items():
            if known.passage_id == hit.passage_id:
                return number
        number = len(self.passages) + 1
        self.passages[number] = hit
        return number
