"""A small classifier of messages, in plain Python: training takes seconds, a message a few ms.

Multinomial logistic regression on the message's embedding, words and cues, mixed with a vote of
the nearest examples. Its confidence is calibrated on examples that it was not trained on.
"""

import json
import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Self

from agent_worker.routing.examples import Example
from agent_worker.routing.features import SPARSE_FEATURES, shortened, sparse_features
from frontdesk.domain.task import RouteLabel

VERSION = "3"
"""Part of a stored model's name: to be raised with every change of training or features."""

LABELS = tuple(RouteLabel)

ANSWERABLE = (RouteLabel.FAQ, RouteLabel.ORDER)
"""What can be looked up: in the knowledge base, or in the sender's own records."""

STEPS = 50
RATE = 3.0
REGULARISATION = 5e-4
"""By cross-validation on the examples; more steps gain nothing."""

NEIGHBOURS = 7
NEIGHBOUR_SHARPNESS = 14.0
"""How much more a nearer example's vote counts: twice as much for 0.05 of cosine."""

NEIGHBOURS_SHARE = 0.3
"""The neighbours' part in the result."""

SHORTLIST = 50
"""How many examples are compared in full: those with the most signs in common. Of the seven
nearest, 97 % are among them, and for 99 % of messages the vote is the same, for an eighth of the
time."""

HELD_OUT = 3
"""Every third example is kept from training to calibrate the confidence."""

_TEMPERATURES = (0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.3)

type Scores = list[float]


@dataclass(frozen=True, slots=True)
class Classification:
    """What a message seems to be.

    Attributes:
        confidence: 0 to 1: about the share of such messages for which the label is right.
        answerable: The same, for its being a matter of the knowledge base or of the account.
        nearest: The label of the example that is most like it.
        similarity: Cosine of the message and that example.
    """

    label: RouteLabel
    confidence: float
    answerable: float
    nearest: RouteLabel
    similarity: float


@dataclass(frozen=True, slots=True)
class _Inputs:
    """Messages as the regression reads them."""

    dense: list[list[float]]
    sparse: list[list[tuple[int, float]]]

    @classmethod
    def of(cls, texts: Sequence[str], embeddings: Sequence[Sequence[float]]) -> Self:
        return cls(
            dense=[shortened(embedding) for embedding in embeddings],
            sparse=[list(sparse_features(text).items()) for text in texts],
        )


@dataclass(frozen=True, slots=True)
class _Weights:
    """One list for each label; the bias is the last of the sparse ones."""

    dense: list[list[float]]
    sparse: list[list[float]]

    def scores(self, dense: list[float], sparse: list[tuple[int, float]]) -> Scores:
        return [
            math.sumprod(own_dense, dense)
            + sum([own_sparse[feature] * value for feature, value in sparse])
            + own_sparse[SPARSE_FEATURES]
            for own_dense, own_sparse in zip(self.dense, self.sparse, strict=True)
        ]

    def cooled(self, temperature: float) -> "_Weights":
        return _Weights(
            [[weight / temperature for weight in row] for row in self.dense],
            [[weight / temperature for weight in row] for row in self.sparse],
        )


class _Neighbours:
    """Finds the nearest of many vectors: a glance at all, by their signs, and a look at some."""

    def __init__(self, vectors: Sequence[list[float]]) -> None:
        self._vectors = vectors
        self._signs = [_signs(vector) for vector in vectors]

    def nearest(self, vector: list[float]) -> list[tuple[float, int]]:
        """Returns similarity and number of the nearest vectors, the nearest first."""
        own = _signs(vector)
        apart = [(own ^ signs).bit_count() for signs in self._signs]
        shortlist = sorted(range(len(apart)), key=apart.__getitem__)[:SHORTLIST]
        similarities = [(math.sumprod(vector, self._vectors[row]), row) for row in shortlist]
        return sorted(similarities, reverse=True)[:NEIGHBOURS]


