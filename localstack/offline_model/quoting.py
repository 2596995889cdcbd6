"""Finds what in the passages answers a question, and quotes it with the passage's number."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from localstack.offline_model.blocks import Block, parse, plain
from localstack.offline_model.conversation import Passage
from localstack.offline_model.embedding import Embedder
from localstack.offline_model.slips import as_meant
from localstack.offline_model.text import MIN_STEM, STOP_WORDS, content_stems, stem, words

MAX_PASSAGES = 5
"""Retrieval returns the best first; what comes after five has not been worth its time."""
EMBEDDED_CHARACTERS = 800
"""What is embedded of all passages: new text costs 100 ms for a thousand characters."""
UNIT_CHARACTERS = 160
"""What is embedded of one sentence or item: its beginning says what it is about."""
MAX_QUOTED_CHARACTERS = 1_200
MAX_QUOTES = 3
SHORT_PARAGRAPH = 360
"""Characters of a paragraph that is quoted whole."""
LONG_LIST = 12

_UNIT_SIMILARITY, _TITLE_SIMILARITY, _WORDS_SHARED = 0.5, 0.2, 0.3
"""What a unit's score is made of; the sum is one."""
UNKNOWN_BELOW = 0.34
"""The best score under which nothing is quoted: measured on public questions, it costs one answer
in eleven, and nothing is quoted for two in five questions that like passages do not answer, nor for
five in six about something else."""
UNKNOWN_BELOW_FOR_ABSENT = 0.1
"""What is added to it by the share of the question's words that nothing found has: «how do I pay by
credit card» is not answered by what says something of credits and of paying. On public questions it
costs none of 54 answers, and keeps 8 of 53 passages that do not answer from being quoted."""
UNKNOWN_BELOW_FOR_PASSING = 0.1
"""What is added to it where all there is about something is asked for, and the best passage has it
neither in its title nor in its heading: a refund «to the original payment method» says nothing of
which payment methods there are."""
NEAR_STEPS = 0.8
"""Share of the best score from which the steps of the same document go before what is said of them:
«how do I upgrade?» is answered by how, and then by when it takes effect."""
NEAR_IN_PASSAGE, NEAR_ELSEWHERE = 0.88, 0.95
"""Share of the best score from which a second quote is worth reading."""

ABOUT_FOLLOW_UP, ABOUT_FOLLOW_UP_AGAIN = 0.2, 0.35
"""Cosine from which a sentence without a word of a follow-up is about it: «and for children?» comes
to 0.3 with what speaks of kids, to 0.1 with other prices. What was just quoted must come nearer."""

_POINTERS = frozenset(
    map(stem, ("first", "second", "third", "last", "other", "next", "same", "else", "instead"))
)
"""Words of follow-ups that say which, and not what."""

_STEPS = re.compile(r"\bhow (do|can|to|should|would|2)\b|\bsteps?\b|\bway to\b|\bset up\b")
_ANNOUNCES = re.compile(
    r"\b(?:these|the following|following) (?:steps|instructions|points)\b|\bas follows\b",
    re.IGNORECASE,
)
_TIER = r"(?:plan|tier|subscription|package|edition)s?"
_BEST = r"(?:cheapest|best|better|(?:most|least) expensive|lowest|biggest|largest|smallest|right)"
_OVERVIEW = re.compile(
    r"^\W*(what|which|tell me|list|show|explain|describe|compare)\b.*\b(are (there|available|the)"
    r"|available|do you (have|offer|take|accept|support)|options|plans|types|kinds|differen\w+"
    r"|about|works?|policy|features)\b"
    rf"|\bcompare\b|\b{_BEST}(?: \w+)? {_TIER}\b"
    rf"|\b{_TIER}\b.*\b(?:{_BEST}|should (?:i|we)|recommend\w*)\b"
)


@dataclass(frozen=True)
class Quote:
    """What is quoted of one passage."""

    number: int
    markdown: str
    """The quoted text with the passage's number after each block."""


@dataclass(frozen=True)
class FollowUp:
    """A question that leans on the one before it.

    Attributes:
        asked: What it asks by itself.
        said: The last reply, which it is not asked to hear again.
    """

    asked: str
    said: str

    @property
    def stems(self) -> set[str]:
        """What it asks about by itself; nothing where it only points."""
        return content_stems(self.asked) - _POINTERS


