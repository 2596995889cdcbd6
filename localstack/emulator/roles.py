"""Holds each function to its role, as AWS does: what none of its policies allows is refused.

A function signs its requests with a key of its own. The emulator keeps it as a session of the
function's role, as if the role had been assumed. Who signs with another key, as developers and the
supervisor do, is the account's owner here and may do anything.
"""

# ruff: noqa: SLF001

import base64
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from localstack.emulator.checks import Check, SignedRequest, checks_of, service_of
from localstack.emulator.ledger import Ledger
from localstack.emulator.policies import Caller, evaluate, policies_of
from localstack.emulator.refusals import instead_of_missing, refuse, refuse_unknown
from localstack.gateway import Receive, Scope, Send, join_headers, send_answer

KEY_PREFIX = "ASIAFRONTDESK"
"""What functions' keys begin with: as AWS's keys of sessions do, and none of a developer's own."""

_KEY_LENGTH = 20

_ALWAYS_ALLOWED = frozenset({"sts:GetCallerIdentity"})
_READING_OBJECTS = frozenset({"s3:GetObject", "s3:GetObjectVersion"})


def key_id_of(function_arn: str, role_arn: str) -> str:
    """Names the key that a function signs with.

    Args:
        function_arn: The function.
        role_arn: Its role.

    Returns:
        The same at every start, so that what was signed for others to use stays valid.
    """
    digest = hashlib.sha256(f"{function_arn} {role_arn}".encode()).digest()
    return (KEY_PREFIX + base64.b32encode(digest).decode())[:_KEY_LENGTH]


def issue_credentials(config: Mapping[str, Any]) -> dict[str, str]:
    """Gives a function its credentials, and notes whose they are.

    Args:
        config: The emulator's configuration record of the function.

    Returns:
        The variables that hold them. AWS's have a session token besides: it would only be more to
        sign.
    """
    from ministack.services import sts

    function_arn, role_arn = config["FunctionArn"], config["Role"]
    account, role = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    key_id = key_id_of(function_arn, role_arn)
    # The emulator's own: it checks what functions sign for others to use.
    secret = os.environ.get("AWS_SECRET_ACCESS_KEY", "test")
    sts.register_session(
        key_id,
        {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{role}/{config['FunctionName']}",
            "AccountId": account,
            "PrincipalType": "AssumedRole",
            "SecretAccessKey": secret,
            "UserId": f"{role}:{config['FunctionName']}",
        },
    )
    return {"AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": secret}


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policies say to a request.

    Attributes:
        refused: What they do not allow; None where they allow all.
        explicit: Whether a policy denies it, and not only none allows it.
        refused_if_missing: What they do not allow where there is no such object: who may not list
            a bucket is not told what it lacks.
    """

    refused: Check | None = None
    explicit: bool = False
    refused_if_missing: Check | None = None


class HeldToRoles:
    """The emulator's ASGI application, with the policies of functions' roles in front of it.

    Args:
        app: The application.
        ledger: What is told of uses and refusals.
    """

    def __init__(self, app: Any, ledger: Ledger) -> None:
        self._app = app
        self._ledger = ledger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request that the caller's policies allow; refuses any other."""
        key_id = _key_id(scope) if scope["type"] == "http" else ""
        if not key_id.startswith(KEY_PREFIX):
            await self._app(scope, receive, send)
            return
        request, receive = await _read(scope, receive)
        caller = _caller(key_id)
        if caller is None:
            await send_answer(send, refuse_unknown(request))
            return
        decision = self._decide(caller, request)
        if decision.refused is not None:
            self._ledger.note_refusal(caller, decision.refused)
            refusal = refuse(request, caller, decision.refused, explicit=decision.explicit)
            await send_answer(send, refusal)
            return
        if decision.refused_if_missing is not None:
            refusal = refuse(request, caller, decision.refused_if_missing, explicit=False)
            send = instead_of_missing(send, refusal)
        await self._app(scope, receive, send)

    def _decide(self, caller: Caller, request: SignedRequest) -> Decision:
        policies = policies_of(caller.account, caller.role)
        checks = checks_of(request)
        if not checks:
            # An action that cannot be told cannot be allowed.
            return Decision(Check(f"{service_of(request)}:{request.method}", request.path))
        used = []
        for check in checks:
            if check.action in _ALWAYS_ALLOWED:
                continue
            result = evaluate(caller, check, request.region, policies)
            if result.decision != "Allow":
                return Decision(check, explicit=result.decision == "Deny")
            used.append((check.action, result.matched_sid))
        for action, statement in used:
            self._ledger.note_use(caller, action, statement)
        if checks[0].action not in _READING_OBJECTS:
            return Decision()
        listing = Check("s3:ListBucket", checks[0].resource.partition("/")[0])
        result = evaluate(caller, listing, request.region, policies)
        if result.decision != "Allow":
            return Decision(refused_if_missing=listing)
        self._ledger.note_use(caller, listing.action, result.matched_sid)
        return Decision()


def _key_id(scope: Scope) -> str:
    """Finds the key that a request, or the address it is sent to, is signed with."""
    from ministack.core import router

    authorization = next((v for k, v in scope["headers"] if k == b"authorization"), b"")
    query = scope.get("query_string", b"")
    # What a browser asks of another origin beforehand is sent by nobody, to whatever address.
    if KEY_PREFIX.encode() not in authorization + query or scope["method"] == "OPTIONS":
        return ""
    headers = {"authorization": authorization.decode("latin-1")}
    found: str = router.extract_access_key_id(headers, _parsed(query))
    return found


def _parsed(query: bytes) -> dict[str, list[str]]:
    return parse_qs(query.decode("latin-1"), keep_blank_values=True)


def _caller(key_id: str) -> Caller | None:
    from ministack.services import sts

    session = sts._sessions.get(key_id)
    if session is None:
        return None
    arn: str = session["Arn"]
    _, role, name = arn.rpartition(":")[2].split("/", 2)
    return Caller(arn, arn.split(":")[4], role, name)


async def _read(scope: Scope, receive: Receive) -> tuple[SignedRequest, Receive]:
    """Reads a request, and returns what gives it to the emulator once more."""
    from ministack.core import responses, router

    headers = join_headers(scope["headers"])
    query = _parsed(scope.get("query_string", b""))
    responses.set_request_account_id(router.extract_access_key_id(headers, query))
    region = router.extract_region(headers, query)
    responses.set_request_region(region)
    # What is put under a key says nothing of whether it may be.
    body = b"" if scope["method"] == "PUT" else await _read_body(receive)
    request = SignedRequest(
        scope["method"],
        scope["path"],
        query,
        headers,
        body,
        region,
        responses.get_account_id(),
    )
    if scope["method"] == "PUT":
        return request, receive
    read = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> dict[str, Any]:
        return read.pop() if read else await receive()

    return request, receive_again


async def _read_body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return b"".join(parts)
