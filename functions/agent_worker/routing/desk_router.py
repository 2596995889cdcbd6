"""The team's router: the surest of the ways to a route, the cheapest first.

::

    slips are put right         (words alone; whatever a model reads stays as it was written)
    small talk ─► FAQ                           (words alone: nothing is asked)
    a cue for a person ─► escalation            (words alone)
    a short follow-up  ─► who spoke last        (words alone)
    several sure wishes ─► whose business they are together     (one embedding of the clauses)
    where support can be reached ─► FAQ         (words alone)
    a change of one's own account ─► order      (words alone)
    which plans there are ─► FAQ                (words alone)
    one's own plan or invoices ─► order         (words alone, where they are not English)
    what is known of the sender ─► order        (words alone)
    how one's own ticket stands ─► order        (words alone)
    the classifier is sure ─► its label         (one embedding, which the search uses again;
                                                 it declines no language that it has not learned)
    the model ─► its label                      (one call, with the recent turns)
    keywords                                    (the model is out of reach)
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from agent_worker.languages import detect
from agent_worker.memory import Window
from agent_worker.model_session import ModelSession
from agent_worker.routing.classifier import ANSWERABLE, Classification
from agent_worker.routing.cues import asks_about_plans, escalating_cue, wants_own_change
from agent_worker.routing.follow_ups import follow_up_route
from agent_worker.routing.keywords import route_by_keywords
from agent_worker.routing.learned import LearnedRouting
from agent_worker.routing.own_records import asks_for_own_profile, asks_for_own_records
from agent_worker.routing.reaching_us import asks_to_reach_us
from agent_worker.routing.router import Decision, ModelRouter, RouteSource
from agent_worker.routing.small_talk import is_small_talk
from agent_worker.routing.spelling import as_meant, vocabulary
from agent_worker.routing.tickets import asks_about_ticket
from agent_worker.routing.wishes import Wish, requests
from frontdesk.domain.errors import ModelError, ModelUnavailableError
from frontdesk.domain.knowledge import QueryEmbedding
from frontdesk.domain.task import Route, RouteLabel
from frontdesk.knowledge.searching import QUERY_TIMEOUT_SECONDS, embeddings_of

CUE_CONFIDENCE = 0.95
"""None of the examples that a cue was found in is anything else."""

WISHES_CONFIDENCE = 0.9
"""Each clause was one that can be looked up, and one of them surely so."""

LIKELY = 0.5
"""How likely a clause beside a sure one has to be a wish that can be looked up."""

_OTHER_LETTERS = re.compile("[\u0370-\u1dff\u2c80-\ua6ff\ua800-\ud7ff\uf900-\ufaff]")
"""Greek and what follows it in Unicode: signs, phonetic and full-width forms left out."""

MAX_CLASSIFIED_CHARACTERS = 1_000
"""The examples are short: what is longer tells a story, which the model reads better."""


_TELLING: tuple[tuple[RouteLabel, Callable[[str], bool], str], ...] = (
    (RouteLabel.FAQ, asks_to_reach_us, "where support can be reached"),
    (RouteLabel.ORDER, wants_own_change, "a change of the sender's own account"),
    (RouteLabel.ORDER, asks_about_ticket, "how a ticket of the sender's stands"),
    (RouteLabel.FAQ, asks_about_plans, "which plans there are"),
    (RouteLabel.ORDER, asks_for_own_records, "the sender's own plan or invoices"),
    (RouteLabel.ORDER, asks_for_own_profile, "what is known of the sender"),
)
"""What tells by its words where a message belongs that has one wish, and what it is."""


class DeskRouter:
    """Routes messages; whatever is out of reach, there is a route.

    Args:
        model_router: Asks the model.
        learned: Gives the classifier; None to do without.
        sure_from: The classifier's confidence from which the model is not asked, 0 to 1.
    """

    def __init__(
        self,
        model_router: ModelRouter,
        learned: LearnedRouting | None = None,
        *,
        sure_from: float = 1.0,
    ) -> None:
        self._model_router = model_router
        self._learned = learned
        self._sure_from = sure_from

    def prepare(self) -> None:
        """Reads the words and looks for the trained classifier before a message needs them."""
        vocabulary()
        if self._learned is not None:
            self._learned.classifier()

    def decide(self, window: Window, session: ModelSession) -> Decision:
        """Routes the message of a window; this always ends with a route.

        Args:
            window: The conversation, and the message to be routed.
            session: The turn's model calls.

        Returns:
            The route, and how it was found.
        """
        meant = as_meant(window.text)
        parts = requests(meant)
        # What seems a slip may be a word of another language: «nein», which is not «nine».
        readings = dict.fromkeys((window.text, meant))
        if any(map(is_small_talk, readings)):
            route = Route(
                agent=RouteLabel.FAQ,
                confidence=CUE_CONFIDENCE,
                reasoning="By its words: small talk.",
            )
            return Decision(route, RouteSource.KEYWORDS, small_talk=True)
        cue = next(filter(None, map(escalating_cue, readings)), None)
        if cue is not None:
            route = Route(
                agent=RouteLabel.ESCALATION,
                confidence=CUE_CONFIDENCE,
                reasoning=f"By its words: {cue}.",
            )
            return Decision(route, RouteSource.KEYWORDS, wishes=self._wishes(parts))
        follow_ups = (follow_up_route(replace(window, text=reading)) for reading in readings)
        follow_up = next(filter(None, follow_ups), None)
        if follow_up is not None:
            return Decision(follow_up, RouteSource.FOLLOW_UP)
        wishes = self._wishes(parts) if len(parts) > 1 else ()
        if len({wish.text for wish in wishes}) > 1:
            return Decision(_joint_route(wishes), RouteSource.EMBEDDING, wishes=wishes)
        for label, says, what in _TELLING:
            if any(map(says, readings)):
                route = Route(
                    agent=label, confidence=CUE_CONFIDENCE, reasoning=f"By its words: {what}."
                )
                return Decision(route, RouteSource.KEYWORDS)
        return self._by_meaning(window, meant, session)

    def _by_meaning(self, window: Window, meant: str, session: ModelSession) -> Decision:
        """Routes a message with one wish: by the classifier, by the model, or at last by words.

        The model reads the message as it is written: it knows more words than we do.
        """
        found, embedding = self._classify(window.text, meant)
        if found is not None and self._is_sure(found, window.text):
            return Decision(_learned_route(found), RouteSource.EMBEDDING, embedding=embedding)
        try:
            route = self._model_router.route(window, session)
            return Decision(route, RouteSource.MODEL, embedding=embedding)
        except ModelError as error:
            failure = str(error)
        if found is not None and found.label is not RouteLabel.OUT_OF_SCOPE:
            # Less sure than is wanted, and still far better than keywords.
            return Decision(_learned_route(found), RouteSource.EMBEDDING, failure, embedding)
        return Decision(route_by_keywords(meant), RouteSource.KEYWORDS, failure, embedding)

    def _is_sure(self, found: Classification, text: str) -> bool:
        """False also where an unknown language would be declined because it is unknown.

        To an embedding model of one language, all that is said in another is far from every
        example, and so looks like none of the company's business.
        """
        if found.confidence < self._sure_from or self._learned is None:
            return False
        if found.label is not RouteLabel.OUT_OF_SCOPE:
            return True
        spoken = detect(text)
        if spoken is None:
            # All our languages are written in Latin letters.
            return _OTHER_LETTERS.search(text) is None
        return spoken.code in self._learned.languages

    def _wishes(self, parts: Sequence[str]) -> tuple[Wish, ...]:
        """Classifies the clauses of a message; those that can be looked up are wishes.

        Where one of them surely is a wish, the others need only be likely ones: a look-up in vain
        costs little, a wish that nobody serves costs the customer another message.

        A wish for a person is known by its words, and anger is no wish of its own: they are left
        out, since who is escalated is answered by escalation in any case.
        """
        calm = [part for part in parts if escalating_cue(part) is None]
        classifier = self._learned.classifier() if self._learned is not None and calm else None
        if self._learned is None or classifier is None:
            return ()
        try:
            vectors = self._learned.embedder.embed(calm, timeout=QUERY_TIMEOUT_SECONDS)
        except ModelUnavailableError:
            return ()
        classified = (classifier.classify(*pair) for pair in zip(calm, vectors, strict=True))
        found = [
            (part, one)
            for part, one in zip(calm, classified, strict=True)
            if one is not None and one.label in ANSWERABLE and one.answerable >= LIKELY
        ]
        if not any(one.answerable >= self._sure_from for _, one in found):
            return ()
        return tuple(Wish(label, part) for part, one in found for label in _kinds(one))

    def _classify(
        self, text: str, meant: str
    ) -> tuple[Classification | None, QueryEmbedding | None]:
        """Classifies a message as it was meant; the embedding is of what was written.

        That is what will be searched, and both are embedded in one call.
        """
        if self._learned is None or len(text) > MAX_CLASSIFIED_CHARACTERS or not text.strip():
            return None, None
        classifier = self._learned.classifier()
        if classifier is None:
            return None, None
        written, *others = embeddings_of(dict.fromkeys((text, meant)), self._learned.embedder)
        read = others[0] if others else written
        if read.vector is None:
            return None, written
        return classifier.classify(meant, read.vector), written


def _kinds(found: Classification) -> tuple[RouteLabel, ...]:
    """Where a wish is looked up: in both places, unless one is twice as likely as the other."""
    clear = found.confidence * 3 >= found.answerable * 2
    return (found.label,) if clear else ANSWERABLE


def _joint_route(wishes: Sequence[Wish]) -> Route:
    """The account's specialist can search too; the other one cannot look into accounts."""
    labels = {wish.label for wish in wishes}
    return Route(
        agent=RouteLabel.ORDER if RouteLabel.ORDER in labels else RouteLabel.FAQ,
        confidence=WISHES_CONFIDENCE,
        reasoning=f"Several wishes, by their meaning: {', '.join(wish.label for wish in wishes)}.",
    )


def _learned_route(found: Classification) -> Route:
    return Route(
        agent=found.label,
        confidence=found.confidence,
        reasoning=(
            f"By its meaning; the nearest example is one of {found.nearest.value} "
            f"(similarity {found.similarity:.2f})."
        ),
    )
