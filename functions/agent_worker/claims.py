"""Facts that a text states: amounts, dates, identifiers and the like, however they are written.

Two texts state the same fact where their claims agree; what is compared is the meaning
(«$1,079.10», «1079,10 USD» and «1.079,10 $»), not the spelling.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from agent_worker.prefilter import PrefilteredPattern
from frontdesk.domain.records import Plan


class ClaimKind(StrEnum):
    """What a claim is about."""

    IDENTIFIER = "identifier"
    DATE = "date"
    TIME = "time"
    AMOUNT = "amount"
    PERCENTAGE = "percentage"
    DURATION = "duration"
    QUANTITY = "quantity"
    PLAN = "plan"


@dataclass(frozen=True, slots=True)
class Claim:
    """A fact that a text states.

    Attributes:
        text: As it is written there.
        meanings: What it may mean; «3/4/2026» means one of two days.
    """

    kind: ClaimKind
    text: str
    meanings: frozenset[Hashable]


@dataclass(frozen=True, slots=True)
class Money:
    """An amount; the currency is '' where none is said."""

    value: Decimal
    currency: str = ""

    def agrees(self, other: "Money") -> bool:
        """True for the same amount of what may be the same currency."""
        return self.value == other.value and (
            not self.currency or not other.currency or self.currency == other.currency
        )


@dataclass(frozen=True, slots=True)
class Day:
    """A day, or a month of a year, as far as it is said."""

    month: int
    day: int | None = None
    year: int | None = None

    def agrees(self, known: "Day") -> bool:
        """True where the known day is this one, or within this month."""
        return (
            self.month == known.month
            and self.day in (None, known.day)
            and (None in (self.year, known.year) or self.year == known.year)
        )


_NUMBER = r"\d{1,3}(?:[.,'’\u00a0\u202f ]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2})?(?!\d)"

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_IDENTIFIERS = (
    _EMAIL,
    re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE),
    re.compile(r"\b(?:act|conv|cus|doc|inv|psg|sub|task|tic|tkt)_\w+", re.IGNORECASE),
    # INV-2024-005, FD-7K2M9; a lower-case word needs digits to be one of them.
    re.compile(r"\b[A-Z]{2,6}-(?=[0-9A-Z-]*\d)[0-9A-Z]{3,}(?:-[0-9A-Z]+)*\b"),
    re.compile(r"\b[A-Za-z]{2,6}-\d{3,}(?:-\d+)*\b|\bFD-[0-9A-Z]{5}\b", re.IGNORECASE),
    re.compile(r"\b(?:\d{4}[ -]){3}\d{4}\b|\b\d{8,}\b"),
)
_NUMBERED = re.compile(
    r"(?:#|№\s?|\b(?:invoice|ticket|order|account|reference|customer|case|task|bill|receipt"
    r"|rechnung|bestellung|kunde|facture|commande|client|factura|pedido|cliente|fattura|ordine"
    r"|fatura|conta)(?:s?nummer)?"
    r"(?: (?:number|no\.?|id|nr\.?|ref\.?|n[.º°]*|número|numéro|numero))?"
    r"[ :#]+)(?P<number>\d[\d-]{2,}\d)\b",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"\+\d[\d ()./-]{5,}\d|(?<![\d.,-])(?:\d-)?\(?\d{2,4}\)?[ .-]\d{3,4}[ .-]\d{4}(?![\d.,])"
)
_PHONE_DIGITS = 7
"""The end of a number, which is the same with and without the country's code."""

