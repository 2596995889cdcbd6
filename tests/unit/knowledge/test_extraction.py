"""What a document says of itself is taken; what nobody can read is refused with a reason."""

import re
from datetime import date
from typing import Any

import pytest

from frontdesk.domain.errors import UnreadableDocumentError
from frontdesk.domain.knowledge import Category, DocumentDraft, StoredObject, Visibility
from frontdesk.knowledge.decoding import decode
from frontdesk.knowledge.extraction import make_draft, title_of_key


def read(content: str | bytes, key: str = "knowledge/a-file.md", **fields: Any) -> DocumentDraft:
    data = content.encode() if isinstance(content, str) else content
    stored = StoredObject(key=key, version="v1", size=len(data), **fields)
    return make_draft(stored, data)


def test_front_matter_is_taken_and_left_out() -> None:
    draft = read(
        '---\ntitle: "Refunds: how"\ncategory: policy\nvisibility: internal # staff\n'
        "source-url: https://example.com/refunds\nowner: billing\nreview_at: 2027-01-31\n"
        "language: de\nnested:\n  - x\n---\n# Heading\n\nText.\n"
    )
    assert draft.title == "Refunds: how"
    assert (draft.category, draft.visibility) == (Category.POLICY, Visibility.INTERNAL)
    assert draft.source_url == "https://example.com/refunds"
    assert (draft.owner, draft.review_at) == ("billing", date(2027, 1, 31))
    assert draft.language == "german"
    assert draft.content == "# Heading\n\nText."


@pytest.mark.parametrize(
    ("value", "title"),
    [
        ('"Refunds: how" # a note', "Refunds: how"),
        ("'It''s free' # a note", "It's free"),
        (r'"The \"free\" plan"', 'The "free" plan'),
        (">\n  How refunds\n  work", "How refunds work"),
        ("|-\n  How refunds work\n", "How refunds work"),
        ("[unclosed", "[unclosed"),
        ("A 'quoted' word", "A 'quoted' word"),
        ("How refunds\n  work in\n   practice", "How refunds work in practice"),
        ('"Refunds: how\n  they work: a guide" # a note', "Refunds: how they work: a guide"),
        ("'It''s free\n  # of charge'", "It's free # of charge"),
        ("How refunds work\n  # a note", "How refunds work"),
        ("How refunds work\n  - a list", "How refunds work"),
        ("How refunds work\n  owner: billing", "How refunds work"),
    ],
)
def test_values_of_front_matter(value: str, title: str) -> None:
    draft = read(f"---\ntitle: {value}\ncategory: 'faq' # a note\n---\nText.")
    assert (draft.title, draft.category, draft.content) == (title, Category.FAQ, "Text.")


@pytest.mark.parametrize("above", ["", "\n", "\ufeff", " \n\n"])
def test_front_matter_below_empty_lines_keeps_its_visibility(above: str) -> None:
    draft = read(f"{above}---\n\n# staff only\nvisibility: internal\n---\nText.")
    assert (draft.visibility, draft.content) == (Visibility.INTERNAL, "Text.")


@pytest.mark.parametrize(
    "written",
    [
        '---\n"visibility": internal\n---\nText.',
        "---\n  title: A\n  visibility: internal\n---\nText.",
        "---\nvisibility : Internal\n---\nText.",
        '+++\ntitle = "A"\nvisibility = "internal"\n+++\nText.',
    ],
)
def test_ways_to_keep_a_document_for_staff(written: str) -> None:
    draft = read(written)
    assert (draft.visibility, draft.content) == (Visibility.INTERNAL, "Text.")


@pytest.mark.parametrize("name", ["table.csv", "page.html", "note.txt"])
def test_front_matter_counts_for_every_text(name: str) -> None:
    draft = read("---\nvisibility: internal\n---\nQ,A\nHow?,So.\n", f"knowledge/{name}")
    assert draft.visibility is Visibility.INTERNAL
    assert "visibility" not in draft.content


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("---\nvisiblity: internal\n---\nText.", "'visiblity' is not known: visibility?"),
        ("---\nvisibility:\n  - internal\n---\nText.", "visibility has no value"),
        ("+++\nvisibility = internal\n+++\nText.", "no TOML"),
    ],
)
def test_nobody_guesses_who_may_see_a_document(written: str, reason: str) -> None:
    with pytest.raises(UnreadableDocumentError, match=reason):
        read(written)


@pytest.mark.parametrize(
    "text",
    [
        "---\n\nA line above. It stays.\n\n---\n\nBelow.",
        "---\n- a list\n- of things\n---\nBelow.",
        "---\nNote: it has no end.\n\nMore.",
    ],
)
def test_line_across_the_page_is_no_front_matter(text: str) -> None:
    assert read(text).content == text


def test_metadata_is_taken_where_the_document_is_silent() -> None:
    metadata = {"title": "Outside", "category": "troubleshooting", "source-url": "https://e.com/x"}
    draft = read("---\ntitle: Inside\n---\nText.", metadata=metadata)
    assert (draft.title, draft.category) == ("Inside", Category.TROUBLESHOOTING)
    assert draft.source_url == "https://e.com/x"


