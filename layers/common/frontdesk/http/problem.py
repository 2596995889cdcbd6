"""Problems: what a refused or failed request is answered with (RFC 9457)."""

from typing import Any

from pydantic import ValidationError

from frontdesk.domain.errors import FieldError, InvalidInputError, RequestError

CONTENT_TYPE = "application/problem+json"

TYPE_PREFIX = "urn:frontdesk:problem:"
"""A name, not an address: stable wherever the API is deployed."""

_VALUE_ERROR_PREFIX = "Value error, "


class UnavailableError(RequestError):
    """Something the request needs is out of reach for the moment."""

    status = 503
    slug = "unavailable"
    title = "Temporarily unavailable"


class InternalError(RequestError):
    """The fault is ours; what it is stands in the log, under the correlation id."""

    status = 500
    slug = "internal-error"
    title = "Internal error"


def problem(error: RequestError, correlation_id: str) -> dict[str, Any]:
    """Describes a refusal as an RFC 9457 problem.

    Args:
        error: Why the request is refused.
        correlation_id: The request's correlation id.

    Returns:
        The problem's members; the error's own further members never replace a standard one.
    """
    members = {
        **error.extra,
        "type": TYPE_PREFIX + error.slug,
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "correlation_id": correlation_id,
    }
    if error.errors:
        members["errors"] = [{"field": e.field, "message": e.message} for e in error.errors]
    return members


def invalid_input(error: ValidationError) -> InvalidInputError:
    """Turns what pydantic found wrong with a caller's input into a refusal.

    Args:
        error: The validation error of a request's model.

    Returns:
        The refusal, with one entry a fault; no value that was sent is repeated in it.
    """
    faults = [
        FieldError(
            field=".".join(map(str, item["loc"])) or "body",
            message=item["msg"].removeprefix(_VALUE_ERROR_PREFIX),
        )
        for item in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    names = ", ".join(dict.fromkeys(fault.field for fault in faults))
    return InvalidInputError(f"These fields cannot be accepted: {names}", errors=faults)