_MONTH_NAMES = (
    "january jan januar janvier enero ene janeiro gennaio",
    "february feb februar février fevrier fév febrero fevereiro fev febbraio",
    "märz mär mars marzo março",
    "april apr avril avr abril abr aprile",
    "mai mayo maio maggio",
    "june jun juni juin junio junho giugno giu",
    "july jul juli juillet juil julio julho luglio lug",
    "august aug août aout agosto",
    "september sep sept septembre septiembre setembro settembre",
    "october oct oktober okt octobre octubre outubro ottobre ott",
    "november nov novembre noviembre novembro",
    "december dec dezember dez décembre decembre déc diciembre dezembro dicembre",
)
_MONTHS = {
    name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()
} | {"may": 5, "march": 3}
# «may» and «march» are verbs too, where they are not written large.
_MONTH = (
    "(?:(?-i:May|March|MAY|MARCH)|"
    + "|".join(sorted((name for name in _MONTHS if name not in ("may", "march")), key=len)[::-1])
    + r")\b\.?"
)
_ISO_DAY = re.compile(r"\b(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?!\d)")
_NUMERIC_DAY = re.compile(r"\b(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})\b")
_DAY_MONTH = re.compile(
    rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.|º|°|er)? ?(?:of |de |di )?(?P<month>{_MONTH})"
    r"(?:,? (?:de |del )?(?P<year>\d{4})\b)?",
    re.IGNORECASE,
)
_MONTH_DAY = re.compile(
    rf"\b(?P<month>{_MONTH}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (?P<year>\d{{4}})\b)?",
    re.IGNORECASE,
)
_MONTH_YEAR = re.compile(
    rf"\b(?P<month>{_MONTH}),? (?:de |del |of )?(?P<year>\d{{4}})\b", re.IGNORECASE
)
_TIME = re.compile(
    r"(?<![\d:])(?P<hour>[01]?\d|2[0-3])(?::(?P<minute>[0-5]\d))(?::[0-5]\d)?"
    r"(?:\s?(?P<half>[ap])\.?m\b)?(?![\d:])|\b(?P<hour2>1[0-2]|[1-9])\s?(?P<half2>[ap])\.?m\b",
    re.IGNORECASE,
)

_CURRENCIES = {
    "$": "USD",
    "us$": "USD",
    "usd": "USD",
    "dollar": "USD",
    "dollars": "USD",
    "dólares": "USD",
    "dollari": "USD",
    "bucks": "USD",
    "€": "EUR",
    "eur": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "£": "GBP",
    "gbp": "GBP",
    "pounds": "GBP",
    "¥": "JPY",
    "jpy": "JPY",
    "chf": "CHF",
    "cad": "CAD",
    "aud": "AUD",
    "brl": "BRL",
    "r$": "BRL",
    "cents": "cents",
    "cent": "cents",
}
_SIGNS = "|".join(sorted(map(re.escape, _CURRENCIES), key=len, reverse=True))
_PER = (
    r"\s?(?:/|(?:per|a|an|each|every|pro|par|al|por|ao|por cada|je|im) )\s?(?:month|year|seat|user"
    r"|member|person|mo\b|yr\b|monat|jahr|platz|nutzer|mois|an\b|siège|mes\b|año|usuario|mês|ano\b"
    r"|utilizador|usuário|mese|anno|utente)"
)
_AMOUNT = re.compile(
    rf"(?P<before>{_SIGNS})\s?(?P<first>{_NUMBER})(?P<kilo>k\b)?"
    rf"|(?P<second>{_NUMBER})\s?(?P<after>{_SIGNS})(?!\w)"
    rf"|(?P<third>{_NUMBER})(?={_PER})"
    r"|(?<![\d.,])(?P<plain>\d{1,3}(?:[.,]\d{3})*[.,]\d{2}|\d+[.,]\d{2})(?![\d.,]*\d)(?!\s?%)",
    re.IGNORECASE,
)
_PRICED = re.compile(
    r"cost|pric|fee\b|fees\b|charge|pay|paid|bill|invoice|total|amount|tax|preis|kost|prix|coût"
    r"|precio|cuesta|preço|custa|prezzo|" + "|".join(map(re.escape, ("$", "€", "£", "usd", "eur"))),
    re.IGNORECASE,
)
_BARE = re.compile(rf"(?<![\w.,-])(?:{_NUMBER})(?![\w%-])")
_ANY_NUMBER = re.compile(rf"(?<![\d.,^])(?:{_NUMBER})")

