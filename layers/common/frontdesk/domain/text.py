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
# Letters and marks that show nothing: U+2800, the Hangul fillers, and what joins or holds vowels.
_UNSEEN = frozenset("\u2800\u115f\u1160\u3164\uffa0\u034f\u17b4\u17b5")
_HARD_TO_SEE = _SELECTORS | _HIDING_SELECTORS | _UNSEEN


def normalise(text: str) -> str:
    """Normalises a message: NFKC, no invisible or bidi characters, no outer white space.

    Invisible characters carry instructions past people who read over a model's shoulder.

    Args:
        text: The text as it was sent.

    Returns:
        The text as it is stored and answered; empty where nothing visible was in it.
    """
    cleaned = text.replace("\r\n", "\n").replace("\r", "\n")
    if _is_plain(cleaned):
        return cleaned.strip()
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


def _is_plain(text: str) -> bool:
    """True where all is composed and can be seen, as it is of nearly every text."""
    # What `isprintable` lets pass is of no category C, and no space but the ordinary one.
    return (
        text.replace("\n", "").replace("\t", "").isprintable()
        and unicodedata.is_normalized("NFKC", text)
        and _HARD_TO_SEE.isdisjoint(text)
    )


def _is_kept(character: str) -> bool:
    if character in _KEPT_CONTROLS or character in _JOINERS:
        return True
    # Cc, Cf, Cs, Co and Cn.
    if unicodedata.category(character)[0] == "C":
        return False
    return character not in _HIDING_SELECTORS and character not in _UNSEEN
