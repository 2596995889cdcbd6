"""Holds each function to its role, as AWS does: what none of its policies allows is refused.

A function signs its requests with a key of its own. The emulator keeps it as a session of the
function's role, as if the role had been assumed. Who signs with another key, as developers and the
supervisor do, is the account's owner here and may do anything.
"""

# ruff: noqa: SLF001

import base64
import functools
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

from localstack.emulator.checks import Check, SignedRequest, checks_of, service_of
from localstack.gateway import Receive, Scope, Send, join_headers

KEY_PREFIX = "ASIA"
"""What AWS's keys of sessions begin with."""

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
    return KEY_PREFIX + base64.b32encode(digest).decode()[:16]


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
class Caller:
    """A session of a role.

    Attributes:
        arn: The session.
        account: The role's account.
        role: The role's name.
        name: The session's name: the function's.
    """

    arn: str
    account: str
    role: str
    name: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policies say to a request.

    Attributes:
        refused: The check that they do not allow; None where they allow all.
        explicit: Whether a policy denies it, and not only none allows it.
        hides_missing: Whether an object that is not there is refused as well: who may not list a
            bucket is not told what is in it.
    """

    refused: Check | None = None
    explicit: bool = False
    hides_missing: bool = False


class Ledger:
    """Which grants were used, and what was refused, each noted once.

    Args:
        file: Where it is kept, one JSON array a line, so that a restart forgets nothing.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        lines = file.read_text().splitlines() if file.exists() else []
        self._noted: dict[tuple[str, ...], None] = {tuple(json.loads(line)): None for line in lines}

    def note_use(self, caller: Caller, action: str, statement: str) -> None:
        """Notes that a statement allowed something."""
        self._note("used", caller.name, statement, action)

    def note_refusal(self, caller: Caller, check: Check) -> None:
        """Notes what was refused, and tells it in the emulator's log."""
        if self._note("refused", caller.name, check.action, check.resource):
            print(f"{caller.name} was refused {check.action} on {check.resource}", flush=True)

    def report(self) -> dict[str, list[list[str]]]:
        """Tells what every function is granted, what of it was used, and what was refused.

        Returns:
            Each grant with the function's name, the statement's and the action; each refusal with
            the function's name, the action and the resource.
        """
        noted = list(self._noted)
        return {
            "granted": sorted(map(list, granted())),
            "used": sorted(rest for kind, *rest in noted if kind == "used"),
            "refused": [rest for kind, *rest in noted if kind == "refused"],
        }

    def _note(self, *line: str) -> bool:
        if line in self._noted:
            return False
        self._noted[line] = None
        with self._file.open("a") as lines:
            lines.write(json.dumps(line) + "\n")
        return True


def granted() -> set[tuple[str, str, str]]:
    """Lists what the policies allow the functions: function, statement, action."""
    from ministack.services import lambda_svc

    configs = [func["config"] for func in list(lambda_svc._functions._data.values())]
    return {
        (config["FunctionName"], statement.sid, action)
        for config in configs
        for policy in policies_of(config["Role"].split(":")[4], config["Role"].rpartition("/")[2])
        for statement in policy
        if statement.effect == "Allow"
        for action in statement.actions
    }


def policies_of(account: str, role: str) -> list[Any]:
    """Reads a role's policies as they are at this moment: those written in it, those attached."""
    from ministack.core import iam_evaluator
    from ministack.services import iam

    record = iam._roles.get_scoped(account, None, role) or {}
    attached = (
        iam_evaluator._resolve_managed_policy_document(arn, account)
        for arn in record.get("AttachedPolicies", ())
    )
    documents = [*(record.get("InlinePolicies") or {}).values(), *attached]
    return [_parse(one if isinstance(one, str) else json.dumps(one)) for one in documents if one]


