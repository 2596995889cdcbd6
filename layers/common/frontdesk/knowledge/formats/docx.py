"""DOCX: a ZIP archive of XML, made into HTML and read like a page."""

import io
import re
import zipfile
from xml.etree import ElementTree as ET

from frontdesk.domain.errors import UnreadableDocumentError
from frontdesk.knowledge.extracted import Extracted, Limits, require_at_most
from frontdesk.knowledge.formats.docx_formulas import write_formulas
from frontdesk.knowledge.formats.docx_headings import say_headings
from frontdesk.knowledge.formats.docx_numbers import NUMBER_MARK, say_numbers
from frontdesk.knowledge.formats.docx_parts import Styles, name_of, parsed
from frontdesk.knowledge.formats.docx_visibility import empty_unseen_text
from frontdesk.knowledge.formats.html import html_to_extracted

MAX_FILES = 5_000
"""Of an archive: each picture is one; real documents have hundreds."""

# Old Word files, and DOCX files with a password, are in Microsoft's compound file format.
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STYLES = "\n".join(
    [
        "p[style-name='Title'] => h1:fresh",
        "p[style-name='Subtitle'] => p:fresh",
        # The table of contents says every heading once more.
        "p[style-name='TOC Heading'] => !",
        *(f"p[style-name='toc {level}'] => !" for level in range(1, 10)),
    ]
)
_NUMBER = re.compile(rf"{NUMBER_MARK}\d{{1,5}}")
_NOTE = re.compile(r"(?:foot|end)note-ref-")


def read_docx(data: bytes, limits: Limits) -> Extracted:
    """Reads a Word document: headings, paragraphs, lists and tables; no pictures.

    Args:
        data: The file's bytes.
        limits: How much of it is read.

    Returns:
        Its text as Markdown.

    Raises:
        UnreadableDocumentError: It is encrypted, damaged, no DOCX or too large.
    """
    _require_harmless(data, limits)
    # Imported here because each reader's libraries are loaded where they are used.
    import mammoth

    try:
        html = mammoth.convert_to_html(
            _as_people_see_it(data), style_map=_STYLES, convert_image=lambda _: []
        ).value
    except RecursionError:
        raise UnreadableDocumentError("the document is nested too deeply") from None
    except Exception as error:
        # The library lets through whatever went wrong in it.
        raise UnreadableDocumentError(
            f"the DOCX file is damaged ({type(error).__name__})"
        ) from error
    require_at_most(len(html), limits.text_bytes, "bytes of text")
    return html_to_extracted(_with_numbers_and_notes(html))


def _as_people_see_it(data: bytes) -> io.BytesIO:
    """Writes the archive anew, where the library would read it otherwise than Word shows it."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(written, "w") as made:
        parts = {name: given.read(name) for name in given.namelist()}
        roots = dict(parsed(parts))
        styles = Styles(root for root in roots.values() if name_of(root) == "styles")
        changed = empty_unseen_text(roots, styles)
        for name, root in roots.items():
            is_changed = [
                write_formulas(root),
                # Before headings lose the style that may number them.
                say_numbers(root, roots.values(), styles),
                say_headings(root, styles),
            ]
            if any(is_changed):
                changed.add(name)
        for name in changed:
            parts[name] = ET.tostring(roots[name], encoding="utf-8", xml_declaration=True)
        for name, content in parts.items():
            made.writestr(name, content)
    written.seek(0)
    return written


def _with_numbers_and_notes(html: str) -> str:
    """Goes on counting where a list does, and says a note where it is referred to.

    At the end of a document nobody knows what a note is of.
    """
    if not (NUMBER_MARK in html or _NOTE.search(html)):
        return html
    # Imported here because each reader's libraries are loaded where they are used.
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "html.parser")
    for mark in soup.find_all("a", id=_NUMBER):
        item = mark.find_parent("li")
        counted = None if item is None else item.parent
        if item is not None and counted is not None and item.find_previous_sibling("li") is None:
            counted["start"] = str(mark["id"]).removeprefix(NUMBER_MARK)
        mark.extract()
    for reference in soup.find_all("a", id=_NOTE):
        note = soup.find(id=str(reference.get("href")).removeprefix("#"))
        text = "" if note is None else " ".join(note.get_text(" ").replace("↑", "").split())
        (reference.find_parent("sup") or reference).replace_with(f" ({text})" if text else "")
        if note is not None:
            note.extract()
    return str(soup)


def _require_harmless(data: bytes, limits: Limits) -> None:
    """Refuses an archive that would fill the memory; Python unpacks no more than it declares."""
    if data.startswith(_COMPOUND_FILE):
        raise UnreadableDocumentError("the document is encrypted, or of Word before 2007")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = archive.infolist()
            names = {file.filename for file in files}
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        reason = "" if data else ": it is empty"
        raise UnreadableDocumentError(f"the file is no DOCX document{reason}") from error
    require_at_most(len(files), MAX_FILES, "files in it")
    require_at_most(
        sum(file.file_size for file in files), limits.unpacked_bytes, "bytes when it is unpacked"
    )
    if any(file.flag_bits & 0x1 for file in files):
        raise UnreadableDocumentError("the document is encrypted")
    if "[Content_Types].xml" not in names:
        raise UnreadableDocumentError("the file is no DOCX document")
