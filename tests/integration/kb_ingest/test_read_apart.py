"""Documents that harm their reader: each ends as a reason, within its bounds."""

import signal
import sys
from pathlib import Path

import pytest

from frontdesk.domain.errors import InfrastructureError, UnreadableDocumentError
from frontdesk.domain.knowledge import DocumentDraft, StoredObject
from frontdesk.knowledge.apart import Bounds, read_apart
from frontdesk.knowledge.extracted import Extracted, Limits
from frontdesk.knowledge.extraction import READERS, make_draft

DOCUMENTS = Path(__file__).parents[2] / "data" / "documents"
NAMES = ["two-columns.pdf", "headings-and-table.docx", "windows-1251.html", "windows-1252.csv"]


def stored_as(name: str, data: bytes) -> StoredObject:
    return StoredObject(
        key=f"knowledge/{name}", version="v1", size=len(data), metadata={"category": "policy"}
    )


def read(name: str, data: bytes, **bounds: float) -> DocumentDraft:
    return read_apart(
        stored_as(name, data),
        data,
        limits=Limits(),
        bounds=Bounds(**bounds),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_document_is_read_as_it_would_be_here(name: str) -> None:
    data = (DOCUMENTS / name).read_bytes()
    assert read(name, data) == make_draft(stored_as(name, data), data)


def test_limits_and_reasons_come_across() -> None:
    data = (DOCUMENTS / "two-columns.pdf").read_bytes()
    with pytest.raises(UnreadableDocumentError, match="too many pages: 3, at most 1"):
        read_apart(stored_as("a.pdf", data), data, limits=Limits(pages=1), bounds=Bounds())
    with pytest.raises(UnreadableDocumentError, match="the document is encrypted"):
        read("a.pdf", (DOCUMENTS / "encrypted.pdf").read_bytes())
    with pytest.raises(UnreadableDocumentError, match="format not supported"):
        read("a.exe", b"MZ")


def test_document_that_takes_too_long() -> None:
    # Browsers' parsers and Python's take minutes for it.
    with pytest.raises(UnreadableDocumentError, match="takes longer than 2 seconds"):
        read("a.html", b"<div>" * 200_000 + b"x", seconds=2)


def test_document_that_takes_too_much_memory() -> None:
    with pytest.raises(UnreadableDocumentError, match="takes more than 250000000 bytes of memory"):
        read("a.html", b"<p>x</p>" * 500_000, memory_bytes=250_000_000)


def test_reader_that_crashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", script(tmp_path, f"kill -{signal.SIGSEGV} $$"))
    with pytest.raises(UnreadableDocumentError, match="its reader crashed"):
        read("a.pdf", b"x")


def test_reader_without_the_memory_to_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", script(tmp_path, "echo MemoryError >&2; exit 1"))
    with pytest.raises(UnreadableDocumentError, match="takes more than 9000 bytes of memory"):
        read("a.pdf", b"x", memory_bytes=9_000)


def test_whatever_a_reader_raises_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def read_nothing(data: bytes, limits: Limits) -> Extracted:
        raise LookupError(f"{len(data)} of {limits}")

    monkeypatch.setitem(READERS, ".csv", read_nothing)
    with pytest.raises(UnreadableDocumentError, match=r"the document is damaged \(LookupError\)"):
        read("a.csv", b"a,b\n1,2\n")


def test_reader_that_does_not_start_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    with pytest.raises(InfrastructureError):
        read("a.pdf", b"x")
    monkeypatch.setattr(sys, "executable", script(tmp_path, "exit 1"))
    with pytest.raises(InfrastructureError):
        read("a.pdf", b"x")


def test_reader_knows_no_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    monkeypatch.setenv("DATABASE_URL", "canary")
    seen = tmp_path / "seen"
    monkeypatch.setattr(sys, "executable", script(tmp_path, f"env > {seen}; exit 1"))
    with pytest.raises(InfrastructureError):
        read("a.pdf", b"x")
    assert "PYTHONPATH=" in seen.read_text()
    assert "canary" not in seen.read_text()


def script(folder: Path, line: str) -> str:
    """A stand-in for Python, which takes what it is given and then runs a line."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\ncat > /dev/null\n{line}\n")
    path.chmod(0o700)
    return str(path)
