"""Real files of every format: read in the right order, without what nobody sees, or refused."""

import io
import zipfile
from pathlib import Path

import pytest

from frontdesk.domain.errors import UnreadableDocumentError
from frontdesk.domain.knowledge import DocumentDraft, StoredObject
from frontdesk.knowledge.extracted import Limits
from frontdesk.knowledge.extraction import READERS, READERS_BY_TYPE, make_draft

DOCUMENTS = Path(__file__).parents[2] / "data" / "documents"


def read(
    content: bytes | str, name: str, *, limits: Limits | None = None, **about: str
) -> DocumentDraft:
    data = content.encode() if isinstance(content, str) else content
    stored = StoredObject(
        key=f"knowledge/{name}",
        version="v1",
        size=len(data),
        content_type=about.pop("content_type", ""),
        metadata=about,
    )
    return make_draft(stored, data, limits or Limits())


def read_file(name: str, *, limits: Limits | None = None) -> DocumentDraft:
    return read((DOCUMENTS / name).read_bytes(), name, limits=limits)


def test_pdf_of_two_columns_is_read_column_by_column() -> None:
    draft = read_file("two-columns.pdf")

    assert draft.title == "Administrator handbook"
    assert [passage.section for passage in draft.passages] == [
        "Invoices",
        "Refunds",
        "Возврат средств",
        "Single sign-on",
        "Exports",
        "Limits",
        "Support",
    ]
    by_section = {passage.section: passage.content for passage in draft.passages}
    assert by_section["Single sign-on"] == (
        "Enterprise workspaces sign in with SAML. The\n"
        "certificate is renewed every year; the old one\nstays valid for a week."
    )
    assert "течение\nтридцати дней" in by_section["Возврат средств"]
    assert "Pro unlimited 15 USD" in by_section["Limits"]


def test_bold_lines_that_stand_apart_are_headings_of_a_pdf() -> None:
    draft = read_file("bold-headings.pdf")
    # The title is set in letters as large as the chapter's below it.
    assert draft.title == "Refund guide"
    chapter = (
        "1. How refunds work, told at such length that the heading has to go on in a second line"
    )
    assert [passage.section for passage in draft.passages] == [
        chapter,
        f"{chapter} > Time limits",
        f"{chapter} > Fees",
    ]
    first, limits, fees = (passage.content for passage in draft.passages)
    assert "arrives\nafter five working days.\n\nWhoever paid by invoice" in first
    # A sentence in bold and a table's first row are none.
    assert "\nNever share your password.\n" in limits
    assert fees.endswith("Plan Days Fee\nFree 14 0 USD\nPro 30 0 USD")


def test_headings_of_a_pdf_after_letters_beyond_the_basic_plane() -> None:
    assert [passage.section for passage in read_file("symbols.pdf").passages] == [
        "",
        "Rules",
        "Exceptions",
    ]


@pytest.mark.parametrize(("size", "is_read"), [("10", True), ("0.5", False)])
def test_what_a_pdf_sets_too_small_to_be_seen_is_not_read(size: str, is_read: bool) -> None:
    shown = "/F1 11 Tf 50 700 Td (Refunds take five days.) Tj"
    stream = f"BT {shown} /F1 {size} Tf 0 -20 Td (evil) Tj ET"
    draft = read(a_pdf(stream), "a.pdf")
    assert "Refunds take five days." in draft.content
    assert ("evil" in draft.content) is is_read


COLUMNS = [
    ("An invoice is due within thirty days", "Exports are made every single night,"),
    ("after it was issued. We remind twice,", "and are kept for ninety days in that"),
    ("after one week and after two of them.", "bucket of yours. They hold projects,"),
    ("Then the whole account is suspended,", "tasks, comments and all attachments."),
    ("and nobody can sign in to it before", "Nothing else is exported, unless you"),
    ("somebody has paid what is still due.", "have asked us for it, in writing."),
]
TABLE = [
    ("Your card was refused by the bank", "Use another."),
    ("The file is too large", "Split it, or compress what is in it first."),
    ("We could not find this project", "Ask its owner whether it was deleted."),
    ("Too many requests were sent in a minute", "Wait."),
    ("Not signed in", "Sign in once more, then try again in a new window."),
    ("The address is not known", "Look for a typing error in the address."),
]


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (COLUMNS, [left for left, _ in COLUMNS] + [right for _, right in COLUMNS]),
        (COLUMNS[:4], [f"{left} {right}" for left, right in COLUMNS[:4]]),
        (TABLE, [f"{left} {right}" for left, right in TABLE]),
    ],
)
def test_columns_of_a_pdf_that_holds_them_row_by_row(
    rows: list[tuple[str, str]], text: list[str]
) -> None:
    placed = (
        f"1 0 0 1 {x} {700 - 14 * row} Tm ({cell}) Tj"
        for row, cells in enumerate(rows)
        for x, cell in zip((60, 320), cells, strict=True)
    )
    draft = read(a_pdf(f"BT /F1 10 Tf {' '.join(placed)} ET"), "a.pdf")
    assert [line for line in draft.content.split("\n") if line] == text


def a_pdf(*streams: str) -> bytes:
    """Writes a PDF of a page a stream; its readers make the table of objects that it lacks."""
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica{} >>"
    fonts = f"/Font << /F1 {font.format('')} /F2 {font.format('-Bold')} >>"
    resources = f"<< {fonts} /ExtGState << /Clear << /ca 0 >> >> >>"
    kids = " ".join(f"{number} 0 R" for number in range(3, 2 * len(streams) + 3, 2))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(streams)} /Kids [{kids}] >>",
    ]
    for stream in streams:
        shown = f"/Resources {resources} /Contents {len(objects) + 2} 0 R"
        objects.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] {shown} >>")
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    written = "".join(
        f"{number} 0 obj\n{content}\nendobj\n" for number, content in enumerate(objects, start=1)
    )
    end = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\n%%EOF\n"
    return f"%PDF-1.4\n{written}{end}".encode()


@pytest.mark.parametrize(
    ("hidden", "is_read"),
    [
        ("1 g 0 -20 Td (evil) Tj", False),
        ("0.98 0.99 1 rg 0 -20 Td (evil) Tj", False),
        ("/Clear gs 0 -20 Td (evil) Tj", False),
        ("-600 -20 Td (evil) Tj", False),
        ("1 g 0 -50 Td (evil) Tj", True),
        ("0.5 g 0 -20 Td (evil) Tj", True),
        # How scanners lay what they have recognised over the picture.
        ("3 Tr 0 -20 Td (evil) Tj", True),
    ],
)
def test_words_of_a_pdf_that_nobody_sees_are_not_read(hidden: str, is_read: bool) -> None:
    bar = "0 g 40 640 200 20 re f"
    stream = f"{bar} BT /F1 11 Tf 50 695 Td (Refunds take five days.) Tj {hidden} ET"
    draft = read(a_pdf(stream), "a.pdf")
    assert "Refunds take five days." in draft.content
    assert ("evil" in draft.content) is is_read


