"""Which encoding a text is in that is not in Unicode, told by how its letters stand together.

Each candidate decodes the text; the one wins whose letters are the usual ones of a language that
is written in it, and stand in words of one script. What programs wrote before Unicode is short
and mostly ASCII, so that frequencies alone, as of long texts, tell too little.

Of 44 such texts (`test_encodings_from_before_unicode`) charset-normalizer tells 26 right. chardet 7
tells 42, and of 58 others as many as this (44); but no `requests` before 2.33 stands it beside
itself, and the SAM CLI wants an earlier one: once that has changed, chardet takes this module's
place.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

SAMPLE_BYTES = 100_000
"""Enough words to tell a language by; more would only take longer."""

FALLBACK = "cp1252"
"""By far the most common of them; it reads almost anything."""

_MARKS = frozenset("\xa0«»“”„‘’‚‹›–—…•·€£¥§°©®™²³½¼×µ¿¡№´、。「」『』・，：；！？（）《》")
_WORD = re.compile(r"[^\W\d_]+")
_ALMOST = 0.7
"""What a seldom letter counts, where a frequent one counts one."""

type Judge = Callable[[str, list[str]], float]
"""Says of a text, and of its words that are not ASCII, how usual they are, 0 to 1."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An encoding.

    Attributes:
        weight: Between encodings that read a text equally well, the more common one wins.
    """

    name: str
    weight: float
    judge: Judge


def guess_encoding(data: bytes) -> str:
    """Guesses the encoding of a text that is not in Unicode.

    Args:
        data: The text's bytes.

    Returns:
        The name of the encoding.
    """
    sample = data[:SAMPLE_BYTES]
    scores = {one.name: one.weight * _score(sample, one) for one in _CANDIDATES}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] > 0 else FALLBACK


def _score(sample: bytes, candidate: _Candidate) -> float:
    try:
        text = sample.decode(candidate.name)
    except UnicodeDecodeError as error:
        if len(sample) < SAMPLE_BYTES or error.start < len(sample) - 4:
            return 0.0
        # The sample ends within a character.
        text = sample[: error.start].decode(candidate.name)
    marks = sum(character in _MARKS for character in text)
    others = sum(not character.isascii() for character in text) - marks
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    usual = candidate.judge(text, words) if words else 0.0
    letters = sum(not character.isascii() for word in words for character in word)
    # Signs that are neither letters nor usual marks speak against it.
    return (usual * letters + marks) / max(1, others + marks)


def _share(letters: Iterator[float]) -> float:
    """Returns the mean; of nothing, 0."""
    weights = list(letters)
    return sum(weights) / len(weights) if weights else 0.0


def _alphabet(*languages: str) -> Judge:
    """Judges Latin letters: how many of those beyond ASCII does one language have?"""
    sets = [frozenset(letters + letters.upper()) for letters in languages]

    def judge(_: str, words: list[str]) -> float:
        return max(
            _share(
                float(letter in known and not _is_odd_capital(word, place))
                for word in words
                for place, letter in enumerate(word)
                if not letter.isascii()
            )
            for known in sets
        )

    return judge


def _script(frequent: str, seldom: str) -> Judge:
    """Judges letters of another alphabet, whose words have no ASCII letter in them."""
    weights = dict.fromkeys(seldom + seldom.upper(), _ALMOST)
    weights |= dict.fromkeys(frequent + frequent.upper(), 1.0)

    def judge(_: str, words: list[str]) -> float:
        return _share(
            0.0
            if letter.isascii() or _is_mixed(word) or _is_odd_capital(word, place)
            else weights.get(letter, 0.0)
            for word in words
            for place, letter in enumerate(word)
        )

    return judge


def _is_mixed(word: str) -> bool:
    return any(letter.isascii() for letter in word)


def _is_odd_capital(word: str, place: int) -> bool:
    return place > 0 and word[place].isupper() and not word.isupper()


def _japanese(leads: range, encoding: str) -> Judge:
    """Judges Japanese: kana are in every text, and most kanji are of the first level."""

    def judge(text: str, _: list[str]) -> float:
        wide = [letter for letter in text if letter >= "\u3040" and letter not in _MARKS]
        kana = sum(letter <= "\u30ff" for letter in wide)
        if not kana:
            return 0.0
        return _share(
            float(letter <= "\u30ff" or letter.encode(encoding)[0] in leads) for letter in wide
        )

    return judge


def _double_byte(leads: range, seconds: range, encoding: str) -> Judge:
    """Judges Chinese and Korean: the usual characters come first in their encodings."""

    def judge(_: str, words: list[str]) -> float:
        return _share(
            float(
                len(pair := letter.encode(encoding)) == 2
                and pair[0] in leads
                and pair[1] in seconds
                and not _is_mixed(word)
            )
            for word in words
            for letter in word
            if not letter.isascii()
        )

    return judge


_ANY_SECOND = range(0x40, 0xFF)
_HIGH_SECOND = range(0xA1, 0xFF)

# In the order of how common they are.
_CANDIDATES = [
    _Candidate(
        FALLBACK,
        1.0,
        _alphabet(
            "äöüß",
            "àâæçéèêëîïôœùûü",
            "áéíóúüñ",
            "àáâãçéêíóôõú",
            "àèéìíòóù",
            "åäöéæøü",
            "éëïöüóèá",
            "áéíóúýþæöð",
        ),
    ),
    _Candidate(
        "cp1250",
        0.97,
        _alphabet("ąćęłńóśźż", "áčďéěíňóřšťúůýžľĺŕôä", "áéíóöőúüű", "ăâîşţșț", "čćđšž", "äöüß"),
    ),
    _Candidate("cp1254", 0.97, _alphabet("çğıiöşüâîûİ")),
    _Candidate("cp1257", 0.95, _alphabet("ąčęėįšųūž", "āčēģīķļņšūž", "äöõüšž")),
    _Candidate("cp1251", 0.97, _script("оеаинтсрвлкмдпуяыі", "ьгзбчйхжшюцщэфъёґєїўђјљњћџ")),
    _Candidate("koi8_r", 0.95, _script("оеаинтсрвлкмдпуяы", "ьгзбчйхжшюцщэфъё")),
    _Candidate("cp1253", 0.96, _script("αοιετσνηυρπκμλςάίόέή", "ώωγδχθφβύξζψϊϋΐΰ")),
    _Candidate("cp1255", 0.96, _script("יוהלאתרמבשנםחקד", "עפסטגכזןצץףך")),
    _Candidate("cp1256", 0.96, _script("اليمنتروبعدسفهكةأ", "حقجشصخىإطذضزثءغئؤظآپچژگـ")),
    _Candidate(
        "cp874",
        0.96,
        _script("นรกอาเงมยลวดทตสะบคหจป", "พชขใไแโถซณธญศษภฟผฉฝฮฐฎฏฑฒฌฆฬฤฯๆํำ็ิีึืุูั่้๊๋์"),
    ),
    _Candidate("cp932", 0.97, _japanese(range(0x88, 0x99), "cp932")),
    _Candidate("euc_jp", 0.97, _japanese(range(0xB0, 0xD0), "euc_jp")),
    _Candidate("cp949", 0.96, _double_byte(range(0xB0, 0xC9), _HIGH_SECOND, "cp949")),
    _Candidate("gb18030", 0.95, _double_byte(range(0xB0, 0xD8), _HIGH_SECOND, "gb18030")),
    _Candidate("big5", 0.94, _double_byte(range(0xA4, 0xC7), _ANY_SECOND, "big5")),
]