def test_title_comes_from_the_first_heading_then_the_file_name() -> None:
    assert read("## Sub\n\nText.\n\n# Top\n\nMore.").title == "Sub"
    assert read("Text.", "knowledge/x/refund-policy_2.md").title == "Refund policy 2"
    assert title_of_key("knowledge/.md") == ".md"


@pytest.mark.parametrize("key", ["knowledge/a-1.md", "knowledge/a-1.txt"])
@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("How refunds work \n \nWithin thirty days.", "How refunds work"),
        ("\n返金について\n\n三十日以内です。", "返金について"),
        ("Is it free?\n\nYes.", "Is it free?"),
        ("This is a sentence.\n\nAnd another one.", "A 1"),
        ("A paragraph that goes\non in the next line\n\nand ends.", "A 1"),
        ("2026\n\nA year.", "A 1"),
        ("- an item\n\nText.", "A 1"),
        ("Nothing follows\n\n", "A 1"),
        ("word " * 30 + "\n\nText.", "A 1"),
    ],
)
def test_a_line_alone_at_the_top_is_the_title(key: str, text: str, title: str) -> None:
    draft = read(text, key)
    assert draft.title == title
    assert draft.content == text.strip("\n")


def test_title_is_not_repeated_in_the_path() -> None:
    draft = read("# Refunds\n\nText.\n\n## When\n\nSoon.")
    assert [one.section for one in draft.passages] == ["", "When"]


def test_document_of_headings_alone_is_kept() -> None:
    draft = read("# Call 555-0100\n\n## Or write\n")
    assert [one.content for one in draft.passages] == ["# Call 555-0100\n\n## Or write"]


def test_plain_text_has_no_headings() -> None:
    draft = read("# not a heading\n\ntext", "knowledge/notes.txt")
    assert draft.title == "Notes"
    assert draft.passages[0].content == "# not a heading\n\ntext"


def test_type_counts_where_the_name_has_no_ending() -> None:
    assert read("Text.", "knowledge/notes", content_type="text/plain; charset=utf-8").passages


@pytest.mark.parametrize(
    ("content", "key", "reason"),
    [
        ("x", "knowledge/a.exe", "format not supported: '.exe'"),
        ("x", "knowledge/a", "format not supported: ''"),
        ("", "knowledge/a.md", "the document is empty"),
        ("---\ntitle: x\n---\n \n", "knowledge/a.md", "the document is empty"),
        (b"\x00\x01", "knowledge/a.md", "the file is not text"),
        (bytes(range(1, 256)) * 4, "knowledge/a.md", "the file is not text"),
        (b"\xff\xfea", "knowledge/a.md", "the file is not text in utf-16"),
        ("---\ncategory: gossip\n---\nx", "knowledge/a.md", "category 'gossip' is not one of"),
        ("---\nvisibility: secret\n---\nx", "knowledge/a.md", "visibility 'secret' is not one"),
        ("---\nsource-url: javascript:x\n---\nx", "knowledge/a.md", "is not a web address"),
        ("---\nreview-at: soon\n---\nx", "knowledge/a.md", "is not a date"),
        ("---\nvisibility: internal\n\nx", "knowledge/a.md", "visibility (line 2) cannot be read"),
    ],
)
def test_what_cannot_be_read_says_why(content: str | bytes, key: str, reason: str) -> None:
    with pytest.raises(UnreadableDocumentError, match=re.escape(reason)):
        read(content, key)


@pytest.mark.parametrize(
    "content",
    [
        "---\ntitle: x\nvisibility:internal\n---\nText",
        "---\ntitle: x\nvisibility = internal\n---\nText",
        "---\ntitle: x\nvisibility\uff1ainternal\n---\nText",
        "---\nmeta:\n  visibility: internal\n---\nText",
        "---\ntitle: x\n  visibility: internal\n---\nText",
        "---\n\ttitle: x\n\tvisibility: internal\n---\nText",
        "---\n- a list\nvisibility: internal\n---\nText",
        "--- # a comment\nvisibility: internal\n---\nText",
        "---yaml\nvisibility: internal\n---\nText",
        "----\nvisibility: internal\n----\nText",
        "---\ntitle: x\n\nvisibility: internal\n\nText",
        "<!-- lint: off -->\n---\nvisibility: internal\n---\nText",
        '+++\n[extra]\nvisibility = "internal"\n+++\nText',
        '+++\nvisibility = "internal"\n\nText',
        "title: x\nVisibility: Internal\n\nText",
    ],
)
def test_a_visibility_that_is_not_read_is_not_guessed(content: str) -> None:
    with pytest.raises(UnreadableDocumentError, match=r"visibility \(line \d\) cannot be read"):
        read(content, "knowledge/a.md")


