"""Questions of where and when support can be reached: general ones, and no wish for a person."""

from agent_worker.languages import languages

MAX_WORDS = 12
"""What is longer says what it wants support for."""


def asks_to_reach_us(text: str) -> bool:
    """Tells whether a message asks how, or when, support can be reached.

    Args:
        text: The message.

    Returns:
        True where it asks nothing else, in one of our languages.
    """
    if len(text.split()) > MAX_WORDS:
        return False
    return any(one.reaching_us.search(text) for one in languages())