_PERCENTAGE = re.compile(
    r"(?P<value>\d+(?:[.,]\d+)?)\s?(?:%|percent\b|per cent\b|prozent\b|pour cent\b|por ciento\b"
    r"|por cento\b|per cento\b)",
    re.IGNORECASE,
)

# Minutes, or months, which have no fixed number of days.
_UNITS: dict[str, tuple[str, int]] = {}
for _names, _unit in (
    ("minute minutes min mins minuten minuto minutos minuti", ("minutes", 1)),
    ("hour hours hr hrs stunde stunden heure heures hora horas ora ore", ("minutes", 60)),
    ("day days tag tage tagen jour jours día días dia dias giorno giorni", ("minutes", 1_440)),
    ("werktag werktage werktagen", ("minutes", 1_440)),
    (
        "week weeks woche wochen semaine semaines semana semanas settimana settimane",
        ("minutes", 10_080),
    ),
    ("month months monat monate monaten mois mes meses mês mese mesi", ("months", 1)),
    ("year years jahr jahre jahren année années año años ano anos anno anni", ("months", 12)),
):
    _UNITS |= dict.fromkeys(_names.split(), _unit)
_NUMBER_WORDS = {
    word: value
    for value, words in enumerate(
        (
            "two zwei deux dos dois due",
            "three drei trois tres três tre",
            "four vier quatre cuatro quatro quattro",
            "five fünf cinq cinco cinque",
            "six sechs seis sei",
            "seven sieben sept siete sete sette",
            "eight acht huit ocho oito otto",
            "nine neun neuf nueve nove",
            "ten zehn dix diez dez dieci",
        ),
        2,
    )
    for word in words.split()
} | {"twelve": 12, "fourteen": 14, "fifteen": 15, "twenty": 20, "thirty": 30, "sixty": 60}
_COUNT = rf"\d+(?:[.,]\d+)?|{'|'.join(_NUMBER_WORDS)}"
_DURATION = re.compile(
    rf"(?<![\w.,])(?P<first>{_COUNT})(?:\s?(?:-|–|to|or|and|bis|à|ou|a|o|oder)\s?(?P<last>{_COUNT}))?"
    r"[\s-]?(?:(?:business|working|calendar|full|more|volle|weitere)[\s-])?"
    rf"(?P<unit>{'|'.join(sorted(_UNITS, key=len, reverse=True))})\b",
    re.IGNORECASE,
)
_QUANTITY = re.compile(
    rf"(?<![\w.,^-])(?P<value>{_NUMBER})\s?(?:[GTMK]i?B\b|(?:[a-z]+ )?(?:seats?|users?|members?"
    r"|projects?|people|licen[cs]es?|workspaces?|boards?|requests?|api calls?|devices?)\b)",
    re.IGNORECASE,
)

_KNOWN_PLANS = "|".join(Plan)
_PLAN_NOUN = r"(?:plan|tier|package|edition|tarif|abo|forfait|piano|plano|abonnement)"
# A name beside the noun, or a known one written as a name or in bold.
_PLAN = re.compile(
    rf"\b(?P<before>{_KNOWN_PLANS})\W{{0,4}}{_PLAN_NOUN}s?\b"
    rf"|\b{_PLAN_NOUN}s?\W{{1,4}}(?P<after>{_KNOWN_PLANS})\b"
    rf"|\*\*(?P<bold>{_KNOWN_PLANS})\b"
    rf"|(?-i:(?<![.!?:|\n] )(?<![\n|>])(?<!^)\b(?P<name>Starter|Professional|Enterprise)\b)"
    rf"|(?-i:\b(?P<other>[A-Z][\w+]+)\*{{0,2}} )(?-i:(?:plan|tier|Plan|Tier))\b",
    re.IGNORECASE,
)
_NO_PLAN_NAMES = frozenset(
    """a all an annual another any backup billing both cancel change check choose compare current
    data different each either every existing floor higher its lower manage monthly my new next no
    of old one our paid payment per please pricing project same select service some subscription
    such that the their these this those upgrade view what which with yearly you your""".split()  # noqa: SIM905 - a word a line is no better to read
)

