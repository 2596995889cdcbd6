"""The team at work on one message: route it, let a specialist answer, see to the reply."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from agent_worker import degraded, phrases
from agent_worker.agents.hand_over import may_take_over
from agent_worker.agents.loop import Draft, repair, work
from agent_worker.agents.roster import (
    FAQ,
    ORDER,
    OUT_OF_SCOPE,
    SMALL_TALK,
    FirstLookUp,
    Specialist,
    specialist_for,
    with_wishes,
)
from agent_worker.checking import STATEMENT, Finding, ReplyCheck, listed
from agent_worker.citations import CitedReply, cite
from agent_worker.guards import OutboundGuard
from agent_worker.languages import Language, spoken_in
from agent_worker.memory import Window
from agent_worker.model_session import ModelSession
from agent_worker.prompting import PromptLibrary
from agent_worker.routing.router import Decision, Router, RouteSource
from agent_worker.routing.tickets import asks_about_ticket
from agent_worker.routing.wishes import Wish, without_account
from agent_worker.telemetry import Telemetry
from agent_worker.tools.toolbox import Toolbox
from frontdesk.domain.actions import ActionKind
from frontdesk.domain.errors import ModelError, ModelRefusedError
from frontdesk.domain.task import (
    AgentName,
    Citation,
    QueuedMessage,
    RecordReference,
    Route,
    RouteLabel,
    Stage,
)
from frontdesk.principal import PrincipalKind

_LANGUAGE_TAG = re.compile(r"^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$")

_CALLERS: Mapping[PrincipalKind, str] = {
    PrincipalKind.GUEST: "a guest who is not signed in",
    PrincipalKind.CUSTOMER: "a customer who is signed in",
    PrincipalKind.STAFF: "a colleague who asks on behalf of a customer",
    PrincipalKind.SERVICE: "a customer, whose message one of our own systems passes on",
}


@dataclass
class Reply:
    """What the team made of a message.

    Attributes:
        timings: Milliseconds by stage.
        trace: What happened, for staff.
    """

    agent: AgentName
    route: Route
    text: str
    citations: tuple[Citation, ...]
    records: tuple[RecordReference, ...]
    degraded: bool
    timings: dict[str, int] = field(default_factory=dict)
    trace: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Team:
    """The router, the specialists, and the guard at the door.

    Attributes:
        router: Decides who answers.
        prompts: What each is told.
        guard: Looks at every reply.
        telemetry: Where stages are traced.
    """

    router: Router
    prompts: PromptLibrary
    guard: OutboundGuard
    telemetry: Telemetry

    def answer(
        self,
        message: QueuedMessage,
        window: Window,
        session: ModelSession,
        toolbox: Toolbox,
        now: datetime,
    ) -> Reply:
        """Answers a message; the model's failures end in an answer too.

        Args:
            message: The message.
            window: The conversation, and the message's text.
            session: The turn's model calls.
            toolbox: The turn's tools.
            now: The time, for the prompts.

        Returns:
            The reply, as it may be sent.
        """
        timings: dict[str, int] = {}
        trace: dict[str, Any] = {}
        check = ReplyCheck(self.prompts.profile, now.date(), window, toolbox)
        spoken = spoken_in(message.language, window.written)
        toolbox.speaks = speaks = spoken or phrases.ENGLISH
        toolbox.window = window
        toolbox.on_stage(Stage.ROUTING)
        with self.telemetry.timed(timings, "routing"), self.telemetry.segment("route"):
            decision = self._route(window, session, toolbox, check, trace)
        route, wishes = decision.route, decision.wishes
        specialist = with_wishes(specialist_for(route), wishes)
        if decision.small_talk:
            specialist = SMALL_TALK
        if specialist is ORDER and wishes and toolbox.account_problem() is not None:
            wishes = without_account(wishes)
            if all(wish.label is RouteLabel.FAQ for wish in wishes):
                specialist = FAQ
        if _turns_away(specialist, wishes, window, toolbox) and toolbox.clearly_answers(
            window.text
        ):
            specialist = FAQ
        searches = specialist.first_look_up is FirstLookUp.KNOWLEDGE
        toolbox.on_stage(Stage.RETRIEVING if searches else Stage.ANSWERING)
        with self.telemetry.timed(timings, "answering"):
            known_values = _known(message, now, spoken)
            specialist, draft, without_model = self._draft(
                specialist, wishes, known_values, window, session, toolbox, speaks, trace
            )
            if specialist.name is AgentName.ESCALATION and not toolbox.intents:
                # A first escalation always has its ticket, a further one is always added to it.
                toolbox.request_ticket(degraded.ticket_for(window))
            self._see_to_writes(window, toolbox, check, trace)
            cited = self._seen_to(specialist, draft, session, toolbox, check, speaks, trace)
            if toolbox.proposal is not None:
                sentence = phrases.proposal_sentence(toolbox.proposal, now, speaks)
                cited = CitedReply(f"{cited.text}\n\n{sentence}", cited.citations)
                trace["proposed_action"] = toolbox.proposal.model_dump(mode="json")
        trace |= _evidence(session, toolbox, timings)
        return Reply(
            agent=specialist.name,
            route=route,
            text=cited.text,
            citations=cited.citations,
            records=_records(cited.text, toolbox),
            degraded=without_model or toolbox.search_degraded,
            timings=timings,
            trace=trace,
        )

    def _route(
        self,
        window: Window,
        session: ModelSession,
        toolbox: Toolbox,
        check: ReplyCheck,
        trace: dict[str, Any],
    ) -> Decision:
        decision = self.router.decide(window, session)
        route, toolbox.embedding = decision.route, decision.embedding
        if decision.failure:
            trace["routing_failure"] = decision.failure
        by_model = decision.source is RouteSource.MODEL
        if by_model and not self._may_be_shown(route.reasoning, check):
            route = route.model_copy(update={"reasoning": ""})
        trace["route"] = {**route.model_dump(mode="json"), "source": decision.source.value}
        if decision.wishes:
            trace["wishes"] = [wish.label.value for wish in decision.wishes]
        return replace(decision, route=route)

    def _draft(
        self,
        specialist: Specialist,
        wishes: Sequence[Wish],
        known_values: Mapping[str, str],
        window: Window,
        session: ModelSession,
        toolbox: Toolbox,
        speaks: Language,
        trace: dict[str, Any],
    ) -> tuple[Specialist, Draft, bool]:
        """Returns who answered at last, the words, and whether they were found without a model."""
        worked = [specialist]
        try:
            while not session.out_of_reach:
                prompt = self.prompts.render(specialist.prompt, known_values)
                colleagues = may_take_over(worked)
                made = work(specialist, prompt, window, session, toolbox, colleagues, wishes)
                if isinstance(made, Draft):
                    return specialist, made, False
                self.telemetry.count("HandOvers")
                trace.setdefault("hand_overs", []).append(
                    {"from": specialist.name, "to": made.to.name, "reason": made.reason}
                )
                specialist = made.to
                worked.append(specialist)
        except ModelRefusedError as error:
            trace["answering_failure"] = str(error)
            if specialist.name is AgentName.FAQ:
                return specialist, Draft(speaks.phrases["safe"]), True
        except ModelError as error:
            trace["answering_failure"] = str(error)
        if specialist is SMALL_TALK:
            return specialist, Draft(speaks.phrases["introduction"]), True
        answer = degraded.answer(specialist.name, window, toolbox, speaks)
        return specialist, Draft(answer), True

    def _seen_to(
        self,
        specialist: Specialist,
        draft: Draft,
        session: ModelSession,
        toolbox: Toolbox,
        check: ReplyCheck,
        speaks: Language,
        trace: dict[str, Any],
    ) -> CitedReply:
        """Makes of a draft what may be sent, and makes sure that a ticket is named."""
        cited, blocked = self._guarded(draft, toolbox, speaks, trace)
        # Only a model invents: what was put together without one is made of receipts.
        findings = check.findings(cited.text, specialist.name) if draft.asked else []
        if findings and not blocked:
            self.telemetry.count("UnfoundedReplies")
            trace["receipts"] = {"missing": _as_json(findings), "repaired": False}
            correction = self.prompts.render("repair", {"findings": listed(findings)})
            again = repair(specialist, draft, correction, session)
            cited = CitedReply(_own_answer(findings, toolbox, speaks), ())
            if again is not None:
                repaired, blocked = self._guarded(again, toolbox, speaks, trace)
                left = check.findings(repaired.text, specialist.name)
                trace["receipts"] |= {"still_missing": _as_json(left), "repaired": not left}
                if blocked or not left:
                    cited = repaired
        text = cited.text
        for intent in toolbox.intents:
            if intent.number not in text:
                text = f"{text}\n\n{phrases.ticket_sentence(intent, speaks)}"
        if reaching := phrases.reaching(toolbox.intents, toolbox.address_noted, speaks):
            # Who sends just the address has asked nothing that there could be an answer to.
            only = (
                toolbox.address_noted
                and "?" not in toolbox.message.text
                and not (cited.citations or toolbox.intents)
            )
            text = reaching if only else f"{text}\n\n{reaching}"
        return CitedReply(text, cited.citations)

    def _guarded(
        self, draft: Draft, toolbox: Toolbox, speaks: Language, trace: dict[str, Any]
    ) -> tuple[CitedReply, bool]:
        """Takes out what may not leave, and keeps true sources; tells whether all was replaced."""
        guarded = self.guard.check(draft.text)
        if guarded.blocked or guarded.links_removed:
            trace["guard"] = {"blocked": guarded.blocked, "links_removed": guarded.links_removed}
            self.telemetry.count("GuardedReplies")
        cited = cite(guarded.text, toolbox.passages)
        if guarded.blocked or not cited.text:
            return CitedReply(speaks.phrases["safe"], ()), True
        citations = tuple(
            one.model_copy(update={"snippet": self.guard.check(one.snippet).text})
            for one in cited.citations
        )
        return CitedReply(cited.text, citations), False

    def _see_to_writes(
        self, window: Window, toolbox: Toolbox, check: ReplyCheck, trace: dict[str, Any]
    ) -> None:
        """Lets nothing be written in a model's words that a reply could not say."""
        for place, intent in enumerate(toolbox.intents):
            if not self._may_be_shown(f"{intent.subject}\n{intent.description}", check):
                own = degraded.ticket_for(window)
                words = {"subject": own.subject, "description": own.description}
                toolbox.intents[place] = intent.model_copy(update=words)
                trace["ticket_reworded"] = True
        proposal = toolbox.proposal
        if proposal is not None and proposal.kind is ActionKind.UPDATE_CONTACT:
            # Contact details are free text; the other actions are worked out of the records.
            wanted = "\n".join(proposal.arguments.values())
            if not self._may_be_shown(wanted, check):
                toolbox.proposal = None
                trace["proposal_dropped"] = True

    def _may_be_shown(self, text: str, check: ReplyCheck) -> bool:
        """True for a model's words that give nothing away and state nothing unknown."""
        guarded = self.guard.check(text)
        return not (guarded.blocked or guarded.links_removed) and check.may_be_shown(text)


