"""Embedding a text once in one preview, though it is compared, searched and published."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import batched

from frontdesk.domain.errors import ModelUnavailableError
from frontdesk.knowledge.publishing import EMBEDDING_TIMEOUT_SECONDS
from frontdesk.ports import Embedder
from support_api.deadline import Deadline

BATCH_SIZE = 32
"""Texts between two looks at the clock; a second of a small embedding service's time."""


class RememberingEmbedder:
    """Keeps the promise of `frontdesk.ports.Embedder`, and what it has embedded.

    Args:
        embedder: Embeds what is not known yet.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, list[float]] = {}

    @property
    def model(self) -> str:
        """The embedding model's name."""
        return self._embedder.model

    def embed(self, texts: Sequence[str], *, timeout: float = 10.0) -> list[list[float]]:
        """Embeds texts, or remembers what was made of them.

        Args:
            texts: The texts; blanks around them make no difference, as in a search.
            timeout: Seconds for one call, with its retries.

        Returns:
            One vector a text.

        Raises:
            ModelUnavailableError: The embedding service is out of reach.
        """
        keys = [text.strip() for text in texts]
        new = self._unknown(keys)
        if new:
            made = self._embedder.embed(new, timeout=timeout)
            self._known.update(zip(new, made, strict=True))
        return [self._known[key] for key in keys]

    def embed_until(self, deadline: Deadline, texts: Iterable[str]) -> None:
        """Embeds as many texts as there is time for, in their order.

        Args:
            deadline: When to stop.
            texts: The texts.

        Raises:
            ModelUnavailableError: The embedding service is out of reach, though there was time.
        """
        for some in batched(
            self._unknown(text.strip() for text in texts), BATCH_SIZE, strict=False
        ):
            if deadline.is_over:
                return
            try:
                self.embed(some, timeout=min(EMBEDDING_TIMEOUT_SECONDS, deadline.seconds_left))
            except ModelUnavailableError:
                if deadline.is_over:
                    # It may be well, and slow: what is embedded can be told.
                    return
                raise

    def remember(self, text: str, vector: Sequence[float]) -> None:
        """Takes over what the model made of a text before."""
        self._known[text.strip()] = list(vector)

    def vector_of(self, text: str) -> Sequence[float] | None:
        """Returns a text's vector, where it is known."""
        return self._known.get(text.strip())

    def knows(self, texts: Iterable[str]) -> bool:
        """Tells whether all texts have been embedded."""
        return not self._unknown(text.strip() for text in texts)

    def recollection(self, model: str) -> "Recollection":
        """Gives what is known of a model's embeddings, to be used where nobody may wait."""
        return Recollection(model, self._known if model == self.model else {})

    def _unknown(self, keys: Iterable[str]) -> list[str]:
        return [key for key in dict.fromkeys(keys) if key not in self._known]


class Recollection:
    """Keeps the promise of `frontdesk.ports.Embedder` without ever asking the service.

    Args:
        model: The embedding model's name.
        known: Vectors by their texts, without blanks around them.
    """

    def __init__(self, model: str, known: Mapping[str, list[float]]) -> None:
        self._model = model
        self._known = known
        self._missed: dict[str, None] = {}

    @property
    def model(self) -> str:
        """The embedding model's name."""
        return self._model

    @property
    def missed(self) -> Sequence[str]:
        """Texts that were asked for and not known."""
        return tuple(self._missed)

    def embed(self, texts: Sequence[str], *, timeout: float = 10.0) -> list[list[float]]:  # noqa: ARG002
        """Remembers what was made of texts.

        Args:
            texts: The texts.
            timeout: Without meaning: nothing is waited for.

        Returns:
            One vector a text.

        Raises:
            ModelUnavailableError: One of them is not known.
        """
        keys = [text.strip() for text in texts]
        missed = [key for key in keys if key not in self._known]
        if missed:
            self._missed.update(dict.fromkeys(missed))
            raise ModelUnavailableError("not embedded before")
        return [self._known[key] for key in keys]