_ANY_WORD = re.compile(r"[^\W\d_]+")
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_CITATION = re.compile(r"\[\d+\]")
# As documents are read: a footnote's mark stands apart from the number that it is beside.
_NOTE_MARK = re.compile("(?<=\\S) ⁽?[⁰¹²³⁴-⁹]{1,3}(?:[,;–⁻][⁰¹²³⁴-⁹]{1,3})*⁾?(?![^\\W_])")
_LIST_NUMBER = re.compile(r"^\s*\d{1,3}[.)]\s", re.MULTILINE)


def claims(text: str) -> list[Claim]:
    """Finds the facts that a text states.

    Args:
        text: Markdown in any of the languages that are spoken here.

    Returns:
        The claims, by kind.
    """
    rest = _CITATION.sub(" ", _LIST_NUMBER.sub(" ", _NOTE_MARK.sub("", text)))
    found: list[Claim] = []
    for kind, pattern, read in READERS:
        kept: list[str] = []
        end = 0
        for match in pattern.finditer(rest):
            meanings = frozenset(read(match))
            if not meanings:
                continue
            found.append(Claim(kind, match[0].strip(), meanings))
            # What is read once must not be read again as something else.
            kept += [rest[end : match.start()], " \u2022 "]
            end = match.end()
        if kind is not ClaimKind.PLAN:
            rest = "".join([*kept, rest[end:]])
        if pattern.pattern is _PHONE:
            rest = _URL.sub(" ", rest)
    return found


def amounts_within(text: str, stated: Iterable[Claim]) -> set[Money]:
    """Finds whatever may be meant as an amount: with a currency, or bare where prices are told.

    Args:
        text: The text.
        stated: Its claims.

    Returns:
        The amounts.
    """
    found = {
        meaning
        for claim in stated
        if claim.kind is ClaimKind.AMOUNT
        for meaning in claim.meanings
        if isinstance(meaning, Money)
    }
    marked = {money.value for money in found if money.currency}
    for paragraph in re.split(r"\n\s*\n", text):
        if _PRICED.search(paragraph):
            values = {decimal(number) for number in _BARE.findall(paragraph)} - marked
            found |= {Money(value) for value in values if value is not None}
    return found


def numbers_within(text: str) -> set[Decimal]:
    """Finds all numbers of a text."""
    values = (decimal(number) for number in _ANY_NUMBER.findall(text))
    words = _ANY_WORD.findall(text.lower())
    return {value for value in values if value is not None} | {
        Decimal(_NUMBER_WORDS[word]) for word in words if word in _NUMBER_WORDS
    }


def decimal(text: str) -> Decimal | None:
    """Reads a number as it is written anywhere: 1,079.10 or 1.079,10 or 1 079,10.

    Args:
        text: The number.

    Returns:
        Its value without trailing zeros; None where it is none.
    """
    plain = re.sub(r"[\s'’\u00a0\u202f]", "", text)
    last = max(plain.rfind("."), plain.rfind(","))
    if last >= 0:
        fraction = plain[last + 1 :]
        whole = re.sub(r"[.,]", "", plain[:last])
        # Three digits after a single mark are thousands: 1,079.
        plain = f"{whole}{fraction}" if len(fraction) == 3 else f"{whole}.{fraction}"
    if not re.fullmatch(r"\d+(?:\.\d+)?", plain):
        return None
    return Decimal(plain).normalize()


def _identifier(found: re.Match[str]) -> Iterator[Hashable]:
    yield found[0].lower().rstrip(".-_")