def a_form(stream: str, *fields: str) -> bytes:
    """Writes a PDF of a page with a form."""
    numbers = " ".join(f"{number} 0 R" for number in range(6, 6 + len(fields)))
    fonts = "/DR << /Font << /F1 5 0 R >> >> /NeedAppearances true"
    contents = "/Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >>"
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [{numbers}] {fonts} >> >>",
        "<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] {contents} /Annots [{numbers}] >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        *(f"<< /Type /Annot /DA (/F1 11 Tf 0 g) {field} >>" for field in fields),
    ]
    written = "".join(
        f"{number} 0 obj\n{content}\nendobj\n" for number, content in enumerate(objects, start=1)
    )
    end = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\n%%EOF\n"
    return f"%PDF-1.7\n{written}{end}".encode()


def a_field(value: str, left: int, bottom: int, more: str = "/FT /Tx", height: int = 16) -> str:
    box = f"/Rect [{left} {bottom} {left + 120} {bottom + height}]"
    return f"/Subtype /Widget /T (f{left}{bottom}) /V {value} {box} {more}"


LABELS = (
    "BT /F1 11 Tf 50 700 Td (First name:) Tj 200 0 Td (Last name:) Tj"
    " -200 -30 Td (Plan:) Tj 30 -30 Td (Newsletter) Tj 100 0 Td (Training) Tj"
    " -130 -30 Td (What you need) Tj 0 -80 Td (Thank you.) Tj ET"
)
CHOICE = "/FT /Ch /Ff 131072 /Opt [[(f) (Free)] [(p) (Pro plan)]]"


def test_form_of_a_pdf_is_read_as_it_was_filled_in() -> None:
    draft = read_file("form.pdf")
    assert draft.title == "Order of seats"
    assert draft.passages[0].content.split("\n") == [
        "Customer: Müller & Söhne",
        "Seats: 25 from: 1 May 2026",
        "Plan: Pro",
        "☑ Pay once a year Invoice on paper",
        "The order can be withdrawn within thirty days.",
    ]


def test_fields_of_a_pdf_are_read_beside_what_they_are_for() -> None:
    draft = read(
        a_form(
            LABELS,
            a_field("(Twenty seats,\rby May)", 50, 540, "/FT /Tx /Ff 4096", height=60),
            a_field("(Miller)", 310, 696),
            a_field("(Ann)", 115, 696),
            a_field("(p)", 90, 666, CHOICE),
            f"{a_field('/Yes', 60, 636, '/FT /Btn /AS /Yes')} /Rect [62 636 74 648]",
            f"{a_field('/Off', 160, 636, '/FT /Btn /AS /Off')} /Rect [164 636 176 648]",
            "/Subtype /FreeText /Contents (Typed on it) /Rect [150 524 300 540]",
        ),
        "a.pdf",
    )
    assert draft.content.split("\n") == [
        "First name: Ann Last name: Miller",
        "Plan: Pro plan",
        "☑ Newsletter Training",
        "What you need Twenty seats, by May",
        "Thank you. Typed on it",
    ]


@pytest.mark.parametrize(
    "field",
    [
        f"{a_field('(evil)', 150, 696)} /F 2",
        f"{a_field('(evil)', 150, 696)} /F 32",
        a_field("(evil)", 150, 696, "/FT /Tx /DA (/F1 11 Tf 1 g)"),
        a_field("(evil)", 150, 696, "/FT /Tx /Ff 8192"),
        "/Subtype /Text /Contents (evil) /Rect [150 696 170 716]",
        "/Subtype /Link /Contents (evil) /Rect [150 696 170 716]",
    ],
)
def test_fields_of_a_pdf_that_nobody_sees_are_not_read(field: str) -> None:
    label = "BT /F1 11 Tf 50 700 Td (Plan:) Tj ET"
    seen = a_field("(Pro)", 90, 650)
    assert read(a_form(label, field, seen), "a.pdf").content == "Plan: Pro"


def test_form_that_is_filled_in_on_a_picture_is_read() -> None:
    form = a_form("0.5 g 10 10 100 100 re f", a_field("(Pro)", 90, 650), a_field("(Ann)", 90, 690))
    assert read(form, "a.pdf").content == "Ann\nPro"


def test_fields_count_among_the_characters_of_a_pdf() -> None:
    form = a_form("BT /F1 11 Tf 50 700 Td (Plan:) Tj ET", a_field(f"({'x' * 200})", 90, 696))
    with pytest.raises(UnreadableDocumentError, match="too many characters"):
        read(form, "a.pdf", limits=Limits(text_bytes=100))


def test_rows_at_the_edges_of_pages_are_no_running_titles() -> None:
    def page(number: int) -> str:
        rows = " ".join(f"(Model {number}{row} costs {row} dollars) '" for row in range(9))
        return f"BT /F1 11 Tf 14 TL 50 800 Td (Prices 2026) ' {rows} (Page {number}) ' ET"

    content = read(a_pdf(*map(page, range(4))), "a.pdf").content
    assert content.count("Model") == 4 * 9
    assert "Prices" not in content
    assert "Page" not in content


def test_words_of_a_pdf_that_are_written_from_right_to_left() -> None:
    draft = read_file("right-to-left.pdf")
    assert (draft.title, draft.language) == ("سياسة الاسترداد", "arabic")
    assert draft.content.split("\n")[2:] == [
        "يمكنك طلب استرداد خلال 30 يوما من تاريخ الشراء.",
        "שלום עולם, 42 ימים",
    ]


def test_running_titles_of_a_pdf_are_left_out() -> None:
    content = read_file("two-columns.pdf").content
    assert "confidential" not in content
    assert "Page 1" not in content


def above(number: str, rise: int = 4) -> str:
    return f") Tj /F1 7 Tf {rise} Ts ({number}) Tj /F1 11 Tf 0 Ts ("


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (f"Pro costs $99{above('1')} a month for 50{above('2,3')} seats.", None),
        (
            f"Up to 10{above('6')} calls of 10{above('-3')} seconds",
            "Up to 10^6 calls of 10^-3 seconds",
        ),
        (f"Rooms of 20 m{above('2')}, at 10{above('2', -3)}.", "Rooms of 20 m², at 10_2."),
        (f"H{above('2', -3)}O and CO{above('2', -3)}", "H2O and CO2"),
        ("Seats 5-10 (or 20) at -3 to 12", "Seats 5-10 (or 20) at -3 to 12"),
    ],
)
def test_raised_numbers_of_a_pdf_do_not_run_into_others(written: str, text: str | None) -> None:
    escaped = written.replace("(or 20)", "\\(or 20\\)")
    draft = read(
        a_pdf(f"BT /F1 11 Tf 50 695 Td ({escaped}) Tj 0 -14 Td (Next line.) Tj ET"), "a.pdf"
    )
    expected = text or "Pro costs $99 ¹ a month for 50 ²,³ seats."
    assert draft.content.split("\n") == [expected, "Next line."]


