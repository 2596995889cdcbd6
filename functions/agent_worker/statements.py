"""Whether an answer's statements are those of its passages: by their words, sentence by sentence.

A paraphrase keeps the words that matter (names of things, verbs of the steps); an invention brings
its own. Where the answer is in another language than the passages nothing can be said, and nothing
is held against it.
"""

import re
from collections.abc import Sequence

from agent_worker.languages import detect, languages
from agent_worker.promises import sentences

MIN_STEMS = 5
"""A sentence with fewer words of meaning says too little to be judged."""

SUPPORTED_FROM = 0.4
"""Share of a sentence's words that one passage has. Sentences that quote have nearly all, free
paraphrases more than half, inventions on the same subject a quarter."""

SUPPORTED_SHARE = 0.5
"""Of an answer's statements: with fewer than half of them supported it is not the passages'."""

STEM_LETTERS = 5
"""«subscribe» and «subscription» begin alike, as such words do in all languages spoken here."""

MIN_WORD_LETTERS = 4

_WORD = re.compile(r"[^\W\d_]+")
_MARKUP = re.compile(r"\[\d+\]|`[^`]*`|https?://\S+")
# Manners, and what the speaker says of itself: no statement about the product.
_MANNERS = re.compile(
    r"\b(?:i|i'm|i'd|i've|me|sorry|welcome|help|assist|goodbye|hello|glad|happy|hope|thanks?|thank"
    r"|feel free|let me know|ticket|ich|leider|hilfe|helfen|gerne|danke|je|j'ai|désolé\w*|aider"
    r"|merci"
    r"|yo|lo siento|ayudar\w*|gracias|eu|lamento|ajudar|obrigad\w|mi dispiace|aiutar\w*|grazie)\b",
    re.IGNORECASE,
)


def unsupported_statements(reply: str, passages: Sequence[str]) -> list[str]:
    """Finds the statements of an answer that no passage supports, if they are most of it.

    Args:
        reply: The answer, as it would be sent.
        passages: What it was made from.

    Returns:
        The statements; none where at least half of the answer's are supported.
    """
    known = [_stems(passage) for passage in passages]
    judged = [(sentence, _stems(sentence)) for sentence in sentences(_MARKUP.sub(" ", reply))]
    statements = [
        (sentence, stems)
        for sentence, stems in judged
        if len(stems) >= MIN_STEMS
        and not sentence.endswith(("?", ":"))
        and not _MANNERS.search(sentence.replace("’", "'"))
    ]
    unsupported = [
        sentence
        for sentence, stems in statements
        if not any(len(stems & passage) >= SUPPORTED_FROM * len(stems) for passage in known)
    ]
    if len(statements) - len(unsupported) >= SUPPORTED_SHARE * len(statements):
        return []
    return [] if _speak_differently(reply, passages) else unsupported


def _speak_differently(reply: str, passages: Sequence[str]) -> bool:
    spoken, written = detect(reply), detect(" ".join(passages))
    return spoken is not None and written is not None and spoken != written


_FUNCTION_WORDS = frozenset(
    word for one in languages() for word in one.words if len(word) >= MIN_WORD_LETTERS
)


def _stems(text: str) -> set[str]:
    return {
        word[:STEM_LETTERS]
        for word in _WORD.findall(text.lower())
        if len(word) >= MIN_WORD_LETTERS and word not in _FUNCTION_WORDS
    }
