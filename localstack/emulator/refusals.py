"""Refusals, as the services of AWS word and send them."""

from typing import Any
from uuid import uuid4

from localstack.emulator.checks import Check, SignedRequest, service_of
from localstack.emulator.policies import Caller
from localstack.gateway import Answer, Send, send_answer


def refuse(request: SignedRequest, caller: Caller, check: Check, *, explicit: bool) -> Answer:
    """Refuses what a caller's policies do not allow.

    Args:
        request: The request.
        caller: Who sent it.
        check: What is not allowed.
        explicit: Whether a policy denies it, and not only none allows it.
    """
    from ministack.core import iam_actions

    service, (prefix, _, name) = service_of(request), check.action.partition(":")
    # SQS writes its actions so, and S3 quotes its resources.
    action = f"{prefix}:{name.lower()}" if service == "sqs" else check.action
    resource = f'"{check.resource}"' if service == "s3" else check.resource
    text = iam_actions.identity_denial_message(action, caller.arn, resource, explicit)
    return _answer(request, service, "AccessDenied", text)


def refuse_unknown(request: SignedRequest) -> Answer:
    """Refuses a request that is signed with a key nobody has."""
    text = "The security token included in the request is invalid."
    return _answer(request, service_of(request), "UnrecognizedClientException", text)


def _answer(request: SignedRequest, service: str, code: str, text: str) -> Answer:
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
    return Answer(status, headers, b"" if request.method == "HEAD" else body)


def instead_of_missing(send: Send, refusal: Answer) -> Send:
    """Sends a refusal where the emulator would say that there is no such object.

    Args:
        send: Sends to the caller.
        refusal: What is sent instead.

    Returns:
        What sends everything else as it is.
    """
    replaced = False

    async def send_or_replace(message: dict[str, Any]) -> None:
        nonlocal replaced
        if message["type"] == "http.response.start" and message["status"] == 404:
            replaced = True
            await send_answer(send, refusal)
        elif not replaced:
            await send(message)

    return send_or_replace
