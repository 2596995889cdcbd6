"""A small classifier for messages, trained on labelled examples in about a second.

Multinomial logistic regression on the message's embedding and its sparse features, mixed with a
vote of the nearest examples, with its confidence calibrated on examples that it has not seen.
"""

import hashlib
import json
import logging
import os
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from localstack.offline_model.embedding import DIMENSIONS, EMBEDDING_MODEL, Embedder, FloatArray
from localstack.offline_model.features import FEATURE_COUNT, sparse_features
from localstack.offline_model.text import words

VERSION = "3"
"""Goes into the cache key: a change to training or features needs a new one."""
REGULARISATION = 1e-3
STEPS = 150
NEIGHBOURS = 7
NEIGHBOUR_SHARPNESS = 14.0
"""How much more a nearer example's vote counts: twice as much for 0.05 of cosine."""
NEIGHBOURS_SHARE = 0.3
"""The neighbours' part in the result: three points of accuracy on topics without examples."""
HELD_OUT = 3
"""Every third example is kept from training to calibrate the confidence."""
_TEMPERATURES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Example:
    """A message and what it is."""

    text: str
    label: str


@dataclass(frozen=True)
class Classification:
    """What a message seems to be."""

    label: str
    confidence: float
    """Between 0 and 1: the share of such messages for which the label is right."""
    probabilities: dict[str, float]
    nearest: Example
    """The example that the message is most like."""
    similarity: float
    """Cosine of the message and that example."""


def read_examples(path: Path) -> list[Example]:
    """Reads labelled examples from JSON lines of `{"text", "label"}`.

    Raises:
        ValueError: A line has another form.
    """
    examples = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            examples.append(Example(text=str(row["text"]), label=str(row["label"])))
        except (ValueError, KeyError, TypeError) as exc:
            raise ValueError(f"line {number} of {path.name} is no labelled example") from exc
    if len({example.label for example in examples}) < 2:
        raise ValueError(f"{path.name} has fewer than two labels")
    return examples


class Classifier:
    """Tells what a message is, from labelled examples."""

    def __init__(
        self,
        embedder: Embedder,
        examples: Sequence[Example],
        vectors: FloatArray,
        weights: FloatArray,
    ) -> None:
        """Takes what `train` or `load_or_train` made.

        Args:
            embedder: Embeds the messages to classify.
            examples: The examples it was trained on.
            vectors: Their embeddings.
            weights: One column for each label in alphabetical order; the last row is the bias.
        """
        self.labels = sorted({example.label for example in examples})
        self._embedder = embedder
        self._examples = list(examples)
        self._vectors = vectors
        self._weights = weights
        self._targets = np.array([self.labels.index(example.label) for example in examples])

    @cached_property
    def words(self) -> Mapping[str, int]:
        """The words of the examples, and how often each is written."""
        return Counter(word for example in self._examples for word in words(example.text))

    @classmethod
    def train(cls, embedder: Embedder, examples: Sequence[Example]) -> Self:
        """Trains a classifier; the same examples always give the same one.

        Args:
            embedder: The embedding model.
            examples: Of at least two labels.
        """
        labels = sorted({example.label for example in examples})
        vectors = embedder.embed([example.text for example in examples])
        inputs = _design(vectors, [example.text for example in examples])
        targets = np.array([labels.index(example.label) for example in examples])
        weights = _fit(inputs, targets, len(labels))
        temperature = _calibrate(vectors, inputs, targets, len(labels))
        logger.info("trained on %d examples, temperature %.1f", len(examples), temperature)
        return cls(embedder, examples, vectors, weights / np.float32(temperature))

    @classmethod
    def load_or_train(
        cls, embedder: Embedder, examples: Sequence[Example], cache: Path | None
    ) -> Self:
        """Takes a classifier trained before on the same examples, or trains one and keeps it.

        Args:
            embedder: The embedding model.
            examples: The labelled examples.
            cache: Folder to keep it in; None keeps nothing.
        """
        if cache is None:
            return cls.train(embedder, examples)
        path = cache / f"classifier-{_fingerprint(examples)}.npz"
        try:
            with np.load(path, allow_pickle=False) as stored:
                return cls(embedder, examples, stored["vectors"], stored["weights"])
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            logger.warning("the cached classifier cannot be read and is trained again")
        trained = cls.train(embedder, examples)
        trained.save(path)
        return trained

    def classify(self, text: str) -> Classification:
        """Tells what one message is.

        Args:
            text: The message.

        Returns:
            The likeliest label with its confidence.
        """
        vector = self._embedder.embed([text])
        regression = _softmax(_design(vector, [text]) @ self._weights)
        similarities = vector @ self._vectors.T
        votes = _votes(similarities, self._targets, len(self.labels))
        probabilities = _mixed(regression, votes)[0]
        best = int(probabilities.argmax())
        nearest = int(similarities[0].argmax())
        return Classification(
            label=self.labels[best],
            confidence=float(probabilities[best]),
            probabilities=dict(zip(self.labels, map(float, probabilities), strict=True)),
            nearest=self._examples[nearest],
            similarity=float(similarities[0][nearest]),
        )

    def save(self, path: Path) -> None:
        """Keeps what was learned for the next start."""
        path.parent.mkdir(parents=True, exist_ok=True)
        # Two servers may start at once: each writes its own file and the rename decides.
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        with temporary.open("wb") as file:
            np.savez(file, vectors=self._vectors, weights=self._weights)
        temporary.replace(path)


