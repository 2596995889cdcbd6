"""DOCX: a ZIP archive of XML, made into HTML and read like a page."""

import io
import zipfile

from frontdesk.domain.errors import UnreadableDocumentError
from frontdesk.knowledge.extracted import Extracted, Limits, require_at_most
from frontdesk.knowledge.formats.html import html_to_extracted

MAX_FILES = 5_000
"""Of an archive: each picture is one; real documents have hundreds."""

# Old Word files, and DOCX files with a password, are in Microsoft's compound file format.
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh"


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
            io.BytesIO(data), style_map=_STYLES, convert_image=lambda _: []
        ).value
    except RecursionError:
        raise UnreadableDocumentError("the document is nested too deeply") from None
    except Exception as error:
        # The library lets through whatever went wrong in it.
        raise UnreadableDocumentError(
            f"the DOCX file is damaged ({type(error).__name__})"
        ) from error
    require_at_most(len(html), limits.text_bytes, "bytes of text")
    return html_to_extracted(html)


def _require_harmless(data: bytes, limits: Limits) -> None:
    """Refuses an archive that would fill the memory; Python unpacks no more than it declares."""
    if data.startswith(_COMPOUND_FILE):
        raise UnreadableDocumentError("the document is encrypted, or of Word before 2007")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = archive.infolist()
            names = {file.filename for file in files}
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UnreadableDocumentError("the file is no DOCX document") from error
    require_at_most(len(files), MAX_FILES, "files in it")
    require_at_most(
        sum(file.file_size for file in files), limits.unpacked_bytes, "bytes when it is unpacked"
    )
    if any(file.flag_bits & 0x1 for file in files):
        raise UnreadableDocumentError("the document is encrypted")
    if "[Content_Types].xml" not in names:
        raise UnreadableDocumentError("the file is no DOCX document")