@pytest.mark.parametrize(
    "content",
    [
        "---\nSome text.\n\nVisibility: internal\n",
        "---\n\n# Projects\n\nVisibility: choose who can see the project.\n",
        "---\ntitle: x\n---\n\nVisibility: internal\n\n---\n",
        "---\nmeta:\n  visibility: public\n---\nText",
        "Visibility: public\n\nText",
        "How it works\n\nvisibility: internal means staff.\n",
        "Title\n---\nvisibility: internal\n",
        "```\n---\nvisibility: internal\n---\n```\n",
        "| Setting | Value |\n|---|---|\n| Visibility | internal |\n",
    ],
)
def test_a_document_about_visibility_says_nothing_of_its_own(content: str) -> None:
    assert read(content, "knowledge/a.md").visibility is Visibility.PUBLIC


def test_names_and_values_of_front_matter_may_be_in_any_language() -> None:
    draft = read(
        '---\nÜbersicht: ja\ntitle: "Caf\\u00e9 \\"Frei\\""\nvisibility: internal\n---\nText',
        "knowledge/a.md",
    )

    assert (draft.title, draft.visibility) == ('Café "Frei"', Visibility.INTERNAL)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Größe".encode(), "Größe"),
        ("Größe".encode("utf-8-sig"), "Größe"),
        ("Größe".encode("utf-16"), "Größe"),
        ("Größe – „neu“".encode("cp1252"), "Größe – „neu“"),
        ("Возврат в течение дней".encode("cp1251"), "Возврат в течение дней"),
        ("Zwroty są możliwe, żadnych pytań.".encode("cp1250"), "Zwroty są możliwe, żadnych pytań."),
        ("返金は購入から三十日以内".encode("cp932"), "返金は購入から三十日以内"),
        ("Größe – „neu“\n".encode("utf-16-le"), "Größe – „neu“\n"),
        ("Größe – „neu“\n".encode("utf-16-be"), "Größe – „neu“\n"),
        (b"a\r\nb\rc", "a\nb\nc"),
        ("in\u200bvis\u202eible\u00ad\x07".encode(), "invisible"),
        ("Gro\u0308ße".encode(), "Größe"),
    ],
)
def test_encodings_and_invisible_characters(data: bytes, text: str) -> None:
    assert decode(data) == text


@pytest.mark.parametrize("is_table", [False, True])
@pytest.mark.parametrize("repeated", [1, 8])
@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Keep it below 25 °C."),
        ("cp1252", "“Smart” quotes – and £5 don’t hurt…"),
        ("cp1252", "Das Maß ist voll: ÄÖÜ"),
        ("cp1252", "Où est la facture ? Elle est déjà payée."),
        ("cp1252", "¿Cuánto cuesta? El año próximo, señor."),
        ("cp1252", "Não há reembolso após trinta dias."),
        ("cp1252", "Överför pengar på måndag"),
        ("cp1250", "Vrácení peněz do třiceti dnů, žádné otázky"),
        ("cp1250", "Visszatérítés harminc napon belül, kérdés nélkül, őszintén"),
        ("cp1254", "İade otuz gün içinde yapılır, şartlar geçerlidir."),
        ("cp1257", "Grąžinimas galimas per trisdešimt dienų, jokių klausimų"),
        ("cp1251", "Возврат возможен в течение тридцати дней."),
        ("koi8_r", "Возврат возможен в течение тридцати дней."),
        ("cp1253", "Η επιστροφή χρημάτων γίνεται σε τριάντα ημέρες"),
        ("cp1255", "מדיניות החזרים: ניתן לבקש החזר תוך שלושים יום"),
        ("cp1256", "سياسة الاسترداد: يمكنك طلب استرداد خلال ثلاثين يوما"),
        ("cp874", "นโยบายการคืนเงิน คุณสามารถขอคืนเงินได้ภายใน 30 วัน"),
        ("cp932", "料金プラン"),
        ("euc_jp", "返金は購入日から三十日以内に請求できます。"),
        ("cp949", "환불은 구매 후 30일 이내에 신청할 수 있습니다."),
        ("gb18030", "退款可在购买后三十天内申请。请联系客服。"),
        ("big5", "退款可在購買後三十天內申請。請聯絡客服。"),
    ],
)
def test_encodings_from_before_unicode(
    encoding: str, text: str, repeated: int, is_table: bool
) -> None:
    written = "\n".join([text] * repeated)
    if is_table:
        written = f"name;value\nplan;{written}\n"
    assert decode(written.encode(encoding)) == written


def test_encoding_of_a_text_whose_sample_ends_within_a_character() -> None:
    written = "x" + "退款可在购买后三十天内申请。" * 5_000
    assert decode(written.encode("gb18030")) == written


def test_same_words_have_the_same_hash_in_one_language_only() -> None:
    draft = read("Text.")
    again = draft.model_copy(update={"object_version": "v2", "visibility": Visibility.INTERNAL})
    german = draft.model_copy(update={"language": "german"})
    assert draft.passage_hashes() == again.passage_hashes()
    assert draft.passage_hashes() != german.passage_hashes()
