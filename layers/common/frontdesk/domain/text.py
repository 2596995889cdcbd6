"""Cleaning of what people type, before anything else looks at it."""

import unicodedata

_KEPT_CONTROLS = frozenset("\n\t")
# Cf holds zero-width, bidi and tag characters; the joiners carry meaning in Indic scripts,
# Persian and emoji, so they stay where they stand between visible characters.
_JOINERS = frozenset("\u200c\u200d")
# These choose how the character before them is drawn, an emoji or a sign.
_SELECTORS = frozenset(chr(code) for code in range(0xFE00, 0xFE10))
# The supplementary selectors are used by rare ideographs only, and can spell out hidden text.
_HIDING_SELECTORS = frozenset(chr(code) for code in range(0xE0100, 0xE01F0))
_UNSEEN_ALONE = _JOINERS | _SELECTORS


def normalise(text: str) -> str:
    """Normalises a message: NFKC, no invisible or bidi characters, no outer white space.

    Invisible characters carry instructions past people who read over a model's shoulder.

    Args:
        text: The text as it was sent.

    Returns:
        The text as it is stored and answered; empty where nothing visible was in it.
    """
    cleaned = text.replace("\r\n", "\n").replace("\r", "\n")
    while True:
        visible = "".join(character for character in cleaned if _is_kept(character))
        # Dropping lets characters meet that compose, and composing may make some to drop.
        composed = unicodedata.normalize("NFKC", visible).strip()
        if composed == cleaned:
            break
        cleaned = composed
    if not any(character not in _UNSEEN_ALONE and not character.isspace() for character in cleaned):
        return ""
    return cleaned


def _is_kept(character: str) -> bool:
    if character in _KEPT_CONTROLS or character in _JOINERS:
        return True
    # Cc, Cf, Cs, Co and Cn; U+2800 and the Hangul fillers are letters that show nothing.
    if unicodedata.category(character)[0] == "C":
        return False
    if character in _HIDING_SELECTORS:
        return False
    return character not in "\u2800\u115f\u1160\u3164\uffa0\u034f\u17b4\u17b5"
