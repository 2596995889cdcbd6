"""A specialist at work: it asks the model, runs the tools it calls, until it has an answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent_worker.agents.first_calls import first_calls
from agent_worker.agents.hand_over import HAND_OVER, HandOver, spec_of, wanted
from agent_worker.agents.roster import Specialist
from agent_worker.memory import Window, as_prompt
from agent_worker.model_session import ModelSession
from agent_worker.routing.wishes import Wish
from agent_worker.tools.arguments import spec
from agent_worker.tools.toolbox import Toolbox
from frontdesk.domain.errors import ModelError, ModelOutputError
from frontdesk.domain.model import PromptMessage, Role, ToolCall

MAX_TOOL_CALLS_AT_ONCE = 5
"""An honest answer needs two or three look-ups; a model that wants more has lost its way."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer that nobody has looked at yet.

    Attributes:
        text: As the model wrote it.
        asked: The prompt that it answers; none where no model wrote it.
    """

    text: str
    asked: tuple[PromptMessage, ...] = ()


def work(
    specialist: Specialist,
    system_prompt: str,
    window: Window,
    session: ModelSession,
    toolbox: Toolbox,
    colleagues: Sequence[Specialist] = (),
    wishes: Sequence[Wish] = (),
) -> Draft | HandOver:
    """Makes a specialist's answer.

    Args:
        specialist: Who answers.
        system_prompt: Its instructions, filled in.
        window: The conversation, and the message to be answered.
        session: The turn's model calls.
        toolbox: The turn's tools.
        colleagues: Who may take over.
        wishes: The message's, where it has several.

    Returns:
        The answer as the model wrote it, and what it was asked; or who is to answer instead.

    Raises:
        ModelError: The model gave no usable answer.
    """
    messages = [PromptMessage(role=Role.SYSTEM, content=system_prompt), *as_prompt(window)]
    looked_up = first_calls(specialist, window, wishes)
    if looked_up:
        messages += _run_calls(looked_up, specialist, toolbox)
    specs = [spec(name) for name in _offered(specialist, toolbox)]
    if colleagues:
        specs.append(spec_of(colleagues))
    while True:
        # Its last call has to be an answer, so no tool is offered in it.
        offered = specs if session.budget.calls_left > 1 else []
        completion = session.complete(specialist.name, messages, tools=offered)
        if not completion.tool_calls or not offered:
            if not completion.content.strip():
                raise ModelOutputError("the answer is empty")
            return Draft(completion.content, tuple(messages))
        calls = completion.tool_calls[:MAX_TOOL_CALLS_AT_ONCE]
        hand_over = wanted(calls, colleagues)
        if hand_over is not None:
            # What was asked for beside it is done: a ticket must not get lost on the way.
            _run_calls([call for call in calls if call.name != HAND_OVER], specialist, toolbox)
            return hand_over
        messages += _run_calls(calls, specialist, toolbox, said=completion.content)


def repair(
    specialist: Specialist, draft: Draft, correction: str, session: ModelSession
) -> Draft | None:
    """Lets a specialist write its answer once more.

    Args:
        specialist: Who answers.
        draft: The answer that may not be sent.
        correction: What is wrong with it.
        session: The turn's model calls.

    Returns:
        The new answer; None where there is no call left for it, or none came.
    """
    if not draft.asked or session.out_of_reach or session.budget.calls_left < 1:
        return None
    messages = (
        *draft.asked,
        PromptMessage(role=Role.ASSISTANT, content=draft.text),
        PromptMessage(role=Role.SYSTEM, content=correction),
    )
    try:
        completion = session.complete(specialist.name, messages)
    except ModelError:
        return None
    return Draft(completion.content, messages) if completion.content.strip() else None


def _offered(specialist: Specialist, toolbox: Toolbox) -> tuple[str, ...]:
    """The specialist's tools, with those that propose what this sender may confirm."""
    return specialist.tools + (toolbox.action_tools if specialist.proposes else ())


def _run_calls(
    calls: Sequence[ToolCall], specialist: Specialist, toolbox: Toolbox, *, said: str = ""
) -> list[PromptMessage]:
    """Runs calls, and returns them with their results as the model's memory of them."""
    asked = PromptMessage(role=Role.ASSISTANT, content=said, tool_calls=tuple(calls))
    answered = [
        PromptMessage(
            role=Role.TOOL,
            content=toolbox.call(call, offered=_offered(specialist, toolbox)),
            tool_call_id=call.id,
        )
        for call in calls
    ]
    return [asked, *answered]
