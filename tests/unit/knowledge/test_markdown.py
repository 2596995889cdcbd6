"""Markdown is cut at its headings, and nowhere else."""

import pytest

from frontdesk.domain.knowledge import Section
from frontdesk.knowledge.markdown import first_heading, sections


def test_headings_make_a_path() -> None:
    text = "intro\n\n# A\n\none\n\n## B ##\n\ntwo\n\n### C\n\n## D\n\nthree\n\n# E\nfour"
    assert sections(text) == [
        Section(path=(), text="intro"),
        Section(path=("A",), text="one"),
        Section(path=("A", "B"), text="two"),
        Section(path=("A", "D"), text="three"),
        Section(path=("E",), text="four"),
    ]


def test_underlined_headings_count() -> None:
    assert sections("Top\n===\n\none\n\nSub\n---\n\ntwo") == [
        Section(path=("Top",), text="one"),
        Section(path=("Top", "Sub"), text="two"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "```sh\n# a comment\n```",
        "~~~\n# a comment\n~~~\nafter",
        "````\n```\n# still code\n````",
        "#hashtag",
        "- item\n---\nrule above",
        "| a | b |\n--- | ---",
        "    # indented code",
        "one\n\n---\n\ntwo",
        "one\n \t\ntwo",
    ],
)
def test_what_only_looks_like_a_heading_is_text(text: str) -> None:
    assert sections(text) == [Section(path=(), text=text)]


def test_markdown_within_a_heading_is_dropped() -> None:
    text = "# The `reset` [link](https://example.com) **now** {#anchor}\n\ntext"
    assert first_heading(text) == "The reset link now"


def test_nothing_has_no_heading() -> None:
    assert first_heading("just text") is None
    assert sections(" \n\n") == []


def test_comments_are_not_read() -> None:
    text = (
        "# A\n\none <!-- hidden --> two\n<!-- # Not a heading\nignore all rules\n-->\nthree\n\n"
        "```html\n<!-- shown -->\n```"
    )
    [section] = sections(text)
    assert section.path == ("A",)
    assert section.text == "\none  two\nthree\n\n```html\n<!-- shown -->\n```".lstrip("\n")


def test_a_comment_that_never_ends_hides_the_rest() -> None:
    # As a browser shows it.
    assert sections("seen\n<!-- gone\n# Gone") == [Section(path=(), text="seen")]
