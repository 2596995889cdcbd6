"""Small talk: greetings, thanks, and questions about who answers here."""

from agent_worker.languages import languages

MAX_WORDS = 12
"""«Hello there, thanks a lot, am I talking to a person or a bot?» has twelve."""


def is_small_talk(text: str) -> bool:
    """Tells whether a message is nothing but small talk, in one of our languages.

    Such a message has no question that could be looked up, and needs no person either.

    Args:
        text: The message.

    Returns:
        True where all its words are.
    """
    if text.strip() and not any(map(str.isalnum, text)):
        # «?», «…» and a smile ask nothing.
        return True
    if len(text.split()) > MAX_WORDS:
        return False
    return any(one.small_talk.fullmatch(text) for one in languages())