def _turns_away(
    specialist: Specialist, wishes: Sequence[Wish], window: Window, toolbox: Toolbox
) -> bool:
    """Tells whether a specialist can but turn the sender away."""
    # What the company has written about is its business, whatever a router makes of it.
    if specialist is OUT_OF_SCOPE:
        return True
    if specialist is not ORDER or wishes or asks_about_ticket(window.text):
        return False
    # Who forgot a password cannot sign in first.
    return toolbox.account_problem() is not None


def _own_answer(findings: Sequence[Finding], toolbox: Toolbox, speaks: Language) -> str:
    """What is said instead of an answer that could not be put right."""
    if toolbox.intents:
        return speaks.phrases["escalated"]
    only_statements = all(finding.kind == STATEMENT for finding in findings)
    return speaks.phrases["unknown" if only_statements else "unsure"]


def _as_json(findings: Sequence[Finding]) -> list[dict[str, str]]:
    return [{"kind": finding.kind, "text": finding.text} for finding in findings]


def _known(message: QueuedMessage, now: datetime, spoken: Language | None) -> dict[str, str]:
    language = "the language of the sender's last message"
    if message.language is not None and _LANGUAGE_TAG.match(message.language):
        language = f"the language with the tag `{message.language}`"
    elif spoken is not None:
        language = f"{spoken.name}, the language that the sender writes in"
    return {
        "today": now.date().isoformat(),
        "caller": _CALLERS[message.principal.kind],
        "language": language,
    }


