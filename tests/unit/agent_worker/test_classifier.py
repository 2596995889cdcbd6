"""The classifier learns from few examples, and is the same after it was stored."""

import pytest

from agent_worker.routing.classifier import Classifier
from agent_worker.routing.examples import Example, examples, fingerprint
from agent_worker.routing.features import MAX_DIMENSIONS, SPARSE_FEATURES, sparse_features
from frontdesk.domain.task import RouteLabel
from tests.support.fake_knowledge import FakeEmbedder

TEXTS = {
    RouteLabel.FAQ: ["how do i export", "how do i import", "how do i print", "what is a board"],
    RouteLabel.ORDER: ["show my invoice", "show my plan", "is my bill paid", "find my receipt"],
    RouteLabel.ESCALATION: ["get me a human", "i complain", "this is awful", "a person please"],
    RouteLabel.OUT_OF_SCOPE: ["tell a joke", "rain in rome", "who won the match", "sing a song"],
}
EXAMPLES = [Example(text, label) for label, texts in TEXTS.items() for text in texts]


@pytest.fixture(scope="module", params=[48, MAX_DIMENSIONS + 100])
def embedder(request: pytest.FixtureRequest) -> FakeEmbedder:
    return FakeEmbedder(dimensions=request.param)


@pytest.fixture(scope="module")
def trained(embedder: FakeEmbedder) -> Classifier:
    return Classifier.train(EXAMPLES, embedder.embed([example.text for example in EXAMPLES]))


def test_its_own_examples_are_found(trained: Classifier, embedder: FakeEmbedder) -> None:
    for example in EXAMPLES:
        [vector] = embedder.embed([example.text])
        found = trained.classify(example.text, vector)
        assert found is not None
        assert found.label is example.label
        assert 0.25 < found.confidence <= 1
        assert found.nearest is example.label
        assert found.similarity == pytest.approx(1, abs=1e-3)


def test_what_is_stored_classifies_alike(trained: Classifier, embedder: FakeEmbedder) -> None:
    [vector] = embedder.embed(["how do i find my invoice"])

    again = Classifier.from_bytes(trained.to_bytes())

    before, after = (one.classify("how do i find my invoice", vector) for one in (trained, again))
    assert before is not None
    assert after is not None
    assert before.label is after.label
    assert before.confidence == pytest.approx(after.confidence, abs=1e-3)


@pytest.mark.parametrize(
    "content", [b"", b"{}\n", b"[1]\n", b'{"targets": [1], "dimensions": 3}\n']
)
def test_what_is_no_classifier_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"classifier|Expecting value"):
        Classifier.from_bytes(content)


def test_a_classifier_cut_short_is_refused(trained: Classifier) -> None:
    with pytest.raises(ValueError, match="not whole"):
        Classifier.from_bytes(trained.to_bytes()[:-4])


def test_features_stay_within_their_range_and_take_numbers_alike() -> None:
    features = sparse_features("Where is ORDER 123456?! " * 40)

    assert all(0 <= feature < SPARSE_FEATURES for feature in features)
    assert sparse_features("order 17 please") == sparse_features("order 4 please")


def test_a_model_is_named_after_its_examples_and_its_code() -> None:
    some = examples()

    assert fingerprint(some, "1") == fingerprint(examples(), "1")
    assert fingerprint(some, "1") != fingerprint(some, "2")
    assert fingerprint(some, "1") != fingerprint(some[1:], "1")