def _numbered(found: re.Match[str]) -> Iterator[Hashable]:
    yield found["number"].lower()


def _phone(found: re.Match[str]) -> Iterator[Hashable]:
    digits = re.sub(r"\D", "", found[0])
    if len(digits) >= _PHONE_DIGITS:
        yield digits[-_PHONE_DIGITS:]


def _day(found: re.Match[str]) -> Iterator[Hashable]:
    known = found.groupdict()
    month = known["month"].lower().rstrip(".")
    day, year = known.get("day"), known.get("year")
    number = int(month) if month.isdigit() else _MONTHS[month]
    if (1 <= number <= 12) and (day is None or 1 <= int(day) <= 31):
        yield Day(number, int(day) if day else None, int(year) if year else None)


def _numeric_day(found: re.Match[str]) -> Iterator[Hashable]:
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    year += 2_000 if year < 100 else 0
    for day, month in ((first, second), (second, first)):
        if 1 <= month <= 12 and 1 <= day <= 31:
            yield Day(month, day, year)


def _time(found: re.Match[str]) -> Iterator[Hashable]:
    hour = int(found["hour"] or found["hour2"])
    half = (found["half"] or found["half2"] or "").lower()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    yield (hour, int(found["minute"] or 0))


def _amount(found: re.Match[str]) -> Iterator[Hashable]:
    value = decimal(found["first"] or found["second"] or found["third"] or found["plain"])
    if value is None:
        return
    currency = _CURRENCIES.get((found["before"] or found["after"] or "").lower(), "")
    if currency == "cents":
        value, currency = value / 100, ""
    if found["kilo"]:
        value *= 1_000
    yield Money(value.normalize(), currency)


def _percentage(found: re.Match[str]) -> Iterator[Hashable]:
    yield Decimal(found["value"].replace(",", ".")).normalize()


def _duration(found: re.Match[str]) -> Iterator[Hashable]:
    unit, factor = _UNITS[found["unit"].lower()]
    # Of a range both ends are claimed; which is what a tuple means.
    yield (unit, *(_count(found[name]) * factor for name in ("first", "last") if found[name]))


def _count(text: str) -> Decimal:
    word = _NUMBER_WORDS.get(text.lower())
    return Decimal(word if word is not None else text.replace(",", ".")).normalize()


def _quantity(found: re.Match[str]) -> Iterator[Hashable]:
    value = decimal(found["value"])
    if value is not None:
        yield value


def _plan(found: re.Match[str]) -> Iterator[Hashable]:
    name = next(name for name in found.groups() if name).lower()
    if name not in _NO_PLAN_NAMES:
        yield name


type _Read = Callable[[re.Match[str]], Iterable[Hashable]]

READERS: tuple[tuple[ClaimKind, PrefilteredPattern, _Read], ...] = tuple(
    (kind, PrefilteredPattern.of(pattern), read)
    for kind, pattern, read in (
        (ClaimKind.PLAN, _PLAN, _plan),
        *((ClaimKind.IDENTIFIER, pattern, _identifier) for pattern in _IDENTIFIERS),
        (ClaimKind.DATE, _ISO_DAY, _day),
        (ClaimKind.DATE, _NUMERIC_DAY, _numeric_day),
        (ClaimKind.IDENTIFIER, _NUMBERED, _numbered),
        (ClaimKind.IDENTIFIER, _PHONE, _phone),
        (ClaimKind.DATE, _DAY_MONTH, _day),
        (ClaimKind.DATE, _MONTH_DAY, _day),
        (ClaimKind.DATE, _MONTH_YEAR, _day),
        (ClaimKind.TIME, _TIME, _time),
        (ClaimKind.PERCENTAGE, _PERCENTAGE, _percentage),
        (ClaimKind.DURATION, _DURATION, _duration),
        (ClaimKind.AMOUNT, _AMOUNT, _amount),
        (ClaimKind.QUANTITY, _QUANTITY, _quantity),
    )
)
