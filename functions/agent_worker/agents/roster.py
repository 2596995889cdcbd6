"""Who is on the team: each specialist's prompt, and the tools it is offered."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from agent_worker.routing.wishes import Wish
from agent_worker.tools.arguments import (
    CUSTOMER,
    INVOICES,
    SEARCH,
    SUBSCRIPTION,
    TICKET,
    TICKETS,
)
from frontdesk.domain.task import AgentName, Route, RouteLabel

SURELY_OUT_OF_SCOPE = 0.6
"""Below this the knowledge base is asked all the same: a wrong «not my business» is worse."""


class FirstLookUp(StrEnum):
    """What a route makes certain enough to be looked up before the first model call."""

    NONE = "none"
    KNOWLEDGE = "knowledge"
    RECORDS = "records"


@dataclass(frozen=True, slots=True)
class Specialist:
    """A specialist of the team.

    Attributes:
        name: Whom the reply is signed with.
        prompt: The file of its instructions, without the ending.
        tools: The tools it is offered.
        first_look_up: What is looked up before the first model call.
        proposes: True to be offered the tools that propose changes, where the sender may confirm.
    """

    name: AgentName
    prompt: str
    tools: tuple[str, ...] = ()
    first_look_up: FirstLookUp = FirstLookUp.NONE
    proposes: bool = False


FAQ = Specialist(AgentName.FAQ, "faq", (SEARCH,), FirstLookUp.KNOWLEDGE)
ORDER = Specialist(
    AgentName.ORDER,
    "order",
    (CUSTOMER, SUBSCRIPTION, INVOICES, TICKETS, SEARCH),
    FirstLookUp.RECORDS,
    proposes=True,
)
ESCALATION = Specialist(AgentName.ESCALATION, "escalation", (TICKET, CUSTOMER))
OUT_OF_SCOPE = Specialist(AgentName.FAQ, "out_of_scope")
SMALL_TALK = Specialist(AgentName.FAQ, "small_talk")


def with_wishes(specialist: Specialist, wishes: Sequence[Wish]) -> Specialist:
    """Gives a specialist the tools that a message's other wishes need.

    Args:
        specialist: Who answers.
        wishes: The wishes of a message that has several.

    Returns:
        The same specialist; escalation can look things up where that is wished for as well.
    """
    if specialist is not ESCALATION or not wishes:
        return specialist
    return replace(specialist, tools=(TICKET, *ORDER.tools))


def specialist_for(route: Route) -> Specialist:
    """Chooses who answers.

    Args:
        route: Where the message was routed.

    Returns:
        The specialist.
    """
    match route.agent:
        case RouteLabel.ORDER:
            return ORDER
        case RouteLabel.ESCALATION:
            return ESCALATION
        case RouteLabel.OUT_OF_SCOPE if route.confidence >= SURELY_OUT_OF_SCOPE:
            return OUT_OF_SCOPE
        case _:
            return FAQ