@dataclass(frozen=True)
class _Scored:
    passage: Passage
    blocks: tuple[Block, ...]
    scores: tuple[tuple[float, ...], ...]
    """For each block, the score of each unit."""

    @property
    def best(self) -> float:
        return max((max(scores) for scores in self.scores if scores), default=0.0)


def quote(
    question: str,
    passages: Sequence[Passage],
    embedder: Embedder,
    follow_up: FollowUp | None = None,
) -> list[Quote]:
    """Quotes what answers a question.

    Args:
        question: What the customer wants to know; a follow-up with the question before it.
        passages: Found by retrieval, best first.
        embedder: Compares meanings.
        follow_up: What is asked now, where the question has two parts.

    Returns:
        Quotes, best passage first; none where nothing in the passages fits.
    """
    written = Counter(words(" ".join(f"{_headline(one)} {one.content}" for one in passages)))
    question = as_meant(question, written, embedder)
    if follow_up is not None:
        follow_up = replace(follow_up, asked=as_meant(follow_up.asked, written, embedder))
    scored = _score(question, passages, embedder, follow_up)
    if not scored:
        return []
    best = max(scored, key=lambda candidate: candidate.best)
    overview = _OVERVIEW.search(question.lower()) is not None
    in_passing = overview and not _is_headed(best.passage, question)
    unknown_below = UNKNOWN_BELOW + UNKNOWN_BELOW_FOR_ABSENT * _absent(question, scored)
    if best.best < unknown_below + UNKNOWN_BELOW_FOR_PASSING * in_passing:
        return []
    nearest = best.best
    best = _steps_of(best, question, scored) or best
    chosen = _chosen(best, question, best.best)
    quotes, quoted = [_quote(best, chosen)], [_units_of(chosen)]
    room = MAX_QUOTED_CHARACTERS - len(quotes[0].markdown)
    announced = _announced_by(best, scored)
    for candidate in scored:
        if candidate is best or len(quotes) == (MAX_PASSAGES if overview else MAX_QUOTES):
            continue
        same_document = overview and candidate.passage.title == best.passage.title
        near = candidate is announced or candidate.best >= NEAR_ELSEWHERE * nearest
        if not same_document and not near:
            continue
        chosen = _chosen(candidate, question, best.best)
        extra = _quote(candidate, chosen)
        # Two documents may say the same.
        if len(extra.markdown) <= room and _units_of(chosen) not in quoted:
            quotes.append(extra)
            quoted.append(_units_of(chosen))
            room -= len(extra.markdown)
    return quotes


def best_score(question: str, passages: Sequence[Passage], embedder: Embedder) -> float:
    """Returns how well the best sentence fits, between about 0 and 1."""
    return max((item.best for item in _score(question, passages, embedder)), default=0.0)


def _score(
    question: str,
    passages: Sequence[Passage],
    embedder: Embedder,
    follow_up: FollowUp | None = None,
) -> list[_Scored]:
    wanted = content_stems(question)
    parsed = [(p, tuple(parse(p.content))) for p in passages[:MAX_PASSAGES]]
    parsed = [(passage, blocks) for passage, blocks in parsed if blocks]
    if not parsed:
        return []
    weights = _rarity(wanted, [_everything(passage) for passage, _ in parsed])
    kept = _worth_embedding(parsed, weights)
    titles = [_headline(passage) for passage, _ in parsed]
    contexts = (_context(block, unit)[:UNIT_CHARACTERS] for _, block, unit, _ in kept)
    texts = [question, *titles, *contexts]
    vectors = embedder.embed(texts)
    similarities = vectors[1:] @ vectors[0]
    title_scores = similarities[: len(titles)]
    unit_scores = {
        key: float(similarity)
        for (_, _, _, key), similarity in zip(kept, similarities[len(titles) :], strict=True)
    }
    scored = []
    for place, (passage, blocks) in enumerate(parsed):
        title_stems = content_stems(_headline(passage))
        scores = tuple(
            tuple(
                _UNIT_SIMILARITY * unit_scores.get((place, row, column), 0.0)
                + _TITLE_SIMILARITY * float(title_scores[place])
                + _WORDS_SHARED * _words_shared(weights, title_stems, block, unit)
                for column, unit in enumerate(block.units)
            )
            for row, block in enumerate(blocks)
        )
        scored.append(_Scored(passage, blocks, scores))
    if follow_up is None or not follow_up.stems:
        return scored
    [asked] = embedder.embed([follow_up.asked])
    near = {
        key: float(vector @ asked)
        for (_, _, _, key), vector in zip(kept, vectors[1 + len(titles) :], strict=True)
    }
    return [_about(follow_up, one, place, near) for place, one in enumerate(scored)]


