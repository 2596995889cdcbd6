"""The Lambda authorizer of every route: a credential in, a principal out.

A bad credential is refused by the gateway with its own 403; where it cannot be verified at the
moment, this raises, and the gateway answers 500: nobody is let in as somebody lesser.
"""

import os
from functools import cache
from typing import Any

from authorizer.credentials import Authenticator, CredentialError
from authorizer.id_tokens import IdTokenVerifier
from authorizer.issuer_keys import IssuerKeys
from authorizer.settings import AuthorizerSettings
from frontdesk.adapters.aws_clients import dynamodb_client
from frontdesk.adapters.dynamodb_service_keys import DynamoDBServiceKeys
from frontdesk.adapters.dynamodb_table import DynamoDBTable
from frontdesk.adapters.secrets import read_secret
from frontdesk.guest_tokens import GuestTokenError, GuestTokens
from frontdesk.observability import CORRELATION_HEADER, correlation_id, get_logger

logger = get_logger()


@cache
def build_authenticator() -> Authenticator:
    """Builds what the handler needs, once a process."""
    settings = AuthorizerSettings.from_environment()
    guest_tokens = GuestTokens(
        lambda: settings.read_guest_token_key(read_secret), days=settings.guest_token_days
    )
    id_tokens = IdTokenVerifier(
        issuer=settings.oidc_issuer,
        audience=settings.oidc_audience,
        find_key=IssuerKeys(settings.oidc_issuer).find,
        groups_claim=settings.oidc_groups_claim,
        support_group=settings.support_group,
        admin_group=settings.admin_group,
    )
    service_keys = DynamoDBServiceKeys(DynamoDBTable(dynamodb_client(), settings.tasks_table))

    def verify_guest_token(token: str) -> str:
        try:
            return guest_tokens.verify(token)
        except GuestTokenError as error:
            raise CredentialError(f"guest token: {error}") from error

    return Authenticator(
        verify_guest_token=verify_guest_token,
        verify_id_token=id_tokens.verify,
        find_service=service_keys.find,
    )


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answers the gateway's question who is calling (payload format 2.0, simple response)."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    request_id = event.get("requestContext", {}).get("requestId")
    try:
        principal = build_authenticator().authenticate(headers)
    except CredentialError as error:
        logger.info(
            "credential refused",
            reason=str(error),
            correlation_id=correlation_id(headers.get(CORRELATION_HEADER) or request_id),
        )
        return {"isAuthorized": False}
    return {"isAuthorized": True, "context": {"principal": principal.model_dump_json()}}


if "AWS_LAMBDA_RUNTIME_API" in os.environ:
    # While Lambda lends a whole core, and before anybody waits.
    build_authenticator()
