import pytest

from localstack.offline_model.slips import as_meant
from tests.support.offline_model import FakeEmbedder

KNOWN = {"invoice": 3, "human": 2, "show": 1, "rechnung": 1}


class Reader(FakeEmbedder):
    """Has a token for each of some words, and pieces for all others."""

    def __init__(self, *tokens: str) -> None:
        super().__init__()
        self._tokens = tokens

    def count_tokens(self, text: str) -> int:
        return 1 if text in self._tokens else 2


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Show my invocie, Invocie 2044!", "Show my invoice, invoice 2044!"),
        ("a humen", "a human"),
        ("shw", "shw"),
        ("shovv", "shovv"),
        ("bitte ich habe die rechnng", "bitte ich habe die rechnng"),
    ],
)
def test_a_word_without_a_token_is_a_near_one_that_is_known(written: str, meant: str) -> None:
    # given a model that has no token for these words, when it reads them over, then near ones stand
    assert as_meant(written, KNOWN, Reader()) == meant


def test_a_word_with_a_token_is_meant_as_it_is_written() -> None:
    # given a word that is near to a known one, and has a token of its own
    assert as_meant("two humans", KNOWN, Reader("humans")) == "two humans"

    # when it has none, then it is taken for the known one
    assert as_meant("two humans", KNOWN, Reader()) == "two human"