type _Key = tuple[int, int, int]


def _about(follow_up: FollowUp, scored: _Scored, place: int, near: dict[_Key, float]) -> _Scored:
    """Takes the scores of what is about the question before a follow-up, and not about that."""
    said = " ".join(words(follow_up.said))

    def counts(block: Block, unit: str, key: _Key) -> bool:
        stems = content_stems(f"{_headline(scored.passage)} {_context(block, unit)}")
        if any(_same(one, other) for one in follow_up.stems for other in stems):
            return True
        again = " ".join(words(plain(unit))) in said
        return near.get(key, 0.0) >= (ABOUT_FOLLOW_UP_AGAIN if again else ABOUT_FOLLOW_UP)

    scores = tuple(
        tuple(
            score if counts(block, unit, (place, row, column)) else 0.0
            for column, (unit, score) in enumerate(zip(block.units, of_block, strict=True))
        )
        for row, (block, of_block) in enumerate(zip(scored.blocks, scored.scores, strict=True))
    )
    return _Scored(scored.passage, scored.blocks, scores)


def _same(one: str, other: str) -> bool:
    """Tells whether two stems are of one word: «year» and «yearl»."""
    if min(len(one), len(other)) < MIN_STEM:
        return one == other
    return one.startswith(other) or other.startswith(one)


def _worth_embedding(
    parsed: Sequence[tuple[Passage, tuple[Block, ...]]], weights: dict[str, float]
) -> list[tuple[int, Block, str, _Key]]:
    """Keeps the units that share most words with the question, earlier passages first."""
    units = [
        (place, block, unit, (place, row, column))
        for place, (_, blocks) in enumerate(parsed)
        for row, block in enumerate(blocks)
        for column, unit in enumerate(block.units)
    ]
    contexts = [_context(block, unit) for _, block, unit, _ in units]
    shares = [_shared(weights, content_stems(context)) for context in contexts]
    kept: list[int] = []
    left = EMBEDDED_CHARACTERS
    for index in sorted(range(len(units)), key=lambda index: (-shares[index], index)):
        left -= min(len(contexts[index]), UNIT_CHARACTERS)
        if left < 0:
            break
        kept.append(index)
    return [units[index] for index in sorted(kept)]


def _rarity(wanted: set[str], documents: Sequence[set[str]]) -> dict[str, float]:
    """Weighs the question's words: one that all passages have tells nothing."""
    return {
        word: math.log(1 + len(documents) / (0.5 + sum(word in d for d in documents)))
        for word in wanted
    }


def _absent(question: str, scored: Sequence[_Scored]) -> float:
    """Tells the share of a question's words that none of the passages has.

    What stands right before such a word counts with it: «credit» is no part of the answer to
    «credit card» where no card is spoken of.
    """
    everything = [_everything(one.passage) for one in scored]
    weights = _rarity(content_stems(question), everything)
    known = set().union(*everything)
    absent = {word for word in weights if not any(_same(word, other) for other in known)}
    before = {
        stem(word)
        for word, following in pairwise(words(question))
        if stem(following) in absent and following not in STOP_WORDS
    }
    return _shared(weights, absent | before)


def _shared(weights: dict[str, float], stems: set[str]) -> float:
    total = sum(weights.values())
    return sum(weight for word, weight in weights.items() if word in stems) / total if total else 0


def _words_shared(weights: dict[str, float], title: set[str], block: Block, unit: str) -> float:
    """Counts half what the whole block has: the items of a list answer together."""
    own = _shared(weights, title | content_stems(_context(block, unit)))
    together = title.union(*(content_stems(_context(block, other)) for other in block.units))
    return (own + _shared(weights, together)) / 2