@pytest.mark.parametrize(
    ("font", "titles", "are_kept"),
    [
        ("/F1 18", ["Error 401", "Error 403", "Error 404", "Error 429"], True),
        ("/F1 18", ["Slide 1", "Slide 2", "Slide 3", "Slide 4"], True),
        ("/F2 11", ["Error 401", "Error 403", "Error 404", "Error 429"], True),
        ("/F2 11", ["Page 1 of 4", "Page 2 of 4", "Page 3 of 4", "Page 4 of 4"], False),
        ("/F1 11", ["Error 401", "Error 403", "Error 404", "Error 429"], False),
        ("/F1 18", ["Handbook 2026", "Handbook 2026", "Handbook 2026", "Handbook 2026"], False),
        ("/F1 18", ["1", "2", "3", "4"], False),
    ],
)
def test_headings_of_a_pdf_that_differ_in_a_number(
    font: str, titles: list[str], are_kept: bool
) -> None:
    words = (
        "Sign in again.",
        "Ask somebody who may.",
        "Look for it elsewhere.",
        "Wait for a while.",
    )
    pages = [
        f"BT {font} Tf 50 695 Td ({title}) Tj /F1 11 Tf 0 -40 Td ({text}) Tj"
        " 0 -14 Td (More of it is told in what is written elsewhere by somebody.) Tj"
        " 0 -14 Td (This is the end.) Tj ET"
        for title, text in zip(titles, words, strict=True)
    ]
    sections = [passage.section for passage in read(a_pdf(*pages), "a.pdf").passages]
    # The first one is the title.
    assert sections == (["", *titles[1:]] if are_kept else [""])


@pytest.mark.parametrize(
    ("size", "larger_on", "at_foot", "are_kept"),
    [
        (16, [1, 3], False, False),
        (16, [0], False, True),
        (16, [], False, True),
        (22, [1, 3], False, True),
        (16, [], True, False),
    ],
)
def test_running_title_of_a_pdf_in_large_type_is_no_heading(
    size: int, larger_on: list[int], at_foot: bool, are_kept: bool
) -> None:
    # given pages with a large line that counts them, some with a heading
    def page(number: int) -> str:
        title = (
            f"BT /F1 {size} Tf 50 {40 if at_foot else 800} Td (CloudFlow Guide {number + 1}) Tj ET"
        )
        heading = f"/F1 20 Tf (Topic {'ABCD'[number]}) Tj 0 -40 Td" if number in larger_on else ""
        topic = ("Sign in again", "Ask whoever may", "Look elsewhere", "Wait")[number]
        text = (
            f"BT 50 695 Td {heading} /F1 11 Tf ({topic} where it does not work at first.) Tj"
            " 0 -14 Td (More of it is told in what is written elsewhere by somebody.) Tj"
            " 0 -14 Td (This is the end.) Tj ET"
        )
        return f"{text} {title}" if at_foot else f"{title} {text}"

    content = read(a_pdf(*map(page, range(4))), "a.pdf").content

    # then it is a heading where nothing else names what is on its page
    assert ("CloudFlow Guide 3" in content) == are_kept
    assert content.count("Topic") == len(larger_on)


def test_docx_keeps_headings_lists_and_tables() -> None:
    draft = read_file("headings-and-table.docx")
    assert draft.title == "Onboarding guide"
    assert [(passage.section, passage.content) for passage in draft.passages] == [
        ("", "How new colleagues start."),
        ("First day", "Bring your **passport** and arrive at nine."),
        ("First day > Laptop", "- Charge it\n- Encrypt it"),
        ("Rooms", "| Room | Seats |\n| --- | --- |\n| Zürich | 4 |\n| 東京 | 12 |"),
    ]


def a_docx(body: str, **parts: str) -> bytes:
    """Makes a Word document with other words, and with other parts."""
    written = io.BytesIO()
    with zipfile.ZipFile(DOCUMENTS / "headings-and-table.docx") as given:
        content = {name: given.read(name) for name in given.namelist()}
    before, _, after = content["word/document.xml"].decode().partition("<w:body>")
    end = after[after.index("<w:sectPr") :]
    content["word/document.xml"] = f"{before}<w:body>{body}{end}".encode()
    opening = f"{before[: before.index('<w:document')]}<w:{{0}}{before.partition('<w:document')[2]}"
    for name, part in parts.items():
        content[f"word/{name}.xml"] = f"{opening.format(name)}{part}</w:{name}>".encode()
    with zipfile.ZipFile(written, "w") as made:
        for name, data in content.items():
            made.writestr(name, data)
    return written.getvalue()


