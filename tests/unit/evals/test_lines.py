"""Files of evaluation data are read as people write them, and faults are named by their line."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from evals.knowledge_base import SourceDocument
from evals.lines import read_lines
from evals.retrieval import Query
from evals.routing import LabelledText


def _file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "lines.jsonl"
    path.write_bytes(text.encode(encoding))
    return path


def test_byte_order_mark_numbers_and_missing_titles_are_taken(tmp_path: Path) -> None:
    # given a file that begins with a mark, with an integer for an id and null for a title
    documents = _file(
        tmp_path,
        '{"id": 7, "title": null, "text": "One."}\n\n{"id": "b", "title": "B", "text": "Two."}',
        "utf-8-sig",
    )

    # when it is read, then the documents are called by strings, as the questions' are
    assert read_lines(documents, SourceDocument) == [
        SourceDocument(id="7", text="One."),
        SourceDocument(id="b", title="B", text="Two."),
    ]
    [query] = read_lines(_file(tmp_path, '{"text": "One?", "doc_ids": [7, "b"]}'), Query)
    assert query.doc_ids == ["7", "b"]


@pytest.mark.parametrize(
    ("model", "text", "fault"),
    [
        (SourceDocument, '{"id": 1, "text": "One."}\n{"id": 2}', ":2: text: Field required"),
        (SourceDocument, '{"id": true, "text": "One."}', ":1: id: Input should be a valid string"),
        (Query, '\n{"text": "One?"', ":2: is not JSON: Expecting"),
        (Query, '["One?"]', ":1: Input should be a valid dictionary"),
        (LabelledText, '{"text": "One?", "label": "sales"}', ":1: label: Input should be 'faq'"),
    ],
)
def test_fault_is_named_with_its_line(
    tmp_path: Path, model: type[BaseModel], text: str, fault: str
) -> None:
    path = _file(tmp_path, text)
    with pytest.raises(ValueError, match="lines") as error:
        read_lines(path, model)
    assert str(error.value).startswith(f"{path}{fault}")


def test_other_encoding_is_named(tmp_path: Path) -> None:
    path = _file(tmp_path, '{"text": "Gr\u00f6\u00dfe?"}', "latin-1")
    with pytest.raises(ValueError, match="is not UTF-8") as error:
        read_lines(path, Query)
    assert str(path) in str(error.value)
