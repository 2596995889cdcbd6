"""Passages: whole sections where they are short, even pieces where they are long."""

from hypothesis import given
from hypothesis import strategies as st

from frontdesk.domain.knowledge import Section
from frontdesk.knowledge.splitting import PASSAGE_BYTES, split

SENTENCE = "The quick brown fox jumps over the lazy dog near the river bank. "


def test_short_sections_stay_whole() -> None:
    passages = split([Section(path=("T", "A"), text="one"), Section(text="two")], title="T")
    assert [(one.ordinal, one.section, one.content) for one in passages] == [
        (0, "A", "one"),
        (1, "", "two"),
    ]


def test_path_travels_with_every_piece() -> None:
    passages = split([Section(path=("A", "B"), text=SENTENCE * 60)], title="T")
    assert len(passages) > 3
    assert {one.section for one in passages} == {"A > B"}


def test_long_section_is_cut_evenly() -> None:
    # given a section a little longer than two passages
    text = SENTENCE * (2 * PASSAGE_BYTES // len(SENTENCE) + 1)

    # when it is split
    sizes = [len(one.content) for one in split([Section(text=text)], title="")]

    # then no piece is a scrap
    assert len(sizes) == 3
    assert min(sizes) > PASSAGE_BYTES / 3


@given(st.lists(st.text(alphabet="ab é漢\n.,", max_size=3000), max_size=4))
def test_nothing_is_lost_and_nothing_is_too_long(texts: list[str]) -> None:
    passages = split([Section(text=text) for text in texts], title="T")
    assert all(len(one.content.encode()) <= PASSAGE_BYTES for one in passages)
    assert "".join("".join(texts).split()) == "".join(
        "".join(one.content for one in passages).split()
    )


def test_rows_of_a_table_that_is_cut_keep_their_header() -> None:
    header = "| Plan | Price |\n| --- | ---: |"
    rows = "\n".join(f"| Plan number {number} | {number} USD a month |" for number in range(90))
    text = f"What it costs:\n\n{header}\n{rows}\n\n" + "And words of other things. " * 60
    pieces = [one.content for one in split([Section(text=text)], title="Plans")]

    of_table = [piece for piece in pieces if "| Plan number" in piece]
    assert len(of_table) > 2
    assert all(piece.startswith(f"{header}\n| Plan number") for piece in of_table)
    assert all(piece.count(header) == (piece in of_table) for piece in pieces)
    for number in range(90):
        assert sum(f"| Plan number {number} |" in piece for piece in pieces) == 1


def test_rows_without_a_header_are_cut_as_they_are() -> None:
    rows = "\n".join(f"| Plan number {number} | {number} USD a month |" for number in range(90))
    pieces = [one.content for one in split([Section(text=rows)], title="Plans")]
    assert "\n".join(pieces) == rows


def test_code_that_is_cut_keeps_its_fence_and_what_leads_to_it() -> None:
    # given code longer than two passages, with a remark that would show as a heading
    lines = [f"# step {number}: set-{number} --flag value" for number in range(70)]
    code = "\n".join(lines)
    around = (SENTENCE * 5).strip()
    text = f"{around}\n\nTo install the Egret CLI, run:\n\n```bash\n{code}\n```\n\n{around}"

    # when it is split
    pieces = [one.content for one in split([Section(text=text)], title="")]

    # then each piece shows code as such, and the first one says what it is for
    of_code = [piece for piece in pieces if "# step" in piece]
    assert len(of_code) > 2
    assert of_code[0].startswith("To install the Egret CLI, run:\n\n```bash\n# step 0: ")
    assert all(piece.startswith("```bash\n") for piece in of_code[1:])
    assert all(piece.endswith("\n```") and piece.count("```") == 2 for piece in of_code)
    assert [piece for piece in pieces if "```" not in piece] == [around, around]
    for line in lines:
        assert sum(f"{line}\n" in piece for piece in of_code) == 1


def test_a_long_paragraph_or_other_code_is_no_lead() -> None:
    code = "\n".join(f"set-{number} --flag value" for number in range(30))
    text = f"{SENTENCE * 8}\n\n~~~\n{code}\n~~~\n\n~~~\n{code}\n~~~"
    pieces = [one.content for one in split([Section(text=text)], title="")]
    assert pieces[0] == (SENTENCE * 8).strip()
    assert [piece.count("set-0 ") for piece in pieces] == [0, 1, 1]
