import re
from collections import Counter

from localstack.offline_model.__main__ import EXAMPLES
from localstack.offline_model.classifier import read_examples
from localstack.offline_model.routing import LABELS

EXAMPLES_READ = read_examples(EXAMPLES)


def test_every_label_has_examples_enough() -> None:
    counts = Counter(example.label for example in EXAMPLES_READ)

    assert set(counts) == LABELS
    assert min(counts.values()) >= 100


def test_no_message_stands_there_twice() -> None:
    texts = Counter(" ".join(re.findall(r"\w+", e.text.lower())) for e in EXAMPLES_READ)

    assert [text for text, count in texts.items() if count > 1] == []


def test_no_example_has_an_address() -> None:
    assert [example.text for example in EXAMPLES_READ if "@" in example.text] == []