def _records(text: str, toolbox: Toolbox) -> tuple[RecordReference, ...]:
    """The records that were looked at and that the reply speaks of."""
    found: list[RecordReference] = []
    customer, subscription = toolbox.customer, toolbox.subscription
    if customer is not None and any(
        _says(text, word) for word in (customer.email, customer.name, customer.company_name) if word
    ):
        found.append(RecordReference(kind="customer", id=customer.id, label=customer.name))
    if subscription is not None and _says(text, subscription.plan):
        label = f"{subscription.plan}, {subscription.status.replace('_', ' ')}"
        found.append(RecordReference(kind="subscription", id=subscription.id, label=label))
    found += [
        RecordReference(kind="invoice", id=invoice.id, label=invoice.invoice_number)
        for invoice in toolbox.invoices.values()
        if _says(text, invoice.invoice_number)
    ]
    # The ticket that the turn makes or adds to is listed with what was written.
    written = {intent.number for intent in toolbox.intents}
    found += [
        RecordReference(kind="ticket", id=ticket.id, label=ticket.number)
        for ticket in toolbox.tickets.values()
        if ticket.number not in written and _says(text, ticket.number)
    ]
    return tuple(found)


def _says(text: str, words: str) -> bool:
    """Tells whether a text says these words, and not others that they are a part of."""
    # «INV-1» is neither in «INV-10» nor in «INV-1-2», and «free» not in «freely».
    whole = rf"(?<![\w-]){re.escape(words)}(?!-?\w)"
    return re.search(whole, text, re.IGNORECASE) is not None


def _evidence(
    session: ModelSession, toolbox: Toolbox, timings: Mapping[str, int]
) -> dict[str, Any]:
    return {
        "passages": [
            {
                "number": number,
                "passage_id": hit.passage_id,
                "document_id": hit.document_id,
                "document_version": hit.document_version,
                "title": hit.title,
                "section": hit.section,
                "score": hit.score,
                "similarity": hit.similarity,
            }
            for number, hit in toolbox.passages.items()
        ],
        "searches": toolbox.searches,
        "tool_calls": toolbox.calls,
        "model_calls": session.calls,
        "timings_ms": dict(timings),
    }
