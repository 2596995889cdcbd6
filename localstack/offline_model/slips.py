"""Reads over slips: a word without a token of its own is taken for a near one that is known."""

import re
from collections.abc import Mapping

from frontdesk.domain.spelling import MOST_LETTERS, respelling
from localstack.offline_model.embedding import Embedder
from localstack.offline_model.text import is_foreign, words

LEAST_LETTERS = 4
"""Of shorter words, too many are one letter apart."""


def as_meant(text: str, known: Mapping[str, int], embedder: Embedder) -> str:
    """Puts right what seems misspelt.

    Args:
        text: A customer's words.
        known: The words that may be meant, in lower case, and how often each is written.
        embedder: Whose tokens tell which words there are.

    Returns:
        The text; as it is where it is not in English.
    """
    if is_foreign(text):
        return text
    for word in sorted(set(words(text)) - known.keys()):
        if (
            LEAST_LETTERS <= len(word) <= MOST_LETTERS
            and word.isalpha()
            and embedder.count_tokens(word) > 1
            and (meant := respelling(word, known)) is not None
        ):
            text = re.sub(rf"\b{word}\b", meant, text, flags=re.IGNORECASE)
    return text