def _steps_of(best: _Scored, question: str, scored: Sequence[_Scored]) -> _Scored | None:
    """Finds the steps in the best passage's document, where steps are asked for and it has none."""
    if _STEPS.search(question.lower()) is None or _has_steps(best):
        return None
    others = [
        one
        for one in scored
        if one.passage.title == best.passage.title
        and _has_steps(one)
        and one.best >= NEAR_STEPS * best.best
    ]
    return max(others, key=lambda one: one.best, default=None)


def _announced_by(best: _Scored, scored: Sequence[_Scored]) -> _Scored | None:
    """Finds the steps that «go through these steps» speaks of: the same document's."""
    if _has_steps(best) or _ANNOUNCES.search(best.passage.content) is None:
        return None
    others = (one for one in scored if one.passage.title == best.passage.title and _has_steps(one))
    return next(others, None)


def _has_steps(scored: _Scored) -> bool:
    return any(block.ordered for block in scored.blocks)


def _is_headed(passage: Passage, question: str) -> bool:
    stems = content_stems(_headline(passage))
    return any(_same(one, other) for one in content_stems(question) for other in stems)


def _headline(passage: Passage) -> str:
    return " ".join(part for part in (passage.title, passage.section) if part)


def _everything(passage: Passage) -> set[str]:
    return content_stems(f"{_headline(passage)} {passage.content}")


def _context(block: Block, unit: str) -> str:
    """A unit with the words without which it says little: "For teams of up to 3"."""
    parts = (block.heading, plain(block.lead).rstrip(":"), plain(unit))
    return ". ".join(part for part in parts if part)


def _chosen(scored: _Scored, question: str, best: float) -> list[tuple[Block, Sequence[str]]]:
    """Decides which blocks to quote, and which units of each."""
    lowered = question.lower()
    whole = sum(block.length for block in scored.blocks)
    if _OVERVIEW.search(lowered) and whole <= MAX_QUOTED_CHARACTERS:
        return [(block, block.units) for block in scored.blocks]
    tops = [max(scores, default=0.0) for scores in scored.scores]
    limit = max(NEAR_IN_PASSAGE * best, max(tops) * NEAR_IN_PASSAGE)
    wants_steps = _STEPS.search(lowered) is not None
    ranked = sorted(range(len(tops)), key=lambda row: -tops[row])
    if wants_steps:
        # Steps answer "how" even where the sentence before them says it in more like words.
        ranked.sort(key=lambda row: not scored.blocks[row].ordered)
    picked: dict[int, Sequence[str]] = {}
    room = MAX_QUOTED_CHARACTERS
    for row in ranked:
        block = scored.blocks[row]
        steps = (
            wants_steps
            and block.ordered
            and not any(scored.blocks[other].ordered for other in picked)
        )
        if picked and not steps and tops[row] < limit:
            continue
        if not picked and not steps and tops[row] < max(tops):
            continue
        units = _units(block, scored.scores[row], limit)
        length = sum(map(len, units)) + len(block.lead)
        if picked and length > room:
            continue
        picked[row] = units
        room -= length
        if len(picked) == MAX_QUOTES:
            break
    return [(scored.blocks[row], picked[row]) for row in sorted(picked)]


def _units(block: Block, scores: Sequence[float], limit: float) -> Sequence[str]:
    if block.kind == "list" and (block.ordered or len(block.units) <= LONG_LIST):
        return block.units
    if block.kind == "verbatim" or block.length <= SHORT_PARAGRAPH:
        return block.units
    least = min(limit, max(scores))
    return [unit for unit, score in zip(block.units, scores, strict=True) if score >= least]


def _units_of(chosen: Sequence[tuple[Block, Sequence[str]]]) -> list[str]:
    return [unit for _, units in chosen for unit in units]


def _quote(scored: _Scored, chosen: Sequence[tuple[Block, Sequence[str]]]) -> Quote:
    number = scored.passage.number
    parts = []
    for block, units in chosen:
        if block.kind == "paragraph":
            body = f"{' '.join(units)} [{number}]"
        elif block.kind == "list":
            body = "\n".join(units) + f" [{number}]"
        else:
            # A mark behind a table or code would become part of it.
            body = "\n".join(units) + f"\n\n[{number}]"
        if block.lead:
            body = f"{block.lead}\n\n{body}"
        parts.append(body)
    return Quote(number, "\n\n".join(parts))