@functools.lru_cache(maxsize=256)
def _parse(document: str) -> Any:
    from ministack.core import iam_evaluator

    return iam_evaluator.parse_policy_document(document)


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
        service = service_of(request)
        caller = _caller(key_id)
        if caller is None:
            answer = _answer(service, request, "UnrecognizedClientException", _UNKNOWN_KEY)
            await _send(send, request.method, answer)
            return
        decision = self.decide(caller, request)
        if decision.refused is not None:
            self._ledger.note_refusal(caller, decision.refused)
            text = _wording(service, caller, decision.refused, explicit=decision.explicit)
            await _send(send, request.method, _answer(service, request, "AccessDenied", text))
            return
        if decision.hides_missing:
            listing = Check("s3:ListBucket", f"arn:aws:s3:::{request.path.split('/')[1]}")
            answer = _answer(
                service, request, "AccessDenied", _wording(service, caller, listing, explicit=False)
            )
            send = _hiding_missing(send, request.method, answer)
        await self._app(scope, receive, send)

    def decide(self, caller: Caller, request: SignedRequest) -> Decision:
        """Asks a caller's policies about a request, and notes what they were used for.

        Args:
            caller: Who asks.
            request: What for.
        """
        policies = policies_of(caller.account, caller.role)
        checks = checks_of(request)
        # An action that cannot be told cannot be allowed.
        if not checks:
            return Decision(Check(f"{service_of(request)}:{request.method}", request.path))
        used = []
        for check in checks:
            if check.action in _ALWAYS_ALLOWED:
                continue
            result = _evaluate(caller, check, request.region, policies)
            if result.decision != "Allow":
                return Decision(check, explicit=result.decision == "Deny")
            used.append((check.action, result.matched_sid))
        for action, statement in used:
            self._ledger.note_use(caller, action, statement)
        return Decision(hides_missing=self._hides_missing(caller, checks[0], request, policies))

    def _hides_missing(
        self, caller: Caller, check: Check, request: SignedRequest, policies: list[Any]
    ) -> bool:
        if check.action not in _READING_OBJECTS:
            return False
        listing = Check("s3:ListBucket", check.resource.partition("/")[0])
        result = _evaluate(caller, listing, request.region, policies)
        if result.decision == "Allow":
            self._ledger.note_use(caller, listing.action, result.matched_sid)
        return bool(result.decision != "Allow")


def _evaluate(caller: Caller, check: Check, region: str, policies: list[Any]) -> Any:
    from ministack.core.iam_evaluator import EvalContext, evaluate

    context = EvalContext(
        principal_arn=caller.arn,
        principal_type="AssumedRole",
        principal_account=caller.account,
        action=check.action,
        resource_arn=check.resource,
        region=region,
        service_context=dict(check.context),
    )
    return evaluate(context, policies)


def _key_id(scope: Scope) -> str:
    """Finds the key that a request, or the address it is sent to, is signed with."""
    from ministack.core import router

    authorization = next((v for k, v in scope["headers"] if k == b"authorization"), b"")
    query = scope.get("query_string", b"")
    if KEY_PREFIX.encode() not in authorization + query:
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


_UNKNOWN_KEY = "The security token included in the request is invalid."


def _wording(service: str, caller: Caller, check: Check, *, explicit: bool) -> str:
    """Words a refusal as the service does."""
    from ministack.core import iam_actions

    prefix, _, name = check.action.partition(":")
    # SQS writes its actions so, and S3 quotes its resources.
    action = f"{prefix}:{name.lower()}" if service == "sqs" else check.action
    resource = f'"{check.resource}"' if service == "s3" else check.resource
    text: str = iam_actions.identity_denial_message(action, caller.arn, resource, explicit)
    return text


def _answer(service: str, request: SignedRequest, code: str, text: str) -> Any:
    from ministack.core import iam_actions

    status, headers, body = iam_actions.access_denied_response(
        # The emulator's name for what speaks JSON: the first version of SES speaks XML.
        "sesv2" if service == "ses" and request.path.startswith("/v2/") else service,
        "",
        "",
        str(uuid4()),
        error_code=code,
        message=text,
        headers=dict(request.headers),
    )
    # The services that take a target name their errors in the body of a 400; all but SQS.
    if "x-amz-target" in request.headers and service != "sqs":
        status = 400
    return status, headers, body


def _hiding_missing(send: Send, method: str, refusal: Any) -> Send:
    """Answers with a refusal where the emulator says that there is no such object."""
    hidden = False

    async def send_hiding(message: dict[str, Any]) -> None:
        nonlocal hidden
        if message["type"] == "http.response.start" and message["status"] == 404:
            hidden = True
            await _send(send, method, refusal)
        elif not hidden:
            await send(message)

    return send_hiding


async def _send(send: Send, method: str, answer: Any) -> None:
    status, headers, body = answer
    body = b"" if method == "HEAD" else body
    pairs = [(name.lower().encode(), str(value).encode()) for name, value in headers.items()]
    pairs.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
