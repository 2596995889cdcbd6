"""Which language a document is written in, for the stemming of its words."""

import re
import unicodedata

DEFAULT = "english"
"""What a text is taken for that says too little of itself."""

UNSTEMMED = "simple"
"""For scripts whose words Postgres does not stem: every word as it stands."""

_SAMPLE_CHARACTERS = 20_000
"""Enough function words to tell any language apart."""

_LEAST_SHARE = 0.05
"""Of a language's texts, function words make a fifth or more; of names and lists in another one, a
few happen to look like them."""

_BY_CODE = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nb": "norwegian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "tr": "turkish",
}
# The commonest function words; of those that several languages share, most are left out.
_FUNCTION_WORDS = {
    "danish": "og det ikke jeg til af som hvordan kan din med er på den du har",
    "dutch": "het een niet van ik zijn voor met hoe kunt uw deze naar wordt ook",
    "english": "the and of to is you your that this for with how can are it not be what when where"
    " which who why does do could would should my we our they was were have has from if on i a"
    # Words of other languages too, and here so that they are a sign of none: «10 per minute».
    " per non come comment pour sur die met hoe van till den din mit en no",
    "finnish": "on ei että se mutta kun niin voit tai sinun ovat miten",
    "french": "le les des et est vous votre pour dans une que qui pas sur avec comment mon mes sont"
    " nous je aux cette peut",
    "german": "der die das und ist nicht sie ihr mit für auf ein eine wie können wird den ich oder"
    " sind werden kann zu von bei es",
    "italian": "il che di è per una non con sono della come puoi tuo gli nel delle alla più questo",
    "norwegian": "og det ikke jeg til av som hvordan kan din med er på du har",
    "portuguese": "o que não para uma com você seu sua os como pode em ao mais",
    "spanish": "el los que para una con su por como puede está las del usted cómo",
    "swedish": "och det inte jag till av som hur kan din med är på du har att",
}
_WORD_SETS = {name: frozenset(words.split()) for name, words in _FUNCTION_WORDS.items()}
# With a capital they are names, places and abbreviations in texts of any language, English ones
# too: «Los Angeles», «Chicago, IL», «9 am EST».
_NAMES = "av con das del der des di ein el em est et har il les las los nel o os para por se su um"
_IN_NAMES = frozenset(_NAMES.split())
# A sign that «die» is the German article, where it is the only function word: «Die Rechnung kommt».
_GERMAN = re.compile(
    r"[äöüßÄÖÜ]|[a-z]{3}(?:ung|heit|keit|schaft)(?:en)?\b|[a-z]{3}lich(?:e[mnrs]?)?\b"
    r"|\bDie [A-ZÄÖÜ]\w+ [a-zäöü]"
)
_SCRIPTS = {"CYRILLIC": "russian", "ARABIC": "arabic"}
_WORD = re.compile(r"[^\W\d_]+")
_ASCII_RUN = re.compile(r"[!-~]+")
_WITHIN_ADDRESS = re.compile(r"[/@.:#_][a-z0-9]", re.IGNORECASE)


def from_code(code: str) -> str | None:
    """Finds the text search configuration of a language.

    Args:
        code: A BCP 47 tag (``de``, ``pt-BR``) or the configuration's own name.

    Returns:
        The configuration; None where the language is not known.
    """
    name = code.strip().lower()
    if name in _BY_CODE.values() or name == UNSTEMMED:
        return name
    return _BY_CODE.get(re.split(r"[-_]", name, maxsplit=1)[0])


def detect(text: str) -> str:
    """Tells a text's language by its script and its function words.

    Args:
        text: Any text.

    Returns:
        A text search configuration; English where the text says too little.
    """
    sample = _without_addresses(text[:_SAMPLE_CHARACTERS])
    written = _WORD.findall(sample)
    if not written:
        return DEFAULT
    words = [word.lower() for word in written]
    script = _foreign_script(words)
    if script is not None:
        return script
    counts = {name: sum(word in known for word in words) for name, known in _WORD_SETS.items()}
    counts[DEFAULT] += sum(
        word in _IN_NAMES and word != as_written
        for word, as_written in zip(words, written, strict=True)
    )
    if _GERMAN.search(sample):
        counts[DEFAULT] -= words.count("die")
    best = max(counts, key=lambda name: (counts[name], name == DEFAULT))
    return best if counts[best] >= _LEAST_SHARE * len(words) else DEFAULT


def _without_addresses(text: str) -> str:
    """Drops addresses, paths and names of files: «com» in them would be Portuguese."""
    return _ASCII_RUN.sub(
        lambda run: " " if _WITHIN_ADDRESS.search(run[0]) else run[0],
        text,
    )


def _foreign_script(words: list[str]) -> str | None:
    latin = sum(word[0] < "\u0250" for word in words)
    if latin * 2 >= len(words):
        return None
    scripts = [unicodedata.name(word[0], "").split(" ")[0] for word in words if word[0] >= "\u0250"]
    return _SCRIPTS.get(max(set(scripts), key=scripts.count), UNSTEMMED)
