"""The pages of ``web/``, served as CloudFront serves them: the same files, the same headers.

Where they were not built (Node is not there), plain pages say what can be done without them.
"""

import html
import mimetypes
import re
from collections.abc import Sequence
from pathlib import Path

from localstack.gateway import Answer, Request, json_answer
from localstack.oidc import AUDIENCE
from localstack.settings import ROOT

BUILT = ROOT / "web" / "dist"
PLACEHOLDERS = Path(__file__).with_name("pages")

EXAMPLE_HOST = "127.0.0.1:3000"
CONSOLE = "console/index.html"

SCOPE = "openid email profile"

_IMMUTABLE = re.compile(r"assets/.*-[\w-]{8}\.\w+")
"""Files whose names tell their content."""


def is_immutable(name: str) -> bool:
    """Tells whether a file's content never changes under its name."""
    return _IMMUTABLE.fullmatch(name) is not None


def content_security_policy(connect: Sequence[str] = ()) -> str:
    """Returns what a page may do. The template says the same to CloudFront.

    Args:
        connect: Origins besides the page's own that it may send requests to.
    """
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            " ".join(("connect-src 'self'", *connect)),
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def page_headers(connect: Sequence[str] = ()) -> dict[str, str | list[str]]:
    """Returns the headers that everything served for a browser has.

    Args:
        connect: Origins besides the page's own that it may send requests to.
    """
    return {
        "content-security-policy": content_security_policy(connect),
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }


class Site:
    """The pages and what they load.

    Args:
        built: Where ``make web`` has put them.
        connect: Origins besides our own that pages may send requests to.
    """

    def __init__(self, built: Path = BUILT, connect: Sequence[str] = ()) -> None:
        self._built = built
        self._headers = page_headers(connect)

    def answer(self, request: Request) -> Answer | None:
        """Answers a request for a page or for what a page loads; None for anything else."""
        if request.method not in ("GET", "HEAD"):
            return None
        if request.raw_path == "/config.json":
            return self._config()
        name = _file_name(request.raw_path)
        if (file := self._find(name)) is not None:
            return self._serve(name, file.read_bytes())
        if (file := PLACEHOLDERS / _PLACEHOLDERS.get(name, "")).is_file():
            host = request.headers.get("host", "")
            return self._serve(file.name, _for_host(file.read_text(), host).encode())
        return None

    def _find(self, name: str) -> Path | None:
        file = (self._built / name).resolve()
        inside = file.is_relative_to(self._built.resolve())
        return file if inside and file.is_file() else None

    def _serve(self, name: str, body: bytes) -> Answer:
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        if kind.startswith("text/"):
            kind += "; charset=utf-8"
        kept = "public, max-age=31536000, immutable" if is_immutable(name) else "no-cache"
        headers = self._headers | {"content-type": kind, "cache-control": kept}
        if name == "widget.js":
            # Other companies' pages load it: theirs may ask for that to be allowed.
            headers |= {
                "access-control-allow-origin": "*",
                "cross-origin-resource-policy": "cross-origin",
            }
        return Answer(200, headers, body)

    def _config(self) -> Answer:
        config = {
            "api": "",
            "oidc": {
                # Of this origin, whatever name it was opened by.
                "authorization_endpoint": "/oidc/authorize",
                "token_endpoint": "/oidc/token",
                "client_id": AUDIENCE,
                "scope": SCOPE,
            },
        }
        answer = json_answer(config)
        return Answer(
            200, self._headers | answer.headers | {"cache-control": "no-cache"}, answer.body
        )


_PLACEHOLDERS = {"index.html": "index.html", CONSOLE: "console.html", "pages.css": "pages.css"}


def _file_name(path: str) -> str:
    """Returns which file a path means; the console has many addresses and is one page."""
    name = path.removeprefix("/")
    if not name:
        return "index.html"
    if name == "console" or (name.startswith("console/") and "." not in name):
        return CONSOLE
    return name


def _for_host(text: str, host: str) -> str:
    if not re.fullmatch(r"[\w.:-]+", host):
        return text
    return text.replace(EXAMPLE_HOST, html.escape(host))
