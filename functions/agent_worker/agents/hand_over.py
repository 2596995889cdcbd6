"""Handing a message over to another specialist: a tool that ends the work of the one who calls it.

Each specialist works once a turn, and escalation is where it ends, so there can be no loop and no
more than two hand-overs. A turn without one costs no call more.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from agent_worker.agents.roster import ESCALATION, FAQ, ORDER, Specialist
from frontdesk.domain.model import ToolCall, ToolSpec
from frontdesk.domain.task import AgentName

HAND_OVER = "hand_over"
MAX_HAND_OVERS = 2
MAX_REASON_CHARACTERS = 200

_BUSINESS = {
    AgentName.FAQ: "how things work and are done, plans and prices in general, policies",
    AgentName.ORDER: "the sender's own account: subscription, invoices, payments, profile, "
    "how tickets stand",
    AgentName.ESCALATION: "a person is wanted or needed; opens the ticket",
}
_SPECIALISTS = {one.name: one for one in (FAQ, ORDER, ESCALATION)}


@dataclass(frozen=True, slots=True)
class HandOver:
    """A specialist's wish that another one answers.

    Attributes:
        to: Who is to answer.
        reason: Why, in the model's words; for staff.
    """

    to: Specialist
    reason: str


def may_take_over(worked: Sequence[Specialist]) -> tuple[Specialist, ...]:
    """Says who may be handed the message.

    Args:
        worked: Who has worked on it in this turn, the present one last.

    Returns:
        The others; nobody once it was handed over as often as may be.
    """
    if len(worked) > MAX_HAND_OVERS or worked[-1].name not in (AgentName.FAQ, AgentName.ORDER):
        return ()
    if not worked[-1].tools:
        # It is there to decline.
        return ()
    names = {one.name for one in worked}
    return tuple(one for name, one in _SPECIALISTS.items() if name not in names)


def spec_of(targets: Collection[Specialist]) -> ToolSpec:
    """Describes the tool to the model.

    Args:
        targets: Who may take over; at least one.

    Returns:
        The tool with those who can be named.
    """
    business = "; ".join(f"`{one.name}`: {_BUSINESS[one.name]}" for one in targets)
    return ToolSpec(
        name=HAND_OVER,
        description=(
            "Hands the sender's message over to a colleague, who answers instead of you. Only "
            f"where it is not your business at all. {business}."
        ),
        parameters={
            "type": "object",
            "properties": {
                "to": {"type": "string", "enum": [one.name.value for one in targets]},
                "reason": {"type": "string", "description": "Why, in a few words."},
            },
            "required": ["to", "reason"],
            "additionalProperties": False,
        },
    )


def wanted(calls: Sequence[ToolCall], targets: Collection[Specialist]) -> HandOver | None:
    """Finds the hand-over among a model's calls.

    Args:
        calls: What the model asked for.
        targets: Who may take over.

    Returns:
        The first that names one of them, or None.
    """
    for call in calls:
        if call.name == HAND_OVER and call.arguments is not None:
            for one in targets:
                if call.arguments.get("to") == one.name.value:
                    reason = str(call.arguments.get("reason", ""))[:MAX_REASON_CHARACTERS]
                    return HandOver(one, reason)
    return None
