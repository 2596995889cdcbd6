from localstack.offline_model.blocks import parse, plain

PASSAGE = """\
# Projects

A project holds tasks.

To create one:

1. Log in.
2. Choose **New**.
   It is at the top.
3. Save.

It appears at once. Nothing else is needed.

| plan | price |
| --- | --- |
| Free | 0 |

```
GET /projects
```
"""


def test_a_passage_is_read_as_paragraphs_lists_tables_and_code() -> None:
    # When
    blocks = parse(PASSAGE)

    # Then
    assert [block.kind for block in blocks] == [
        "paragraph",
        "list",
        "paragraph",
        "verbatim",
        "verbatim",
    ]
    steps = blocks[1]
    assert steps.ordered
    assert steps.lead == "To create one:"
    assert steps.units == ("1. Log in.", "2. Choose **New**.\n   It is at the top.", "3. Save.")
    assert blocks[2].units == ("It appears at once.", "Nothing else is needed.")
    assert {block.heading for block in blocks} == {"Projects"}
    assert blocks[4].units == ("```\nGET /projects\n```",)


def test_a_list_right_under_its_first_line_belongs_to_it() -> None:
    (block,) = parse("Plans:\n- Free\n- Pro")

    assert (block.lead, block.units, block.ordered) == ("Plans:", ("- Free", "- Pro"), False)


def test_a_long_paragraph_before_a_list_stands_alone() -> None:
    blocks = parse("One thing. Another thing.\n\n- Free\n- Pro")

    assert [block.kind for block in blocks] == ["paragraph", "list"]


def test_markers_and_emphasis_are_not_words() -> None:
    assert plain("2. **Free** `x`") == "Free x"


def test_nothing_comes_of_an_empty_passage() -> None:
    assert parse(" \n\n") == []