def a_run(text: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


def test_text_that_word_hides_is_not_read() -> None:
    runs = a_run("Seen") + a_run(" evil", "<w:vanish/>") + a_run(" too", '<w:vanish w:val="0"/>')
    runs += a_run(" evil", '<w:sz w:val="2"/>')
    deleted = '<w:del w:id="1"><w:r><w:delText>evil</w:delText></w:r></w:del>'
    added = f'<w:ins w:id="2">{a_run(" added")}</w:ins>'
    assert read(a_docx(f"<w:p>{runs}{deleted}{added}</w:p>"), "a.docx").content == "Seen too added"


WHITE = '<w:color w:val="FFFFFF"/>'
DARK = '<w:shd w:val="clear" w:color="auto" w:fill="1F3864"/>'
STYLES = f"""
<w:docDefaults><w:rPrDefault><w:rPr><w:sz w:val="22"/></w:rPr></w:rPrDefault></w:docDefaults>
<w:style w:type="character" w:styleId="Gone"><w:rPr><w:vanish/></w:rPr></w:style>
<w:style w:type="character" w:styleId="Child"><w:basedOn w:val="Gone"/></w:style>
<w:style w:type="character" w:styleId="Ring"><w:basedOn w:val="Ring"/></w:style>
<w:style w:type="paragraph" w:styleId="White"><w:rPr>{WHITE}</w:rPr></w:style>
<w:style w:type="paragraph" w:styleId="Bar"><w:pPr>{DARK}</w:pPr><w:rPr>{WHITE}</w:rPr></w:style>
<w:style w:type="paragraph" w:styleId="Small"><w:rPr><w:sz w:val="1"/></w:rPr></w:style>
<w:style w:type="table" w:styleId="Grid"><w:tblStylePr w:type="firstRow"><w:tcPr>{DARK}</w:tcPr>
</w:tblStylePr></w:style>
"""


def a_paragraph(runs: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{runs}</w:p>"


def a_table(paragraph: str, *, table: str = "", cell: str = "") -> str:
    cells = f"<w:tr><w:tc><w:tcPr>{cell}</w:tcPr>{paragraph}</w:tc></w:tr>"
    return f"<w:tbl><w:tblPr>{table}</w:tblPr>{cells}</w:tbl>"


@pytest.mark.parametrize(
    ("body", "is_read"),
    [
        (a_paragraph(a_run("evil", WHITE)), False),
        (a_paragraph(a_run("evil", '<w:color w:val="FAFAFA"/>')), False),
        (a_paragraph(a_run("evil", f'{WHITE}<w:highlight w:val="white"/>')), False),
        (a_paragraph(a_run("evil"), '<w:pStyle w:val="White"/>'), False),
        (a_paragraph(a_run("evil"), '<w:pStyle w:val="Small"/>'), False),
        (a_paragraph(a_run("evil", '<w:rStyle w:val="Gone"/>')), False),
        (a_paragraph(a_run("evil", '<w:rStyle w:val="Child"/>')), False),
        (a_table(a_paragraph(a_run("evil", WHITE))), False),
        (a_table(a_paragraph(a_run("evil", WHITE)), cell=DARK.replace("1F3864", "F2F2F2")), False),
        (a_paragraph(a_run("evil", f"{WHITE}<w:shd w:val='clear' w:fill='auto'/>")), False),
        (a_paragraph(a_run("evil", '<w:color w:val="auto"/>')), True),
        (a_paragraph(a_run("evil", '<w:color w:val="808080"/>')), True),
        (a_paragraph(a_run("evil", f'{WHITE}<w:highlight w:val="black"/>')), True),
        (a_paragraph(a_run("evil", WHITE + DARK)), True),
        (a_paragraph(a_run("evil", f"{WHITE}<w:shd w:val='solid' w:fill='FFFFFF'/>")), True),
        (a_paragraph(a_run("evil", WHITE), DARK), True),
        (a_paragraph(a_run("evil"), '<w:pStyle w:val="Bar"/>'), True),
        (
            a_paragraph(a_run("evil", '<w:color w:val="000000"/>'), '<w:pStyle w:val="White"/>'),
            True,
        ),
        (a_paragraph(a_run("evil", '<w:rStyle w:val="Ring"/>')), True),
        (
            a_paragraph(a_run("evil", '<w:rStyle w:val="Gone"/><w:vanish w:val="false"/>')),
            True,
        ),
        (a_table(a_paragraph(a_run("evil", WHITE)), cell=DARK), True),
        (a_table(a_paragraph(a_run("evil", WHITE)), table='<w:tblStyle w:val="Grid"/>'), True),
    ],
)
def test_text_of_a_docx_that_nobody_sees_on_its_paper_is_not_read(body: str, is_read: bool) -> None:
    content = read(a_docx(f"{a_paragraph(a_run('Seen'))}{body}", styles=STYLES), "a.docx").content
    assert "Seen" in content
    assert ("evil" in content) is is_read


def test_white_text_of_a_docx_with_dark_pages_is_read() -> None:
    dark = a_docx(a_paragraph(a_run("Seen", WHITE)))
    with zipfile.ZipFile(io.BytesIO(dark)) as given:
        parts = {name: given.read(name) for name in given.namelist()}
    document = parts["word/document.xml"]
    parts["word/document.xml"] = document.replace(
        b"<w:body>", b'<w:background w:color="101010"/><w:body>'
    )
    assert read(archive(**parts), "a.docx").content == "Seen"


def test_entities_of_a_docx_that_unfold_into_very_much_are_refused() -> None:
    entities = ['<!ENTITY e0 "evil">']
    entities += [f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10)]
    document = f"<!DOCTYPE d [{''.join(entities)}]><d>&e9;</d>".encode()
    with pytest.raises(UnreadableDocumentError, match="the DOCX file is damaged"):
        read(archive(**{"[Content_Types].xml": b"", "word/document.xml": document}), "a.docx")


def test_hidden_fields_of_a_docx_do_no_harm() -> None:
    field = (
        a_run("Within ")
        + '<w:r><w:rPr><w:vanish/></w:rPr><w:fldChar w:fldCharType="begin"/></w:r>'
        + "<w:r><w:instrText> PAGE </w:instrText></w:r>"
        + '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        + a_run("a day")
        + '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    assert read(a_docx(a_paragraph(field)), "a.docx").content == "Within a day"


def test_notes_of_a_docx_are_read_where_they_are_referred_to() -> None:
    note = '<w:footnote w:id="2"><w:p><w:r><w:t>On working days.</w:t></w:r></w:p></w:footnote>'
    reference = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    body = f"<w:p>{a_run('Within a day')}{reference}{a_run('.')}</w:p><w:p>{a_run('Later.')}</w:p>"
    draft = read(a_docx(body, footnotes=note), "a.docx")
    assert draft.content == "Within a day (On working days.).\n\nLater."


NUMBERING = """
<w:abstractNum w:abstractNumId="1">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="2">
<w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>
<w:num w:numId="2"><w:abstractNumId w:val="2"/></w:num>
<w:num w:numId="3"><w:abstractNumId w:val="1"/><w:lvlOverride w:ilvl="0">
<w:startOverride w:val="1"/></w:lvlOverride></w:num>
<w:num w:numId="4"><w:abstractNumId w:val="9"/></w:num>
"""


def an_item(text: str, number: int = 1, level: int | str = 0) -> str:
    properties = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
    return a_paragraph(a_run(text), properties)


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        # As Word goes on after a paragraph, and after another list.
        (
            [an_item("One"), an_item("Two"), a_paragraph(a_run("Wait.")), an_item("Three")],
            ["1. One", "2. Two", "Wait.", "3. Three"],
        ),
        (
            [an_item("One"), a_paragraph(a_run("Then")), an_item("Dot", 2), an_item("Two")],
            ["1. One", "Then", "- Dot", "2. Two"],
        ),
        (
            [an_item("One"), a_paragraph(a_run("Anew")), an_item("First", 3), an_item("Next", 3)],
            ["1. One", "Anew", "1. First", "2. Next"],
        ),
        (
            [an_item("One"), an_item("Sub", 1, 1), an_item("Two"), an_item("Sub", 1, 1)],
            ["1. One", "1. Sub", "2. Two", "1. Sub"],
        ),
        ([an_item("None", 4), an_item("Odd", 1, "x"), an_item("One")], ["None", "Odd", "1. One"]),
    ],
)
def test_lists_of_a_docx_go_on_counting(body: list[str], lines: list[str]) -> None:
    draft = read(a_docx("".join(body), numbering=NUMBERING), "a.docx")
    assert [line.strip() for line in draft.content.split("\n") if line.strip()] == lines


OUTLINE = """
<w:style w:type="paragraph" w:styleId="H"><w:name w:val="heading 1"/></w:style>
<w:style w:type="paragraph" w:styleId="K"><w:name w:val="Kapitel"/><w:basedOn w:val="H"/></w:style>
<w:style w:type="paragraph" w:styleId="L"><w:name w:val="L"/><w:pPr><w:outlineLvl w:val="1"/>
</w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="B"><w:name w:val="B"/><w:basedOn w:val="H"/>
<w:pPr><w:outlineLvl w:val="9"/></w:pPr></w:style>
"""


def test_headings_of_a_docx_are_told_by_its_outline() -> None:
    words = [
        ("Refunds", '<w:pStyle w:val="K"/>'),
        ("Within a month.", ""),
        ("Time", '<w:pStyle w:val="L"/>'),
        ("Thirty days.", '<w:pStyle w:val="B"/>'),
        ("Fees", '<w:outlineLvl w:val="1"/>'),
        ("None at all. " * 20, '<w:outlineLvl w:val="1"/>'),
    ]
    body = "".join(a_paragraph(a_run(text), properties) for text, properties in words)
    draft = read(a_docx(body, styles=OUTLINE), "a.docx")
    assert draft.title == "Refunds"
    assert [(passage.section, passage.content.strip()) for passage in draft.passages] == [
        ("", "Within a month."),
        ("Time", "Thirty days."),
        ("Fees", ("None at all. " * 20).strip()),
    ]


def m(name: str, *inner: str) -> str:
    return f"<m:{name}>{''.join(inner)}</m:{name}>"


