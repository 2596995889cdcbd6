"""What may not leave in a reply: secrets, our own instructions, links to places not allowed.

Nor what would lure customers out of secrets or money of their own.
"""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from agent_worker.languages import language
from agent_worker.lures import lure
from frontdesk.domain.text import normalise

SAFE_ANSWER = language("en").phrases["safe"]

MIN_SECRET_CHARACTERS = 12
"""A shorter secret would be found in ordinary words."""

MIN_LEAKED_LINE_CHARACTERS = 60
"""A line of a prompt this long is not written again by chance."""

MAX_LINK_PASSES = 8
"""Links nested deeper than this are an attack, and the reply is replaced."""

LINK_REMOVED = "(link removed)"

_SECRET_FORMS = re.compile(
    r"\bsk-[A-Za-z0-9_-]{20,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\b\w+://[^\s/:@]+:[^\s/@]+@"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bfdg_[A-Za-z0-9_.-]{20,}"
)
# Markdown's inline links and images, with an optional title: ![text](target "title")
_INLINE = re.compile(
    r"(?P<image>!?)\[(?P<text>[^\]]*)\]\(\s*<?(?P<target>[^\s)>]*)>?(?:\s+[^)]*)?\)"
)
_DEFINITION = re.compile(r"^[ ]{0,3}\[[^\]]+\]:\s*<?(?P<target>\S+?)>?(?:\s.*)?$", re.MULTILINE)
# <https://…> and <javascript:…> are links in Markdown.
_AUTOLINK = re.compile(r"<(?P<target>[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*)>")
# Elements that link, load or run something; <placeholders> of documentation stay.
_HTML = re.compile(
    r"</?(?:a|area|audio|base|button|embed|form|frame|iframe|image|img|input|link|math|meta|object"
    r"|script|source|style|svg|track|video)\b[^<>]*>",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"(?P<target>(?:\b[a-z][a-z0-9+.-]{1,20}://|\bwww\.)[^\s<>\"'`)\]]+)", re.IGNORECASE
)
_TRAILING = ".,;:!?*_"


@dataclass(frozen=True, slots=True)
class GuardedReply:
    """A reply that may be sent, and what had to be done about it.

    Attributes:
        blocked: Why the whole reply was replaced; None where it was not.
        links_removed: How many links and images were taken out.
    """

    text: str
    blocked: str | None = None
    links_removed: int = 0


class OutboundGuard:
    """Looks at every reply before it is committed.

    Args:
        link_hosts: Hosts that may be linked to, subdomains included.
        secrets: Gives the values that must never be seen, such as keys and canaries.
        prompt_lines: Lines of our own instructions.
    """

    def __init__(
        self,
        *,
        link_hosts: Collection[str],
        secrets: Callable[[], Iterable[str]],
        prompt_lines: Iterable[str],
    ) -> None:
        self._hosts = frozenset(link_hosts)
        self._secrets = secrets
        self._prompt_lines = [
            line
            for line in (_flattened(line) for line in prompt_lines)
            if len(line) >= MIN_LEAKED_LINE_CHARACTERS
        ]

    def check(self, reply: str) -> GuardedReply:
        """Returns the reply as it may be sent.

        Args:
            reply: What the model wrote.

        Returns:
            The reply without forbidden links; the safe answer where it gives something away
            or asks for what nobody may ask for.
        """
        reason = self._leak(reply) or lure(normalise(reply))
        if reason is not None:
            return GuardedReply(SAFE_ANSWER, blocked=reason)
        text, removed = self._without_links(reply)
        return GuardedReply(text, links_removed=removed)

    def leaks(self, text: str) -> bool:
        """Tells whether a text gives away a secret or our instructions.

        Args:
            text: Any text that would be shown.

        Returns:
            True where it must not be shown.
        """
        return self._leak(text) is not None

    def _leak(self, reply: str) -> str | None:
        # Invisible characters and spacing must not hide what is looked for.
        visible = normalise(reply)
        if _SECRET_FORMS.search(visible):
            return "secret"
        joined = "".join(visible.split())
        secrets = [text for text in self._secrets() if len(text) >= MIN_SECRET_CHARACTERS]
        if any(secret in visible or secret in joined for secret in secrets):
            return "secret"
        flat = _flattened(visible)
        if any(line in flat for line in self._prompt_lines):
            return "prompt"
        return None

    def _without_links(self, reply: str) -> tuple[str, int]:
        """Takes out what is not allowed, again until nothing is left to take out.

        What a removal leaves may be a link in its turn: ``[![a](x)](y)``.
        """
        removed = 0
        text = reply
        for _ in range(MAX_LINK_PASSES):
            cleaned, count = self._link_pass(text)
            removed += count
            if cleaned == text:
                return text.strip(), removed
            text = cleaned
        return SAFE_ANSWER, removed

    def _link_pass(self, text: str) -> tuple[str, int]:
        removed = 0

        def without(found: re.Match[str], rest: str) -> str:
            nonlocal removed
            if self._allows(found["target"].rstrip(_TRAILING)):
                return found[0]
            removed += 1
            return rest

        def bare(found: re.Match[str]) -> str:
            target = found["target"]
            return without(found, LINK_REMOVED + target[len(target.rstrip(_TRAILING)) :])

        text = _INLINE.sub(lambda found: without(found, found["text"]), text)
        text = _DEFINITION.sub(lambda found: without(found, ""), text)
        text = _AUTOLINK.sub(lambda found: without(found, LINK_REMOVED), text)
        text, tags = _HTML.subn("", text)
        text = _BARE.sub(bare, text)
        return text, removed + tags

    def _allows(self, target: str) -> bool:
        """True for https links to allowed hosts, and mail to them; nothing else is a link."""
        try:
            parts = urlsplit(target)
            if parts.scheme == "mailto":
                host = parts.path.rpartition("@")[2]
            elif parts.scheme in ("http", "https"):
                # A backslash or user name makes a browser see another host than we do.
                host = "" if "\\" in target or parts.username else parts.hostname or ""
            elif not parts.scheme and target.lower().startswith("www."):
                host = target.partition("/")[0]
            else:
                host = ""
        except ValueError:
            return False
        host = host.lower().rstrip(".")
        return any(host == allowed or host.endswith(f".{allowed}") for allowed in self._hosts)


def _flattened(text: str) -> str:
    return " ".join(text.split()).lower()
