"""Embedding a text once in the life of a process, where the same texts are asked for again."""

import hashlib
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import batched

from frontdesk.clock import monotonic
from frontdesk.domain.errors import ModelUnavailableError
from frontdesk.ports import Embedder

BATCH_SIZE = 32
"""Texts between two looks at the clock; what is embedded by then is kept."""


class KeptVectors:
    """The vectors of the texts that were wanted last.

    Texts are known by their digests, and none is kept that is not wanted any more: what customers
    wrote does not outlive in memory what was read of it.

    Args:
        clock: Seconds that only go forward.
    """

    def __init__(self, *, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._known: dict[bytes, array[float]] = {}

    def embed(
        self, texts: Iterable[str], embedder: Embedder, *, seconds: float
    ) -> Mapping[str, Sequence[float]]:
        """Embeds those texts that were not wanted the last time.

        Args:
            texts: The texts.
            embedder: Embeds what is new.
            seconds: How long all of it may take.

        Returns:
            A vector for each text.

        Raises:
            ModelUnavailableError: The embedding service is out of reach, or the time is over; what
                it embedded before is kept.
        """
        deadline = self._clock() + seconds
        digests = {text: _digest(embedder.model, text) for text in texts}
        wanted = set(digests.values())
        self._known = {key: vector for key, vector in self._known.items() if key in wanted}
        new = [text for text, digest in digests.items() if digest not in self._known]
        for some in batched(new, BATCH_SIZE, strict=False):
            left = deadline - self._clock()
            if left <= 0:
                raise ModelUnavailableError("not all of it could be embedded in time")
            for text, vector in zip(some, embedder.embed(some, timeout=left), strict=True):
                # A quarter of what a list takes.
                self._known[digests[text]] = array("f", vector)
        return {text: self._known[digest] for text, digest in digests.items()}


def _digest(model: str, text: str) -> bytes:
    return hashlib.sha256(f"{model}\0{text}".encode()).digest()