def letters(text: str, properties: str = "") -> str:
    return f"<m:r><m:rPr><m:sty/></m:rPr><w:rPr>{properties}</w:rPr><m:t>{text}</m:t></m:r>"


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (letters("price = 12 · seats"), "price = 12 · seats"),
        (
            m("f", m("num", letters("a+b")), m("den", letters("2"))) + letters(" = c"),
            "(a+b)/2 = c",
        ),
        (m("sSup", m("e", letters("10")), m("sup", letters("6"))), "10^6"),
        (m("sSub", m("e", letters("x")), m("sub", letters("i+1"))), "x_(i+1)"),
        (m("rad", m("deg"), m("e", letters("2"))), "√2"),
        (
            m("nary", '<m:naryPr><m:chr m:val="∑"/></m:naryPr>', m("sub", letters("i=1"))).replace(
                "</m:nary>", m("sup", letters("n")) + m("e", letters("i")) + "</m:nary>"
            ),
            "∑_(i=1)^n i",
        ),
        (
            m("func", m("fName", letters("min")), m("e", m("d", m("e", letters("a, b"))))),
            "min(a, b)",
        ),
        (letters("seen") + letters("evil", "<w:vanish/>"), "seen"),
    ],
)
def test_formulas_of_a_docx_are_written_in_the_line(formula: str, text: str) -> None:
    math = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    written = f'<m:oMath xmlns:m="{math}">{formula}</m:oMath>'
    body = f"<w:p>{a_run('It is ')}{written}{a_run('.')}</w:p>"
    assert read(a_docx(body), "a.docx").content == f"It is {text}."
    alone = f'<w:p><m:oMathPara xmlns:m="{math}">{written}</m:oMathPara></w:p>'
    assert read(a_docx(alone), "a.docx").content.strip() == text


def test_raised_numbers_of_a_docx_do_not_run_into_others() -> None:
    above = '<w:vertAlign w:val="superscript"/>'
    runs = a_run("It costs $99") + a_run("1", above) + a_run(" for 10") + a_run("6", above)
    assert read(a_docx(f"<w:p>{runs}</w:p>"), "a.docx").content == "It costs $99 ¹ for 10^6"


def test_html_is_what_its_reader_sees() -> None:
    draft = read_file("windows-1251.html")
    assert (draft.title, draft.language) == ("Возврат средств", "russian")
    assert draft.content.split("\n\n") == [
        "# Возврат средств",
        (
            "Возврат возможен в течение **тридцати дней**. Подробнее:"
            " [правила](https://cloudflow.example/refunds),\nловушка."
        ),
        "## Сроки",
        "| Способ | Дней |\n| --- | --- |\n| Карта | 5 |",
        "- Без вопросов\n- Без комиссии",
        "Схема возврата\nОбновлено в мае",
    ]


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>evil()</script>",
        "<style>evil</style>",
        "<noscript>evil</noscript>",
        "<template>evil</template>",
        "<svg><text>evil</text></svg>",
        "<!-- evil -->",
        "<nav>evil</nav>",
        "<footer>evil</footer>",
        '<div role="navigation">evil</div>',
        "<p hidden>evil</p>",
        '<p aria-hidden="true">evil</p>',
        '<p style="display:none">evil</p>',
        '<p style="visibility: HIDDEN">evil</p>',
        '<p style="color: red; opacity: 0">evil</p>',
        '<p style="font-size:0px">evil</p>',
        '<input value="evil"><textarea>evil</textarea>',
        '<a href="javascript:evil()">here</a>',
        '<img src="https://evil.example/x.png">',
        "<p>\u200b\u202e</p><object data='evil'>evil</object>",
        "<iframe srcdoc='evil'>evil</iframe>",
        '<p style="position:absolute; left:-9999px">evil</p>',
        '<p style="text-indent: -5000px">evil</p>',
        '<p style="color:transparent">evil</p>',
        '<div role="dialog">evil</div>',
        "<style>.gone, p.off { display: none }</style><p class='big gone'>evil</p>",
        "<style>/* p */ p.off{text-indent:-9999px}</style><p class=off>evil</p>",
        "<style>@media print{.x{color:red}}\n#gone{visibility:hidden}</style><p id=gone>evil</p>",
    ],
)
def test_what_a_page_hides_is_not_read(hidden: str) -> None:
    draft = read(f"<body><h1>Refunds</h1><p>Thirty days.</p>{hidden}</body>", "page.html")
    assert "Thirty days." in draft.content
    assert "evil" not in draft.content
    assert "\u202e" not in draft.content


@pytest.mark.parametrize(
    "style", ["opacity: 0.9", "font-size: 0.8em", "color: none", "display: block"]
)
def test_what_a_page_shows_is_read(style: str) -> None:
    assert "Thirty" in read(f'<p style="{style}">Thirty days.</p>', "page.html").content


@pytest.mark.parametrize(
    "head",
    [
        "<style>.answer{display:none} .answer.open{display:block}</style>",
        "<style>.answer{display:none}</style><script>show('answer')</script>",
        "<style>.answer{display:none}</style><script src=x.js></script>",
        "<style>@media print{.answer{display:none}}</style>",
        "<style>.menu .answer{display:none}</style>",
        "<style>div.answer{display:none}</style>",
        "<style>.answer:hover{display:none}</style>",
        "<style>.answer{display:none</style>",
    ],
)
def test_what_a_page_unfolds_is_read(head: str) -> None:
    assert "Thirty" in read(f"{head}<p class=answer>Thirty days.</p>", "page.html").content


def test_what_surrounds_the_main_part_of_a_page_is_not_read() -> None:
    around = "<div>We use cookies.</div>{}<div>Related: seats</div>"
    main = "<main><h1>Refunds</h1><p>Money comes back within thirty days of purchase.</main>"
    assert read(around.format(main), "page.html").content == (
        "# Refunds\n\nMoney comes back within thirty days of purchase."
    )
    # where it says least of the page, the rest is not around it
    assert "cookies" in read(around.format("<main>Hi</main>"), "page.html").content
    assert "cookies" in read(around.format("<main></main>" + main), "page.html").content


def test_merged_cells_are_said_in_each_place_that_they_cover() -> None:
    html = (
        "<table><tr><th rowspan=2>Plan<th colspan=2>Price<tr><th>Month<th>Year"
        "<tr><td rowspan=2>Pro<td>10<td>100<tr><td>12<td>120<tr><td colspan=3>Old plans"
        "<tr><td>Basic<td colspan=x>5<td rowspan=9>50</table>"
    )
    assert read(html, "page.html").content.split("\n") == [
        "| Plan | Price | Price |",
        "| --- | --- | --- |",
        "| Plan | Month | Year |",
        "| Pro | 10 | 100 |",
        "| Pro | 12 | 120 |",
        "| Old plans |",
        "| Basic | 5 | 50 |",
    ]


def test_cells_that_cover_more_than_a_table_has_are_said_once() -> None:
    html = "<table><tr><td rowspan=99999 colspan=99999>Thirty<td>days<tr><td>x</table>"
    assert read(html, "page.html").content.startswith("| Thirty | days |\n")


def test_signs_beside_headings_of_a_page_are_not_read() -> None:
    html = '<h1>Refunds<a class="headerlink" href="#refunds">¶</a></h1><p>Thirty days.'
    assert read(html, "page.html").title == "Refunds"
    assert read('<h1><a href="#refunds">Refunds</a></h1><p>x', "page.html").title == "Refunds"