def _fingerprint(examples: Sequence[Example]) -> str:
    digest = hashlib.sha256(f"{VERSION}\n{EMBEDDING_MODEL}\n".encode())
    for example in examples:
        digest.update(json.dumps([example.text, example.label]).encode())
    return digest.hexdigest()[:20]


def _design(vectors: FloatArray, texts: Sequence[str]) -> FloatArray:
    design = np.zeros((len(texts), DIMENSIONS + FEATURE_COUNT + 1), dtype=np.float32)
    design[:, :DIMENSIONS] = vectors
    for row, text in enumerate(texts):
        for feature, weight in sparse_features(text).items():
            design[row, DIMENSIONS + feature] = weight
    design[:, -1] = 1.0
    return design


def _softmax(scores: FloatArray) -> FloatArray:
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True), dtype=np.float32)


def _fit(inputs: FloatArray, targets: npt.NDArray[np.int_], label_count: int) -> FloatArray:
    """Minimises the cross-entropy, all labels weighing the same, with Adam."""
    weights = np.zeros((inputs.shape[1], label_count), dtype=np.float32)
    mean, variance = np.zeros_like(weights), np.zeros_like(weights)
    wanted = np.eye(label_count, dtype=np.float32)[targets]
    share = 1 / (label_count * np.maximum(np.bincount(targets, minlength=label_count), 1))
    example_weights = share[targets][:, None].astype(np.float32)
    penalised = np.ones_like(weights)
    penalised[-1] = 0
    for step in range(1, STEPS + 1):
        errors = (_softmax(inputs @ weights) - wanted) * example_weights
        gradient = inputs.T @ errors + REGULARISATION * penalised * weights
        mean = 0.9 * mean + 0.1 * gradient
        variance = 0.99 * variance + 0.01 * gradient**2
        rate = 0.1 * (1 - step / STEPS) + 0.001
        corrected = (mean / (1 - 0.9**step)) / (np.sqrt(variance / (1 - 0.99**step)) + 1e-8)
        weights = (weights - rate * corrected).astype(np.float32)
    return weights


def _votes(similarities: FloatArray, targets: npt.NDArray[np.int_], label_count: int) -> FloatArray:
    """Lets each row's nearest examples vote for their labels."""
    nearest = np.argsort(-similarities, axis=1, kind="stable")[:, :NEIGHBOURS]
    near = np.take_along_axis(similarities, nearest, axis=1)
    strengths = _softmax(NEIGHBOUR_SHARPNESS * near)
    choices = np.eye(label_count, dtype=np.float32)[targets[nearest]]
    return np.asarray((strengths[:, :, None] * choices).sum(axis=1), dtype=np.float32)


def _mixed(regression: FloatArray, votes: FloatArray) -> FloatArray:
    mixed = (1 - NEIGHBOURS_SHARE) * regression + NEIGHBOURS_SHARE * votes
    return np.asarray(mixed, dtype=np.float32)


def _calibrate(
    vectors: FloatArray, inputs: FloatArray, targets: npt.NDArray[np.int_], label_count: int
) -> float:
    """Finds the temperature at which unseen examples are predicted best."""
    held_out = np.arange(len(targets)) % HELD_OUT == 0
    weights = _fit(inputs[~held_out], targets[~held_out], label_count)
    scores, unseen = inputs[held_out] @ weights, targets[held_out]
    similarities = vectors[held_out] @ vectors[~held_out].T
    votes = _votes(similarities, targets[~held_out], label_count)

    def loss(temperature: float) -> float:
        probabilities = _mixed(_softmax(scores / np.float32(temperature)), votes)
        likelihood = probabilities[np.arange(len(unseen)), unseen]
        return float(-np.log(likelihood + 1e-9).mean())

    return min(_TEMPERATURES, key=loss)
