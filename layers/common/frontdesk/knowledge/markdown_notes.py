"""Footnotes of Markdown, said where they are referred to.

At the end of a document nobody knows what they are of.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

type Lines = Sequence[tuple[str, bool]]

_DEFINITION = re.compile(r" {0,3}\[\^([^\]\s]+)\]:[ \t]*(.*)$")
_CONTINUED = re.compile(r"(?: {2,}|\t)\s*\S")
# No other block, which ends a note's paragraph.
_SAME_PARAGRAPH = re.compile(
    r"(?! {0,3}(?:#{1,6}(?:\s|$)|[-*+>|]|\d+[.)]\s|```|~~~|<|\[\^[^\]\s]+\]:))"
)
_MARK = re.compile(
    r"(?P<literal>\\.|(?<!`)(`+)(?!`).*?(?<!`)\2(?!`))|[ \t]?\[\^(?P<label>[^\]\s]+)\](?!\()"
)


class Notes:
    """The footnotes of a document.

    A note is said at its first mark in each section. What is said again is as long as the document
    at most: many marks of a long note would fill the memory.
    """

    def __init__(self, lines: Lines) -> None:
        """Finds the notes.

        Args:
            lines: All lines of the document, and whether each is code.
        """
        self._lines = lines
        self._texts: dict[str, str] = {}
        self._places: dict[str, range] = {}
        self._said: Counter[str] = Counter()
        self._said_here: set[str] = set()
        self._left = sum(len(line) for line, _ in lines)
        for label, place, end in _definitions(lines):
            written = lines[place:end]
            if label in self._texts or any(is_code for _, is_code in written):
                # A note that shows code can be said in no sentence.
                continue
            match = _DEFINITION.match(written[0][0])
            first = match[2] if match else ""
            text = " ".join(" ".join([first, *(line for line, _ in written[1:])]).split())
            if text:
                self._texts[label] = text
                self._places[label] = range(place, end)
        self._keep_those_referred_to()

    def __bool__(self) -> bool:
        """Whether there is any that is referred to."""
        return bool(self._texts)

    def without_notes(self) -> Lines:
        """Lists the document's lines without the notes that are said elsewhere."""
        gone = {place for places in self._places.values() for place in places}
        return [line for place, line in enumerate(self._lines) if place not in gone]

    def begin_section(self) -> None:
        """Says notes again, from here on."""
        self._said_here.clear()

    def put_into(self, line: str) -> str:
        """Says the notes of a line behind what they are of.

        Args:
            line: A line that is no code.

        Returns:
            The line without the marks; one that no note belongs to stays.
        """
        return self._replace(line, lambda text: f" ({text})")

    def take_from(self, heading: str) -> tuple[str, list[str]]:
        """Takes the marks out of a heading.

        Args:
            heading: What is written in it.

        Returns:
            The heading without them, and the notes to be said below it.
        """
        said: list[str] = []

        def take(text: str) -> str:
            said.append(text)
            return ""

        return self._replace(heading, take), said

    def _replace(self, line: str, say: Callable[[str], str]) -> str:
        if not self._texts or "[^" not in line or _DEFINITION.match(line):
            return line

        def replace(match: re.Match[str]) -> str:
            label = (match["label"] or "").casefold()
            text = self._texts.get(label)
            if text is None:
                return match[0]
            return say(text) if self._may_say(label, len(text)) else ""

        return _MARK.sub(replace, line)

    def _may_say(self, label: str, length: int) -> bool:
        if label in self._said_here:
            return False
        if self._said[label]:
            if length > self._left:
                return False
            self._left -= length
        self._said_here.add(label)
        self._said[label] += 1
        return True

    def _keep_those_referred_to(self) -> None:
        if not self._texts:
            return
        definitions = {place for places in self._places.values() for place in places}
        marked = {
            match["label"].casefold()
            for place, (line, is_code) in enumerate(self._lines)
            if not is_code and place not in definitions and "[^" in line
            # What is left of those is said where it stands.
            if not _DEFINITION.match(line)
            for match in _MARK.finditer(line)
            if match["label"]
        }
        self._texts = {label: text for label, text in self._texts.items() if label in marked}
        self._places = {label: self._places[label] for label in self._texts}


def _definitions(lines: Lines) -> Iterator[tuple[str, int, int]]:
    """Lists the label of each note, the number of its first line and of the one after it."""
    place = 0
    while place < len(lines):
        line, is_code = lines[place]
        match = None if is_code or "[^" not in line else _DEFINITION.match(line)
        if match is None:
            place += 1
            continue
        end = _end(lines, place + 1)
        yield match[1].casefold(), place, end
        place = end


def _end(lines: Lines, place: int) -> int:
    """Finds where a note ends that goes on at a line: it may have further, indented paragraphs."""
    is_after_gap = False
    end = place
    while place < len(lines):
        line = lines[place][0]
        if not line.strip():
            is_after_gap = True
        elif not (_CONTINUED if is_after_gap else _SAME_PARAGRAPH).match(line):
            break
        else:
            is_after_gap = False
            end = place + 1
        place += 1
    return end