def test_table_within_a_table_of_a_page_is_told_in_its_cell() -> None:
    inner = "<table><tr><th>Day<th>Fee<tr><td>1<td>0 USD</table>"
    html = f"<table><tr><th>Plan<th>Fees<tr><td>Pro<td>By day:{inner}</table>"
    assert read(html, "page.html").content.split("\n")[2:] == [
        "| Pro | By day: Day, Fee; 1, 0 USD |"
    ]


def test_code_as_confluence_stores_it_is_read() -> None:
    code = "<ac:plain-text-body><![CDATA[if a < b && c: deploy()]]></ac:plain-text-body>"
    assert "if a < b && c: deploy()" in read(f"<h1>Deploy</h1>{code}", "page.xhtml").content


def test_paragraphs_all_in_bold_are_headings_of_a_page() -> None:
    draft = read(
        "<h2>Leave</h2><p>Thirty days.<p><b>Sick leave</b><p>Call us."
        "<p><strong>Never wait.</strong><p><b>Proof:</b> after three days."
        "<ul><li><p><b>In a list</b><p>x</ul><p><b>The end</b>",
        "page.html",
    )
    assert [passage.section for passage in draft.passages] == ["", "Sick leave"]
    assert draft.title == "Leave"


def test_tags_that_a_page_writes_about_are_read() -> None:
    html = "<h1>Hiding</h1><p>Write &lt;div hidden&gt; or &lt;!-- so.</p><p>Then save.</p>"
    [passage] = read(html, "page.html").passages
    assert passage.content == "Write <div hidden> or <!-- so.\n\nThen save."


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("costs $99<sup>1</sup> per month", "costs $99 ¹ per month"),
        ("costs $<b>99</b><sup>1</sup>, net", "costs $**99** ¹, net"),
        ("up to 50<sup>1,2</sup> seats", "up to 50 ¹,² seats"),
        ("10<sup>6</sup> calls, 10<sup>-3</sup> s", "10^6 calls, 10^-3 s"),
        ('10<sup><a href="#fn">6</a></sup> calls', "10 ⁶ calls"),
        ('10<a href="#fn"><sup>[6]</sup></a> calls', "10 ⁶ calls"),
        ('10<span style="vertical-align: super">1</span> calls', "10 ¹ calls"),
        ("5 GB<sup>2</sup> a seat", "5 GB ² a seat"),
        ("1<sup>st</sup> floor, 12 m<sup>2</sup>", "1st floor, 12 m²"),
        ("H<sub>2</sub>O, CO<sub>2</sub>, 10<sub>2</sub>", "H2O, CO2, 10_2"),
        ("2<sup>1</sup>/<sub>2</sub> hours", "2 1/2 hours"),
        ("only $19<sup>99</sup>", "only $19.99"),
        ("50<sup>1<sup>2</sup></sup> seats", "50 ¹² seats"),
        ("Fees.<p><sup>1</sup>Without VAT.", "Fees.\n\n¹ Without VAT."),
    ],
)
def test_raised_numbers_of_a_page_do_not_run_into_others(html: str, text: str) -> None:
    assert read(f"<p>{html}</p>", "page.html").content == text


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("$99<sup>1</sup> a month, 10<sup>6</sup> calls", "$99 ¹ a month, 10^6 calls"),
        ('10<sup id="r1">[6](#n6)</sup> calls', "10 ⁶ calls"),
        ("2<sup>1</sup>/<sub>2</sub> l of CO<sub>2</sub>", "2 1/2 l of CO2"),
        ("Write `9<sup>1</sup>` so.", "Write `9<sup>1</sup>` so."),
        ("```\n9<sup>1</sup>\n```", "```\n9<sup>1</sup>\n```"),
        ("9<sup>1 and more", "9<sup>1 and more"),
        ("Ten<sup hidden>9</sup>.", "Ten."),
        ("Ten<!--<sup>9</sup>-->.", "Ten."),
    ],
)
def test_raised_numbers_of_markdown_do_not_run_into_others(written: str, text: str) -> None:
    [passage] = read(f"# Plans\n\n{written}\n", "a.md").passages
    assert passage.content == text


def test_buttons_that_are_headings_of_a_page() -> None:
    html = """<h1>Plans</h1>
        <h2><button aria-expanded="false">Can I pause?</button></h2><div>For three months.</div>
        <h2>Prices <button>Copy link</button></h2><table><tr><th><button>Seats</button><th>Fee
        <tr><td>5<td>9 USD <button>Buy now</button></table>
        <div><button class="faq-question">May I go?</button><div>At any time.</div></div>"""
    draft = read(html, "page.html")
    assert [(passage.section, passage.content) for passage in draft.passages] == [
        ("Can I pause?", "For three months."),
        ("Prices", "| Seats | Fee |\n| --- | --- |\n| 5 | 9 USD |"),
        ("Prices > May I go?", "At any time."),
    ]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Press <button>Share</button>, then go.", "Press Share, then go."),
        ("<p>Press <b><button>Share</button></b> and go.", "Press **Share** and go."),
        ("<ol><li>Now press <input type=submit value=Save></ol>", "1. Now press Save"),
        ("<p>Send <input value='sk_1'> as it is.", "Send `sk_1` as it is."),
        (
            "<p>Configuration:</p><textarea readonly>a=1</textarea>",
            "Configuration:\n\n```\na=1\n```",
        ),
    ],
)
def test_controls_that_a_page_tells_of_are_read(html: str, text: str) -> None:
    assert read(html, "page.html").content == text


@pytest.mark.parametrize(
    "control",
    [
        "<button>evil</button>",
        "<header>Hi <button>evil</button>, you</header>",
        "<nav><h2><button>evil</button></h2></nav>",
        "<pre>code<button>evil</button></pre>",
        "<p><code>npm ci</code> <button>evil</button></p>",
        "<ul><li><button>evil</button><li><button>evil</button></ul>",
        "<form><p>Get news: <button>evil</button> now</p><textarea readonly>evil</textarea></form>",
        "<div><button aria-expanded=false aria-haspopup=menu>evil</button><p>x</p></div>",
        "<p>Press <button hidden>evil</button> now.</p>",
        "<p>Press <input type=hidden value=evil> now.</p>",
        "<p>Press <input type=password value=evil> now.</p>",
        "<p>Press <input style='opacity:0' value=evil readonly> now.</p>",
        "<table><tr><td>Key 1 <button>evil</button></table>",
    ],
)
def test_controls_beside_the_text_of_a_page_are_not_read(control: str) -> None:
    assert "evil" not in read(f"<h1>Refunds</h1><p>Ask us.</p>{control}", "page.html").content


def test_controls_of_a_page_that_is_all_one_form() -> None:
    html = "<form><h1>Sharing</h1><p>Press <button>Share</button>, then wait.</form>"
    assert read(html, "page.html").content == "# Sharing\n\nPress Share, then wait."


