"""Decides who should answer a message, with the turns before it where it leans on them."""

from dataclasses import dataclass

from localstack.offline_model.classifier import Classification, Classifier
from localstack.offline_model.conversation import Conversation, pleasantry
from localstack.offline_model.text import is_foreign

FAQ, ORDER, ESCALATION, OUT_OF_SCOPE = "faq", "order", "escalation", "out_of_scope"
LABELS = frozenset({FAQ, ORDER, ESCALATION, OUT_OF_SCOPE})

OWN_SHARE, JOINED_SHARE, LAST_AGENT_SHARE = 0.3, 0.45, 0.25
"""What counts for a follow-up: its own words, those with the question before, who spoke last."""
ESCALATES_ALONE = 0.6
"""From this confidence on, "a human please" needs no context."""
SURE = 0.95
UNREAD = 0.4
"""How sure it is of a message in a language that it does not read."""

_MEANINGS = {
    FAQ: "a general question about how things work",
    ORDER: "about the customer's own account, orders or payments",
    ESCALATION: "a complaint or a wish for a person",
    OUT_OF_SCOPE: "not about what this company does",
}


@dataclass(frozen=True)
class Route:
    """Who answers, and why."""

    label: str
    confidence: float
    reasoning: str
    probabilities: dict[str, float]


def route(conversation: Conversation, classifier: Classifier) -> Route:
    """Routes the question of a conversation.

    Args:
        conversation: What was said.
        classifier: Trained on the router's examples.

    Returns:
        The likeliest label.
    """
    question = conversation.question
    if not question:
        return _certain(classifier, FAQ, "There is no question.")
    # Before pleasantries: after an offer, "okay" is an answer to it.
    if conversation.wants_offered_person:
        return _certain(classifier, ESCALATION, "Accepts the offer of a person or a ticket.")
    if kind := pleasantry(question):
        return _certain(classifier, FAQ, f"A {kind}, not a question.")
    own = classifier.classify(question)
    if own.label == OUT_OF_SCOPE and is_foreign(question):
        # All that it cannot read looks alike; that is no reason to decline it.
        return _certain(classifier, FAQ, "Not in English, which is all that I read.", UNREAD)
    stands_alone = own.label == ESCALATION and own.confidence >= ESCALATES_ALONE
    if stands_alone or not conversation.is_follow_up:
        return _from(own, own.probabilities)
    joined = classifier.classify(conversation.topic)
    last = conversation.last_agent
    before = (
        {label: float(label == last) for label in joined.probabilities}
        if last in joined.probabilities
        else joined.probabilities
    )
    mixed = {
        label: OWN_SHARE * own.probabilities[label]
        + JOINED_SHARE * share
        + LAST_AGENT_SHARE * before[label]
        for label, share in joined.probabilities.items()
    }
    return _from(joined, mixed, follow_up=True)


def _from(
    found: Classification, probabilities: dict[str, float], *, follow_up: bool = False
) -> Route:
    label = max(probabilities, key=lambda name: probabilities[name])
    meaning = _MEANINGS.get(label, f"a matter of {label.replace('_', ' ')}")
    start = "With the question before it, it is" if follow_up else "It is"
    alike = (
        f"; most like the example “{found.nearest.text}”" if found.nearest.label == label else ""
    )
    return Route(
        label=label,
        confidence=round(probabilities[label], 4),
        reasoning=f"{start} {meaning}{alike}.",
        probabilities=probabilities,
    )


def _certain(classifier: Classifier, label: str, reasoning: str, confidence: float = SURE) -> Route:
    rest = (1 - confidence) / max(1, len(classifier.labels) - 1)
    probabilities = {name: confidence if name == label else rest for name in classifier.labels}
    return Route(label, confidence, reasoning, probabilities)
