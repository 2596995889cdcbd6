"""What the agents remember of a conversation: its last messages, within a token budget."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from frontdesk.domain.conversation import Message, MessageRole
from frontdesk.domain.memory import CHARACTERS_PER_TOKEN, WINDOW_TOKENS
from frontdesk.domain.model import PromptMessage, Role

_MARKER = re.compile(r"\s?\[\d+(?:\s*,\s*\d+)*\](?!\()")


@dataclass(frozen=True, slots=True)
class Window:
    """What the agents are shown of a conversation.

    Attributes:
        earlier: Messages before the one to be answered, oldest first.
        text: The message to be answered.
    """

    earlier: tuple[Message, ...]
    text: str

    @property
    def earlier_questions(self) -> tuple[str, ...]:
        """What the customer wrote before, oldest first."""
        return tuple(one.content for one in self.earlier if one.role is MessageRole.CUSTOMER)

    @property
    def written(self) -> tuple[str, ...]:
        """What the customer wrote, the latest first."""
        return self.text, *reversed(self.earlier_questions)


def make_window(messages: Sequence[Message], *, task_id: str, text: str) -> Window:
    """Chooses what is shown of a conversation.

    Args:
        messages: Its latest messages, oldest first.
        task_id: The task whose message is answered.
        text: That message.

    Returns:
        The message, and those before it that fit into the token budget.
    """
    left = WINDOW_TOKENS - tokens(text)
    kept: list[Message] = []
    for message in reversed(messages):
        if message.task_id == task_id or message.internal:
            continue
        left -= tokens(message.content)
        if left < 0:
            break
        kept.append(message)
    return Window(tuple(reversed(kept)), text)


def tokens(text: str) -> int:
    """Estimates how many tokens a text has.

    Args:
        text: The text.

    Returns:
        The estimate, rounded up.
    """
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def as_prompt(
    window: Window, *, latest: int | None = None, tagged: bool = False, clip: int | None = None
) -> list[PromptMessage]:
    """Makes a window into the messages of a prompt.

    Args:
        window: The window.
        latest: How many of the earlier messages; all of them by default.
        tagged: True to say before each reply which agent gave it.
        clip: Characters to show of each earlier message; all of them by default.

    Returns:
        Messages of the customer as the user's, all others as the assistant's.
    """
    earlier = window.earlier if latest is None else window.earlier[-latest:]
    return [
        *(_as_prompt(message, tagged, clip) for message in earlier),
        PromptMessage(role=Role.USER, content=window.text),
    ]


def _as_prompt(message: Message, tagged: bool, clip: int | None) -> PromptMessage:
    content = message.content if clip is None else message.content[:clip]
    match message.role:
        case MessageRole.CUSTOMER:
            return PromptMessage(role=Role.USER, content=content)
        case MessageRole.STAFF:
            content = f"(A person of the support team wrote:) {content}"
        case MessageRole.ASSISTANT:
            # The numbers of an earlier answer's sources mean nothing in this one.
            content = _MARKER.sub("", content)
            if tagged and message.agent is not None:
                content = f"({message.agent} agent:) {content}"
    return PromptMessage(role=Role.ASSISTANT, content=content)
