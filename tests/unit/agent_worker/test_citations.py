"""Sources of an answer."""

import pytest

from agent_worker.citations import SNIPPET_CHARACTERS, cite, without_markers
from agent_worker.tools import results
from tests.support.worker import a_hit

PASSAGES = {
    1: a_hit("Click New Project.", title="One"),
    2: a_hit("Plans: Free, Starter.", title="Two", source_url="https://acme.example/plans"),
    3: a_hit("Refunds within 7 days.", title="Three"),
}


@pytest.mark.parametrize(
    ("reply", "text", "titles"),
    [
        ("Click it [1].", "Click it [1].", ["One"]),
        ("First [3], then [1], again [3].", "First [1], then [2], again [1].", ["Three", "One"]),
        ("Invented [7].", "Invented.", []),
        ("Half true [1, 7].", "Half true [1].", ["One"]),
        ("Both [1, 2].", "Both [1][2].", ["One", "Two"]),
        ("All [1-3].", "All [1][2][3].", ["One", "Two", "Three"]),
        ("A huge range [1-999999999].", "A huge range [1][2][3].", ["One", "Two", "Three"]),
        ("Wide 【2】.", "Wide [1].", ["Two"]),
        ("A link [1](https://acme.example).", "A link [1](https://acme.example).", []),
        ("Code `tasks[1]` stays.", "Code `tasks[1]` stays.", []),
        ("```\ntasks[9]\n```\nSee [2].", "```\ntasks[9]\n```\nSee [1].", ["Two"]),
        ("Nothing is quoted.", "Nothing is quoted.", []),
        ("[0] and [00001]", "and [1]", ["One"]),
    ],
)
def test_only_given_passages_stay_numbered_as_they_appear(
    reply: str, text: str, titles: list[str]
) -> None:
    cited = cite(reply, PASSAGES)

    assert cited.text == text
    assert [citation.title for citation in cited.citations] == titles
    assert [citation.number for citation in cited.citations] == list(range(1, len(titles) + 1))


def test_a_citation_shows_where_it_is_from() -> None:
    [citation] = cite("Plans [2]", PASSAGES).citations

    assert citation.document_id == PASSAGES[2].document_id
    assert citation.section == "Overview"
    assert citation.snippet == "Plans: Free, Starter."
    assert citation.source_url == "https://acme.example/plans"


def test_a_long_passage_is_shown_by_its_beginning() -> None:
    [citation] = cite("[1]", {1: a_hit("word " * 200)}).citations

    assert len(citation.snippet) <= SNIPPET_CHARACTERS
    assert citation.snippet.endswith("word…")


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("40 cards.[2] Shared [1, 3].", "40 cards.(2) Shared (1, 3)."),
        ("40枚です【2】。【重要】", "40枚です(2)。【重要】"),
        ("A link [1](https://acme.example).", "A link [1](https://acme.example)."),
        (
            "Code `tasks[1]` stays.\n```\ntasks[9]\n```",
            "Code `tasks[1]` stays.\n```\ntasks[9]\n```",
        ),
    ],
)
def test_own_references_of_a_passage_cite_nothing(content: str, shown: str) -> None:
    assert without_markers(content) == shown
    [given] = results.passages([(1, a_hit(content))])["passages"]
    assert given["content"] == shown
    assert cite(shown, PASSAGES).citations == ()
