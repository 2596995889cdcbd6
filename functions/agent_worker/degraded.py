"""A useful answer without the model: quoted knowledge, account facts, or a ticket."""

import re
from collections.abc import Mapping
from datetime import date

from agent_worker import phrases
from agent_worker.citations import clipped, without_markers
from agent_worker.languages import Language
from agent_worker.memory import Window
from agent_worker.promises import Backing, empty_promises
from agent_worker.routing.tickets import asks_about_ticket, ticket_number_in
from agent_worker.tools.arguments import (
    MAX_DESCRIPTION_CHARACTERS,
    TicketArguments,
)
from agent_worker.tools.toolbox import NOT_SIGNED_IN, Toolbox
from frontdesk.domain.actions import RefusalReason, renews_on
from frontdesk.domain.records import Invoice, Subscription, TicketCategory, TicketPriority
from frontdesk.domain.task import AgentName

QUOTED_CHARACTERS = 700
"""Of a passage: the steps or the rule, without the rest of the page."""

MAX_QUOTES = 2
"""The best passage, and the next where it is nearly as good; more is a list, not an answer."""

NEARLY_AS_GOOD = 0.7

SUBJECT_CHARACTERS = 100

_CATEGORIES = {
    TicketCategory.BILLING: r"charg|bill|invoice|refund|pay|price|money|card|subscription",
    TicketCategory.ACCOUNT: r"log ?in|password|account|profile|e-?mail address|access",
    TicketCategory.BUG_REPORT: r"\bbug|crash|error|broken|wrong result",
    TicketCategory.TECHNICAL: r"sync|slow|load|integration|api|install|not work|doesn.t work",
    TicketCategory.FEATURE_REQUEST: r"feature|would be (?:nice|great)|please add|wish",
}
_URGENT = r"lawyer|attorney|legal|lawsuit|data loss|lost (?:all|my) data|breach|safety|police"
_HIGH = (
    r"angry|furious|frustrat|unacceptable|ridiculous|outrag|twice|two times|double|immediately"
    r"|right now|urgent|asap|complain|scam|fraud|!!"
)


def answer(agent: AgentName, window: Window, toolbox: Toolbox, speaks: Language) -> str:
    """Answers as well as it can be done without the model.

    Args:
        agent: Whose business the message is.
        window: The conversation, and the message to be answered.
        toolbox: The turn's tools.
        speaks: The customer's language.

    Returns:
        The answer; its sources are marked like a model's.
    """
    match agent:
        case AgentName.ESCALATION:
            return speaks.phrases["escalated"]
        case AgentName.ORDER:
            if asks_about_ticket(window.text):
                return _ticket_facts(window, toolbox, speaks)
            return _account_facts(toolbox, speaks)
        case AgentName.FAQ:
            return _quotes(window, toolbox, speaks)


def ticket_for(window: Window) -> TicketArguments:
    """Words a ticket from the customer's own message.

    Args:
        window: The conversation, and the message to be answered.

    Returns:
        What the ticket says.
    """
    text = window.text
    categories = [name for name, words in _CATEGORIES.items() if _has(words, text)]
    priority = TicketPriority.MEDIUM
    if _has(_URGENT, text):
        priority = TicketPriority.URGENT
    elif _has(_HIGH, text):
        priority = TicketPriority.HIGH
    return TicketArguments(
        subject=clipped(text, SUBJECT_CHARACTERS),
        description=text[:MAX_DESCRIPTION_CHARACTERS],
        category=categories[0] if categories else TicketCategory.OTHER,
        priority=priority,
    )


def _quotes(window: Window, toolbox: Toolbox, speaks: Language) -> str:
    says = speaks.phrases
    found = [pair for pair in toolbox.search(window.text) if _may_be_quoted(pair[1].content)]
    if not found:
        return f"{says['apology']} {says['nothing_found']}"
    best = found[0][1].score
    near = [pair for pair in found[:MAX_QUOTES] if pair[1].score >= best * NEARLY_AS_GOOD]
    quotes = [
        f"**{hit.title}** [{number}]\n\n{_quoted(hit.content)}" for number, hit in near or found[:1]
    ]
    return "\n\n".join([f"{says['apology']} {says['quoting']}", *quotes])


def _may_be_quoted(content: str) -> bool:
    """False for a passage that speaks as if we had done something: no document can know that."""
    own = Backing(has_ticket=lambda: False, is_cancelled=False, passages=(content,))
    return not empty_promises(content, own)


def _quoted(content: str) -> str:
    text = without_markers(content)
    if len(text) > QUOTED_CHARACTERS:
        text = text[:QUOTED_CHARACTERS].rsplit(" ", 1)[0] + " …"
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _account_facts(toolbox: Toolbox, speaks: Language) -> str:
    says = speaks.phrases
    problem = toolbox.account_problem()
    if problem is not None:
        return says["sign_in" if problem is NOT_SIGNED_IN else "no_account"]
    subscription = toolbox.read_subscription()
    facts = [
        _subscription_fact(subscription, renews_on(subscription, toolbox.clock().date()), says)
        if subscription
        else speaks.refusals[RefusalReason.NO_SUBSCRIPTION]
    ]
    invoices = [_invoice_fact(invoice, says) for invoice in toolbox.read_invoices(None, None)]
    if invoices:
        facts.append(f"{says['invoices']}\n\n" + "\n".join(invoices))
    return "\n\n".join([f"{says['apology']} {says['account_facts']}", *facts])


def _ticket_facts(window: Window, toolbox: Toolbox, speaks: Language) -> str:
    says = speaks.phrases
    number = ticket_number_in(window.text)
    found = toolbox.read_tickets(number)
    if found is None:
        return says["sign_in" if toolbox.account_problem() is NOT_SIGNED_IN else "no_account"]
    now = toolbox.clock()
    facts = "\n".join(phrases.own_ticket(ticket, now, speaks) for ticket in found)
    told = f"{says['tickets']}\n\n{facts}" if found else phrases.no_ticket(number, speaks)
    return f"{says['apology']} {told}"


def _subscription_fact(record: Subscription, renewal: date | None, says: Mapping[str, str]) -> str:
    fact = says["subscription"].format(
        plan=record.plan,
        status=record.status.replace("_", " "),
        price=record.price,
        currency=record.currency,
        cycle=record.billing_cycle,
        seats=says["seat" if record.seats == 1 else "seats"].format(n=record.seats),
        since=record.start_date.isoformat(),
    )
    if record.trial_end_date is not None:
        fact += " " + says["trial"].format(day=record.trial_end_date.isoformat())
    if renewal is not None:
        fact += " " + says["renews"].format(day=renewal.isoformat())
    return fact


def _invoice_fact(record: Invoice, says: Mapping[str, str]) -> str:
    return says["invoice"].format(
        number=record.invoice_number,
        total=record.total,
        currency=record.currency,
        status=record.status,
        day=record.due_date.isoformat(),
    )


def _has(words: str, text: str) -> bool:
    return re.search(words, text, re.IGNORECASE) is not None
