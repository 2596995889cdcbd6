"""Signing in at the local issuer: the authorization code flow with PKCE, without passwords.

Stands in for the company's own sign-in page: whoever opens it says who they are.
"""

import base64
import hashlib
import html
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from frontdesk.domain.addresses import check_email
from localstack import oidc
from localstack.commands import ADMIN_EMAIL, STAFF_EMAIL
from localstack.gateway import Answer, Request, json_answer
from localstack.site import page_headers

TOKEN_SECONDS = 8 * 3600
"""A working day: a browser's sign-in ends, as it does everywhere else."""

CODE_SECONDS = 60
"""A code is redeemed by the page that it was sent to, at once."""

MOST_CODES = 1000
"""Codes that nobody redeems do not pile up."""

_PASSED_ON = ("client_id", "redirect_uri", "state", "nonce", "code_challenge")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be chosen on the sign-in page."""

    email: str
    name: str
    about: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code stands for until it is redeemed."""

    person: Person
    client_id: str
    redirect_uri: str
    challenge: str
    nonce: str
    ends_at: float


class SignIn:
    """The local issuer's addresses.

    Args:
        issuer: Who signs the tokens.
        now: A clock, in seconds.
    """

    def __init__(self, issuer: oidc.Issuer, now: Callable[[], float] = time.monotonic) -> None:
        self._issuer = issuer
        self._now = now
        self._grants: dict[str, Grant] = {}

    def answer(self, request: Request) -> Answer | None:
        """Answers a request to the issuer; None for anything else."""
        match request.method, request.raw_path:
            case "GET", "/oidc/.well-known/openid-configuration":
                return json_answer(self._issuer.discovery())
            case "GET", "/oidc/jwks.json":
                return json_answer(self._issuer.jwks())
            case "GET", "/oidc/authorize":
                return self._authorize(request, _read(request.raw_query))
            case "GET", "/oidc/choose":
                return self._choose(request, _read(request.raw_query))
            case "POST", "/oidc/token":
                return self._token(_read(request.body.decode("utf-8", "replace")))
        return None

    def _authorize(self, request: Request, asked: dict[str, str]) -> Answer:
        if (fault := _fault(request, asked)) is not None:
            return _page("Sign-in is not possible", f"<p>{html.escape(fault)}</p>", 400)
        return _page("Sign in", _choice(asked))

    def _choose(self, request: Request, asked: dict[str, str]) -> Answer:
        if (fault := _fault(request, asked)) is not None:
            return _page("Sign-in is not possible", f"<p>{html.escape(fault)}</p>", 400)
        person = _person(asked.get("email", "").strip())
        if person is None:
            return _page("Sign in", "<p>That is no e-mail address.</p>" + _choice(asked), 400)
        code = secrets.token_urlsafe(32)
        while len(self._grants) >= MOST_CODES:
            del self._grants[next(iter(self._grants))]
        self._grants[code] = Grant(
            person,
            asked["client_id"],
            asked["redirect_uri"],
            asked["code_challenge"],
            asked.get("nonce", ""),
            self._now() + CODE_SECONDS,
        )
        query = urlencode({"code": code, "state": asked.get("state", "")})
        headers: dict[str, str | list[str]] = {
            "location": f"{asked['redirect_uri']}?{query}",
            "cache-control": "no-store",
        }
        return Answer(302, page_headers() | headers, b"")

    def _token(self, asked: dict[str, str]) -> Answer:
        grant = self._grants.pop(asked.get("code", ""), None)
        digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked.get("grant_type") != "authorization_code"
            or grant is None
            or grant.ends_at < self._now()
            or (grant.client_id, grant.redirect_uri)
            != (asked.get("client_id"), asked.get("redirect_uri"))
            or not secrets.compare_digest(grant.challenge, challenge)
        ):
            return json_answer({"error": "invalid_grant"}, 400)
        token = self._issuer.token(
            grant.person.email,
            groups=grant.person.groups,
            name=grant.person.name,
            nonce=grant.nonce or None,
            lifetime=TOKEN_SECONDS,
        )
        answer = json_answer(
            {
                "id_token": token,
                "access_token": token,
                "token_type": "Bearer",
                "expires_in": TOKEN_SECONDS,
            }
        )
        return Answer(200, answer.headers | {"cache-control": "no-store"}, answer.body)


def people() -> tuple[tuple[str, tuple[Person, ...]], ...]:
    """Lists who can be chosen, in groups."""
    from localstack.seed.records import CUSTOMERS

    customers = tuple(
        Person(
            customer.email,
            f"{customer.first_name} {customer.last_name}",
            f"{customer.subscription.plan}, {customer.subscription.status.replace('_', ' ')}",
        )
        for customer in CUSTOMERS
    )
    staff = (
        Person(STAFF_EMAIL, "Sam Reyes", "support agent", (oidc.SUPPORT_GROUP,)),
        Person(ADMIN_EMAIL, "Alex Kim", "administrator", (oidc.SUPPORT_GROUP, oidc.ADMIN_GROUP)),
    )
    return (("Customers", customers), ("Support", staff))


def _person(email: str) -> Person | None:
    for _, group in people():
        for person in group:
            if person.email == email.lower():
                return person
    try:
        return Person(check_email(email), email.partition("@")[0], "")
    except ValueError:
        return None


def _read(text: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(text).items()}


def _fault(request: Request, asked: dict[str, str]) -> str | None:
    """Says what is wrong with a request to sign in; None where nothing is."""
    target = urlsplit(asked.get("redirect_uri", ""))
    if asked.get("client_id") != oidc.AUDIENCE:
        return "The client is not known."
    if target.scheme != "http" or target.netloc != request.headers.get("host", "") or target.query:
        return "The page to go back to is none of this machine's."
    if not asked.get("code_challenge") or asked.get("code_challenge_method", "S256") != "S256":
        return "PKCE with S256 is needed."
    return None


def _choice(asked: dict[str, str]) -> str:
    kept = {name: asked[name] for name in _PASSED_ON if name in asked}
    parts = ["<p>This machine knows no passwords. Who are you?</p>"]
    for title, group in people():
        parts.append(f"<h2>{title}</h2><ul>")
        for person in group:
            address = f"/oidc/choose?{urlencode(kept | {'email': person.email}, quote_via=quote)}"
            parts.append(
                f'<li><a href="{html.escape(address)}"><strong>{html.escape(person.name)}</strong> '
                f"{html.escape(person.email)} ({html.escape(person.about)})</a></li>"
            )
        parts.append("</ul>")
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
        for name, value in kept.items()
    )
    parts.append(
        "<h2>Somebody else</h2>"
        f'<form action="/oidc/choose" method="get">{hidden}'
        '<label for="email">E-mail address</label> '
        '<input id="email" name="email" type="email" required autocomplete="off"> '
        "<button>Sign in</button></form>"
    )
    return "".join(parts)


def _page(title: str, body: str, status: int = 200) -> Answer:
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{title}</title><link rel="stylesheet" href="/pages.css"></head>'
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    )
    headers: dict[str, str | list[str]] = {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
    }
    return Answer(status, page_headers() | headers, text.encode())
