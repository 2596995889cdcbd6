"""Embeddings behind one door: OpenAI's endpoint, or that of a server like it."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from frontdesk import clock
from frontdesk.adapters.openai_errors import DEFAULT_BASE_URL, unavailable
from frontdesk.domain.backoff import backoff
from frontdesk.domain.errors import ModelUnavailableError

if TYPE_CHECKING:
    import openai

BATCH_SIZE = 32
"""Texts a call: far below every provider's limits, and little is lost when a call fails."""

MAX_ATTEMPTS = 3
"""The first call included. All of them together have to end within the time given."""

FIRST_BACKOFF_SECONDS = 0.25
"""Doubled from one attempt to the next, unless the provider says how long to wait."""


class OpenAIEmbeddings:
    """A provider of embeddings; makes the embedder of each of its models.

    Args:
        api_key: Gives the provider's key, at each call.
        base_url: Another server than OpenAI's; '' for OpenAI's own.
        sleep: Waits between attempts.
        now: A clock that only goes forward, in seconds.
    """

    def __init__(
        self,
        api_key: Callable[[], str],
        *,
        base_url: str = "",
        sleep: Callable[[float], None] = clock.sleep,
        now: Callable[[], float] = clock.monotonic,
    ) -> None:
        self._sleep = sleep
        self._now = now
        self._api_key = api_key
        self._base_url = base_url or DEFAULT_BASE_URL
        self._made: openai.OpenAI | None = None

    def __call__(self, model: str) -> "OpenAIEmbedder":
        """Returns the embedder of a model; a `frontdesk.knowledge.publishing.EmbedderOf`.

        Args:
            model: The model's name.

        Returns:
            Its embedder, on the provider's one client.
        """
        return OpenAIEmbedder(model, self._client, sleep=self._sleep, now=self._now)

    def close(self) -> None:
        """Closes the connections to the provider, where there are any."""
        if self._made is not None:
            self._made.close()

    def _client(self) -> "openai.OpenAI":
        if self._made is None:
            # Imported here because it takes a second: only who embeds pays for it.
            import openai

            from frontdesk.adapters.openai_http import BoundedHttpClient

            self._made = openai.OpenAI(
                # Asked for at each call, so that a rotated key needs no restart.
                api_key=self._api_key,
                base_url=self._base_url,
                max_retries=0,
                http_client=BoundedHttpClient(),
            )
        return self._made


class OpenAIEmbedder:
    """Keeps the promise of `frontdesk.ports.Embedder`; made by `OpenAIEmbeddings`."""

    def __init__(
        self,
        model: str,
        client: Callable[[], "openai.OpenAI"],
        *,
        sleep: Callable[[float], None],
        now: Callable[[], float],
    ) -> None:
        self._model = model
        self._client = client
        self._sleep = sleep
        self._now = now

    @property
    def model(self) -> str:
        """The embedding model's name, stored with every vector it makes."""
        return self._model

    def embed(self, texts: Sequence[str], *, timeout: float = 10.0) -> list[list[float]]:
        """Embeds texts, in order and in batches.

        Args:
            texts: At most a few thousand texts.
            timeout: Seconds for one batch, with its retries.

        Returns:
            One vector a text.

        Raises:
            ModelUnavailableError: The embedding service is out of reach, or does not answer
                with vectors.
        """
        vectors: list[list[float]] = []
        for start in range(0, len(texts), BATCH_SIZE):
            vectors += self._embed_batch(list(texts[start : start + BATCH_SIZE]), timeout)
        return vectors

    def _embed_batch(self, texts: list[str], timeout: float) -> list[list[float]]:
        deadline = self._now() + timeout
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                return self._call(texts, deadline - self._now())
            except ModelUnavailableError as error:
                wait = error.retry_after
                if wait is None:
                    wait = backoff(attempt, first=FIRST_BACKOFF_SECONDS, longest=timeout)
                in_time = self._now() + wait < deadline
                if attempt == MAX_ATTEMPTS or not error.retryable or not in_time:
                    raise
            self._sleep(wait)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _call(self, texts: list[str], timeout: float) -> list[list[float]]:
        import openai

        try:
            answer = self._client().embeddings.create(
                model=self._model, input=texts, timeout=timeout
            )
            vectors = [item.embedding for item in sorted(answer.data, key=lambda one: one.index)]
        except openai.OpenAIError as error:
            raise _ours(error) from error
        except (ValueError, TypeError, AttributeError) as error:
            # What the SDK says of a body that holds no vectors.
            kind = type(error).__name__
            raise ModelUnavailableError(f"no embeddings: {kind}", retryable=False) from error
        if len(vectors) != len(texts):
            raise ModelUnavailableError(
                f"{len(vectors)} embeddings for {len(texts)} texts", retryable=False
            )
        return vectors


def _ours(error: "openai.OpenAIError") -> ModelUnavailableError:
    """Wraps the SDK's error; its text may quote the texts, its class and status do not."""
    import openai

    if isinstance(error, openai.APIStatusError):
        return unavailable(error)
    passing = isinstance(error, openai.APIConnectionError)  # a time-out is one too
    return ModelUnavailableError(type(error).__name__, retryable=passing)