@pytest.mark.parametrize(
    ("html", "is_read"),
    [
        ("<article>{}<aside>Never stop it.</aside></article>", True),
        ("<main>{}<aside class='warning'>Never stop it.</aside></main>", True),
        ("{}<aside class='Callout-tip'>Never stop it.</aside>", True),
        ("<article>{}<aside class=related-posts>Never stop it.</aside></article>", False),
        ("<article>{}<aside><a href=x>Never stop it.</a></aside></article>", False),
        ("<main><article>{}</article><aside>Never stop it.</aside></main>", False),
        ("{}<aside>Never stop it.</aside>", False),
        ("<article>{}<aside hidden>Never stop it.</aside></article>", False),
    ],
)
def test_asides_of_a_page_are_read_where_they_are_remarks(html: str, is_read: bool) -> None:
    page = html.format("<h1>Backups</h1><p>They run at night, and take an hour or two.</p>")
    assert ("Never stop it." in read(page, "page.html").content) is is_read


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("<header><nav>evil</nav><h1>Refunds</h1></header><h2>Time</h2><p>x", "Refunds"),
        ("<title>Refunds - Acme</title><header><h1>Refunds</h1></header><h2>y</h2><p>x", "Refunds"),
        ("<title>Refunds - Acme</title><header><h1>Acme</h1></header><p>x", "Refunds - Acme"),
        ("<header><h1>Acme</h1></header><h1>Refunds</h1><p>x", "Refunds"),
        ("<header><h1>Refunds <main>in time</main></h1></header><p>x", "Refunds in time"),
    ],
)
def test_title_of_a_page_in_its_header(page: str, title: str) -> None:
    draft = read(f"<body>{page}</body>", "page.html")
    assert draft.title == title
    assert "evil" not in draft.content


def test_html_without_end_tags() -> None:
    draft = read("<h1>Steps</h1><ul>" + "<li>One<p>Two" * 500 + "</ul>", "page.htm")
    assert draft.title == "Steps"
    assert draft.content.count("One") == 500


def test_title_of_a_page_without_headings() -> None:
    assert read("<title>Refunds &amp; more</title><p>x", "page.html").title == "Refunds & more"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ('<meta charset="iso-8859-2"><p>Łódź'.encode("iso-8859-2"), "Łódź"),
        ("<p>Größe – „neu“, für alle".encode("cp1252"), "Größe – „neu“, für alle"),
        ("<p>返金".encode("utf-16"), "返金"),
        ('<meta charset="utf-8"><p>Größe'.encode(), "Größe"),
        ('<meta charset="iso-8859-1"><p>5 €'.encode("cp1252"), "5 €"),
        ('<meta charset="nonsense"><p>Größe'.encode(), "Größe"),
        ("<p>Возврат возможен".encode("cp1251"), "Возврат возможен"),
    ],
)
def test_encodings_of_html(data: bytes, text: str) -> None:
    assert read(data, "page.html").content == text


def test_csv_is_a_passage_a_row_with_its_header() -> None:
    draft = read_file("windows-1252.csv")
    assert draft.title == "Windows 1252"
    assert [passage.content for passage in draft.passages] == [
        "Tarif: Frei\nPreis: 0,00 €",
        "Tarif: Pro\nPreis: 15,00 €\nStraße: Hauptstraße 5 80331 München",
    ]


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("a,b\n1,2\n", "a: 1\nb: 2"),
        ("a;b\n1,5;2,5\n", "a: 1,5\nb: 2,5"),
        ("a\tb\n1\t2\n", "a: 1\nb: 2"),
        ("a|b\n1|2\n", "a: 1\nb: 2"),
        ("sep=;\na;b\n1;2\n", "a: 1\nb: 2"),
        ("question\nHow, and why?\n", "question: How, and why?"),
        ('a,b\n"1, or ""one""",2\n', 'a: 1, or "one"\nb: 2'),
        ("\n,,\na,b\n1,2\n", "a: 1\nb: 2"),
        ("a,a,\n1,2,3,4\n", "a (column 1): 1\na (column 2): 2\n(column 3): 3\n(column 4): 4"),
        ("\ufeffa,b\n1,2\n", "a: 1\nb: 2"),
    ],
)
def test_dialects_of_csv(table: str, row: str) -> None:
    assert [passage.content for passage in read(table, "t.csv").passages] == [row]


def test_what_stands_above_a_table_is_no_header() -> None:
    draft = read_file("title-above.csv")
    assert draft.title == "Preisliste 2026"
    assert [passage.content for passage in draft.passages] == [
        "Erstellt von: Verkauf Süd\nStand: 01.03.2026",
        "Tarif: Frei\nPreis: 0,00 €\nPlätze: 1",
        "Tarif: Pro\nPreis: 15,00 €\nPlätze: unbegrenzt\nBemerkung: monatlich kündbar",
    ]
    assert draft.content.startswith("Preisliste 2026\n\nErstellt von: Verkauf Süd\n")


PRICES = ["Plan: Free\nPrice: 0", "Plan: Pro\nPrice: 15"]


@pytest.mark.parametrize(
    ("above", "remarks"),
    [
        ("Prices 2026\n\n", []),
        ("Prices 2026\n", []),
        ("Prices 2026,\n,\n", []),
        ("# Prices 2026\n", []),
        ("# Prices 2026\n# By Ann, on 5 May\n# in USD\n", ["By Ann on 5 May\nin USD"]),
        ("Prices 2026\n\nAll of them in USD.\n\n", ["All of them in USD."]),
        ("Prices 2026\n\nValid, from May\n\n", ["Valid from May"]),
    ],
)
def test_lines_above_the_header_of_a_table(above: str, remarks: list[str]) -> None:
    draft = read(f"{above}Plan,Price\nFree,0\nPro,15\n", "t.csv")
    assert draft.title == "Prices 2026"
    assert [passage.content for passage in draft.passages] == remarks + PRICES


def test_title_above_a_table_is_a_heading_where_the_document_has_another() -> None:
    draft = read("Prices 2026\n\nPlan,Price\nFree,0\n", "t.csv", title="For partners")
    assert (draft.title, draft.passages[0].section) == ("For partners", "Prices 2026")


@pytest.mark.parametrize(
    "table",
    [
        "Free,0 USD\nPro,15 USD\n",
        "Free,a@x.example\nPro,b@x.example\n",
        "Free,1 May 2026,2026-05-01\nPro,2 May 2026,2026-05-02\n",
        "Free,per month\nPro,per month\nTeam,per year\n",
        "Free,It costs nothing at all.\nPro,It does.\n",
        "North,2024\nSouth,2025\n",
        "Free,1,5,10\nPro,2,6,11\nTeam,4,2,1\n",
        "Free,0,0,0\nPro,9 USD,8 USD,7 USD\n",
        "Free,1\nPro,9 USD\nTeam,19 USD\nHuge,29 USD\n",
        "Free,3,5\nPro,2.5,9\nTeam,4.5,9\n",
    ],
)
def test_rows_of_a_table_without_a_header_say_their_values(table: str) -> None:
    rows = table.replace(",", "\n").rstrip("\n")
    draft = read(table, "t.csv")
    assert "\n".join(passage.content for passage in draft.passages) == rows
    assert len(draft.passages) == table.count("\n")


def test_table_below_a_title_may_have_no_header() -> None:
    draft = read("Prices 2026\n\nFree,0\nPro,15\n", "t.csv")
    assert draft.title == "Prices 2026"
    assert [passage.content for passage in draft.passages] == ["Free\n0", "Pro\n15"]


