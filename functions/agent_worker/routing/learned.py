"""The classifier as the worker comes by it: read from the store, or trained once for everybody."""

import time
from collections.abc import Callable, Sequence
from functools import cached_property
from threading import Lock, Thread

from agent_worker.languages import detect
from agent_worker.routing.classifier import VERSION, Classifier
from agent_worker.routing.examples import Example, fingerprint
from agent_worker.telemetry import Telemetry
from frontdesk.domain.errors import InfrastructureError, ModelUnavailableError
from frontdesk.ports import Embedder, RouterModelStore

LOOK_AGAIN_SECONDS = 15.0
"""How long a process that found no trained classifier leaves the store alone."""

CLAIM_SECONDS = 60
"""Training takes some ten seconds; a process that is frozen or gone meanwhile is
not waited for longer than this, and training twice does no harm."""

EMBEDDING_TIMEOUT_SECONDS = 30.0
"""For one batch of examples: nobody waits for it."""


def in_background(work: Callable[[], None]) -> None:
    """Runs something beside the turn; it is gone with the process."""
    Thread(target=work, name="router-training", daemon=True).start()


class LearnedRouting:
    """Gives the classifier of one embedding model, as soon as there is one.

    Args:
        store: Where trained classifiers are kept.
        embedder: Embeds the examples, and the messages.
        examples: What is learned from.
        telemetry: Where it is said that something was trained, or was not.
        run: Runs the training; nobody waits for it.
        monotonic: A clock that never goes back, in seconds.
    """

    def __init__(
        self,
        store: RouterModelStore,
        embedder: Embedder,
        examples: Sequence[Example],
        telemetry: Telemetry,
        *,
        run: Callable[[Callable[[], None]], None] = in_background,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self.embedder = embedder
        self._examples = tuple(examples)
        self._fingerprint = fingerprint(self._examples, VERSION)
        self._telemetry = telemetry
        self._run = run
        self._monotonic = monotonic
        self._lock = Lock()
        self._classifier: Classifier | None = None
        self._look_again_at = float("-inf")

    @cached_property
    def languages(self) -> frozenset[str]:
        """The languages that the examples are plainly in, by their codes."""
        found = (detect(example.text) for example in self._examples)
        return frozenset(one.code for one in found if one is not None)

    def classifier(self) -> Classifier | None:
        """Returns the classifier; None, and its training begun, where there is none yet."""
        with self._lock:
            if self._classifier is None and self._monotonic() >= self._look_again_at:
                self._look_again_at = self._monotonic() + LOOK_AGAIN_SECONDS
                self._look()
            return self._classifier

    def _look(self) -> None:
        model = self.embedder.model
        try:
            content = self._store.load(model, self._fingerprint)
            if content is not None:
                self._classifier = Classifier.from_bytes(content)
            elif self._store.claim(model, self._fingerprint, seconds=CLAIM_SECONDS):
                self._run(self._train)
        except (InfrastructureError, ValueError) as error:
            self._telemetry.problem("router.not_loaded", error)

    def _train(self) -> None:
        started = self._monotonic()
        try:
            embeddings = self.embedder.embed(
                [example.text for example in self._examples], timeout=EMBEDDING_TIMEOUT_SECONDS
            )
            trained = Classifier.train(self._examples, embeddings)
            self._store.save(self.embedder.model, self._fingerprint, trained.to_bytes())
        except (InfrastructureError, ModelUnavailableError) as error:
            # Tried again by whoever comes when the claim has run out.
            self._telemetry.problem("router.not_trained", error)
            return
        self._classifier = trained
        seconds = round(self._monotonic() - started, 1)
        self._telemetry.event("router.trained", examples=len(self._examples), seconds=seconds)