class Classifier:
    """Tells where a message belongs, from labelled examples."""

    def __init__(
        self, weights: _Weights, vectors: list[list[float]], targets: Sequence[int]
    ) -> None:
        """Takes what `train` or `from_bytes` made."""
        self._weights = weights
        self._vectors = vectors
        self._neighbours = _Neighbours(vectors)
        self._targets = list(targets)

    @classmethod
    def train(cls, examples: Sequence[Example], embeddings: Sequence[Sequence[float]]) -> Self:
        """Trains a classifier; the same examples always give the same one.

        Args:
            examples: Labelled messages.
            embeddings: Theirs, in the same order.

        Returns:
            The classifier.
        """
        inputs = _Inputs.of([example.text for example in examples], embeddings)
        targets = [LABELS.index(example.label) for example in examples]
        gram = _gram(inputs)
        weights = _weights(inputs, _fit(gram, targets))
        return cls(weights.cooled(_temperature(inputs, gram, targets)), inputs.dense, targets)

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Reads what `to_bytes` wrote.

        Args:
            content: A stored classifier.

        Returns:
            The classifier.

        Raises:
            ValueError: It is something else.
        """
        header, _, body = content.partition(b"\n")
        try:
            targets: list[int] = json.loads(header)["targets"]
            dimensions: int = json.loads(header)["dimensions"]
        except (KeyError, TypeError) as error:
            raise ValueError("no classifier") from error
        numbers = array("f")
        numbers.frombytes(body)
        widths = [dimensions] * (len(LABELS) + len(targets)) + [SPARSE_FEATURES + 1] * len(LABELS)
        if sum(widths) != len(numbers):
            raise ValueError("the classifier is not whole")
        rows: list[list[float]] = []
        start = 0
        for width in widths:
            rows.append(numbers[start : start + width].tolist())
            start += width
        labels, vectors = len(LABELS), len(targets)
        return cls(
            _Weights(rows[:labels], rows[labels + vectors :]),
            rows[labels : labels + vectors],
            targets,
        )

    def to_bytes(self) -> bytes:
        """Writes the classifier down: a line of JSON, then its numbers in single precision."""
        header = {"targets": self._targets, "dimensions": len(self._vectors[0])}
        numbers = array("f")
        for row in (*self._weights.dense, *self._vectors, *self._weights.sparse):
            numbers.extend(row)
        return json.dumps(header).encode() + b"\n" + numbers.tobytes()

    def classify(self, text: str, embedding: Sequence[float]) -> Classification | None:
        """Tells where a message belongs.

        Args:
            text: The message.
            embedding: Its embedding, by the model that embedded the examples.

        Returns:
            The likeliest label, or None where the embedding cannot be that model's.
        """
        dense = shortened(embedding)
        if len(dense) != len(self._vectors[0]):
            return None
        regression = _softmax(self._weights.scores(dense, list(sparse_features(text).items())))
        near = self._neighbours.nearest(dense)
        mixed = _mixed(regression, _votes(near, self._targets))
        best = max(range(len(LABELS)), key=mixed.__getitem__)
        similarity, nearest = near[0]
        return Classification(
            label=LABELS[best],
            confidence=round(mixed[best], 4),
            answerable=round(sum(mixed[LABELS.index(label)] for label in ANSWERABLE), 4),
            nearest=LABELS[self._targets[nearest]],
            similarity=round(similarity, 4),
        )


def _gram(inputs: _Inputs) -> list[list[float]]:
    """Multiplies each message with each; training needs no more of them, whatever their size."""
    readers = [
        (itemgetter(*(feature for feature, _ in features)), [value for _, value in features])
        for features in inputs.sparse
    ]
    products: list[list[float]] = []
    for row, (dense, features) in enumerate(zip(inputs.dense, inputs.sparse, strict=True)):
        spread = [0.0] * SPARSE_FEATURES
        for feature, value in features:
            spread[feature] = value
        products.append(
            [
                # One more for the bias.
                math.sumprod(dense, inputs.dense[other]) + math.sumprod(read(spread), values) + 1
                for other, (read, values) in enumerate(readers[: row + 1])
            ]
        )
    for row, own in enumerate(products):
        own.extend(products[other][row] for other in range(row + 1, len(products)))
    return products


def _fit(gram: list[list[float]], targets: Sequence[int]) -> list[list[float]]:
    """Minimises the cross-entropy, all labels weighing the same, by accelerated descent.

    The weights are sums of the examples, so what is looked for is each example's part in them.
    """
    labels = range(len(LABELS))
    shares = [1 / (len(LABELS) * max(1, targets.count(label))) for label in labels]
    parts = [[0.0] * len(targets) for _ in labels]
    ahead, pace = parts, 1.0
    for _ in range(STEPS):
        scores = [[math.sumprod(row, own) for row in gram] for own in ahead]
        probabilities = list(zip(*map(_softmax, zip(*scores, strict=True)), strict=True))
        moved = [
            [
                part - RATE * (shares[target] * (p - (label == target)) + REGULARISATION * part)
                for part, p, target in zip(ahead[label], probabilities[label], targets, strict=True)
            ]
            for label in labels
        ]
        next_pace = (1 + math.sqrt(1 + 4 * pace * pace)) / 2
        momentum = (pace - 1) / next_pace
        ahead = [
            [new + momentum * (new - old) for new, old in zip(after, before, strict=True)]
            for after, before in zip(moved, parts, strict=True)
        ]
        parts, pace = moved, next_pace
    return parts


def _weights(inputs: _Inputs, parts: list[list[float]]) -> _Weights:
    columns = [list(column) for column in zip(*inputs.dense, strict=True)]
    sparse = [[0.0] * (SPARSE_FEATURES + 1) for _ in parts]
    for own, of_label in zip(sparse, parts, strict=True):
        for part, features in zip(of_label, inputs.sparse, strict=True):
            for feature, value in features:
                own[feature] += part * value
        own[SPARSE_FEATURES] = sum(of_label)
    return _Weights([[math.sumprod(column, own) for column in columns] for own in parts], sparse)


def _temperature(inputs: _Inputs, gram: list[list[float]], targets: Sequence[int]) -> float:
    """Finds the temperature at which examples that were held out are predicted best."""
    held_out = range(0, len(targets), HELD_OUT)
    kept = [row for row in range(len(targets)) if row % HELD_OUT]
    kept_targets = [targets[row] for row in kept]
    neighbours = _Neighbours([inputs.dense[row] for row in kept])
    parts = _fit([[gram[row][other] for other in kept] for row in kept], kept_targets)
    seen: list[tuple[Scores, Scores, int]] = []
    for row in held_out:
        products = [gram[row][other] for other in kept]
        votes = _votes(neighbours.nearest(inputs.dense[row]), kept_targets)
        seen.append(([math.sumprod(products, own) for own in parts], votes, targets[row]))

    def loss(temperature: float) -> float:
        return -sum(
            math.log(
                _mixed(_softmax([score / temperature for score in scores]), votes)[target] + 1e-9
            )
            for scores, votes, target in seen
        )

    return min(_TEMPERATURES, key=loss)


def _signs(vector: Sequence[float]) -> int:
    """Keeps one bit of each number: two vectors that are alike differ in few."""
    return int("".join(["1" if value > 0 else "0" for value in vector]), 2)


def _votes(near: Sequence[tuple[float, int]], targets: Sequence[int]) -> Scores:
    votes = [0.0] * len(LABELS)
    strengths = _softmax([NEIGHBOUR_SHARPNESS * similarity for similarity, _ in near])
    for strength, (_, row) in zip(strengths, near, strict=True):
        votes[targets[row]] += strength
    return votes


def _mixed(regression: Scores, votes: Scores) -> Scores:
    return [
        (1 - NEIGHBOURS_SHARE) * own + NEIGHBOURS_SHARE * vote
        for own, vote in zip(regression, votes, strict=True)
    ]


def _softmax(scores: Sequence[float]) -> Scores:
    highest = max(scores)
    exponentials = [math.exp(score - highest) for score in scores]
    total = sum(exponentials)
    return [value / total for value in exponentials]