def test_a_long_row_without_a_header_is_cut_at_its_values() -> None:
    draft = read(f"Free,0,{'Thirty days. ' * 100}\nPro,15,Now\n", "t.csv")
    assert [passage.section for passage in draft.passages] == ["Free", "Free", "Free", ""]
    assert draft.passages[0].content == "0"


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ("Region,2024,2025\nNorth,100,200\nSouth,110,210\n", {"Region", "2024", "2025"}),
        ("Size,36,37,38\nEU,1,2,3\n", {"Size", "36", "37", "38"}),
        ("Plan,2026-01-01,2026-02-01\nPro,10,12\n", {"Plan", "2026-01-01", "2026-02-01"}),
        ("Seats,10,50,100\nPro,19 EUR,18 EUR,17 EUR\n", {"Seats", "10", "50", "100"}),
        ("Weight,1,10\nEU,4.90,9.90\nWorld,9.90,19.90\n", {"Weight", "1", "10"}),
        ("Word,English\nHaus,house\nEnglisch,English\nja,yes\n", {"Word", "English"}),
        ("#,Plan\n1,Free\n2,Pro\n", {"#", "Plan"}),
        ("#plan,price\nFree,0\nPro,15\n", {"#plan", "price"}),
        ("# plan,price\nFree,0\nPro,15\n", {"# plan", "price"}),
        (",price\nFree,0\nPro,15\n", {"(column 1)", "price"}),
        ("question\nHow, and why?\nWhere, and when?\n", {"question"}),
        ("question\n\nHow, and why?\nWhere, and when?\n", {"question"}),
        ("name\nSmith,John\nDoe,Jane\n", {"name"}),
        ("price\n1,5\n2,5\n3,5\n", {"price"}),
        ("price\n\n1,5\n2,5\n", {"price"}),
        ("plan,price\n\nFree,0\nPro,15\n", {"plan", "price"}),
        ('"\n\n\t"\n"plan"\nFree\n', {"plan"}),
        ("Question,\nHow?,\nWhy?,rare\n", {"Question", "(column 2)"}),
        ("Plan,Price\nFree,0\nPro,15\n\nTax,19,EUR\n", {"Plan", "Price", "(column 3)"}),
    ],
)
def test_header_of_a_table_that_has_nothing_above_it(table: str, names: set[str]) -> None:
    lines = [line for line in read(table, "t.csv").content.split("\n") if line]
    assert {line.partition(": ")[0] for line in lines} == names


def test_a_long_row_of_csv_is_cut_at_its_columns_under_its_first_value() -> None:
    answer, note = "Thirty days. " * 100, "word " * 150
    table = f"Question,Answer,Note,More\nHow long?,{answer},{note},end\n"
    passages = read(table, "t.csv").passages
    assert [passage.section for passage in passages] == [
        "Question: How long? > Answer",
        "Question: How long? > Answer",
        "Question: How long?",
    ]
    assert "".join(passage.content for passage in passages).count("Thirty days.") == 100
    assert passages[2].content == f"Note: {note.strip()}\nMore: end"
    assert read(table, "t.csv").content.startswith("Question: How long?\nAnswer: Thirty")


def test_a_cell_of_csv_is_as_long_as_the_file_may_be() -> None:
    assert read(f"a,b\nx,{'y' * 200_000}\n", "t.csv").content == f"a: x\nb: {'y' * 200_000}"


def test_metadata_counts_for_every_format() -> None:
    draft = read("a,b\n1,2", "t.csv", title="Plans", category="faq", visibility="internal")
    assert (draft.title, draft.category, draft.visibility) == ("Plans", "faq", "internal")


def test_type_counts_where_the_name_has_no_ending() -> None:
    draft = read("<p>Thirty days.", "page", content_type="text/html; charset=utf-8")
    assert draft.content == "Thirty days."
    assert set(READERS_BY_TYPE.values()) == set(READERS.values())


def archive(**files: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return written.getvalue()


PDF = (DOCUMENTS / "two-columns.pdf").read_bytes()
DOCX = (DOCUMENTS / "headings-and-table.docx").read_bytes()
BOMB = archive(**{"[Content_Types].xml": b"", "word/document.xml": bytes(60_000_000)})


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        ((DOCUMENTS / "encrypted.pdf").read_bytes(), "a.pdf", "the document is encrypted"),
        ((DOCUMENTS / "scanned.pdf").read_bytes(), "a.pdf", "has no text: its pages are pictures"),
        (b"", "a.pdf", "the PDF file is damaged"),
        (PDF[: len(PDF) // 2][:200], "a.pdf", "the PDF file is damaged"),
        (b"%PDF-1.7 and nothing", "a.pdf", "the PDF file is damaged"),
        (b"", "a.docx", "the file is no DOCX document"),
        (DOCX[:5000], "a.docx", "the file is no DOCX document"),
        (PDF, "a.docx", "the file is no DOCX document"),
        (archive(readme=b"x"), "a.docx", "the file is no DOCX document"),
        (archive(**{"[Content_Types].xml": b"x"}), "a.docx", "the DOCX file is damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.docx", "is encrypted, or of Word before 2007"),
        (BOMB, "a.docx", "too many bytes when it is unpacked: 60000000, at most 50000000"),
        (b"", "a.pdf", "damaged: it is empty"),
        (b"", "a.docx", "no DOCX document: it is empty"),
        (b"", "a.html", "the document is empty"),
        (b"<nav>x</nav>", "a.html", "the document is empty"),
        ("<div>" * 1_000 + "x", "a.html", "the page is nested too deeply"),
        (b"", "a.csv", "the document is empty"),
        (b"a,b\n", "a.csv", "the table has a header and no rows"),
        (
            b'a,b\n"x',
            "a.csv",
            "the row of the table that begins at line 2 cannot be read: unexpected end of data",
        ),
        (b"\x00\x01", "a.csv", "the file is not text"),
    ],
)
def test_what_cannot_be_read_says_why(content: bytes | str, name: str, reason: str) -> None:
    with pytest.raises(UnreadableDocumentError, match=reason):
        read(content, name)


@pytest.mark.parametrize(
    ("name", "limits", "reason"),
    [
        ("two-columns.pdf", Limits(pages=2), "too many pages: 3, at most 2"),
        ("two-columns.pdf", Limits(text_bytes=100), "too many characters"),
        ("windows-1252.csv", Limits(rows=1), "too many rows: 2, at most 1"),
        ("windows-1252.csv", Limits(text_bytes=10), "too many bytes of text"),
        ("windows-1251.html", Limits(text_bytes=10), "too many bytes of HTML"),
        ("headings-and-table.docx", Limits(text_bytes=10), "too many bytes of text"),
        ("headings-and-table.docx", Limits(unpacked_bytes=10), "too many bytes when it is"),
    ],
)
def test_what_is_too_large_is_refused(name: str, limits: Limits, reason: str) -> None:
    with pytest.raises(UnreadableDocumentError, match=reason):
        read_file(name, limits=limits)


def test_long_text_is_refused_before_it_is_split() -> None:
    with pytest.raises(UnreadableDocumentError, match="too many bytes of text: 4600000"):
        read("words " * 766_666 + "word", "a.txt")
