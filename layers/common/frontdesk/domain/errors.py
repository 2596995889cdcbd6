"""Every error Frontdesk raises on purpose, and what its catcher has to do about it.

::

    FrontdeskError
    ├── InfrastructureError        a store or queue failed: the queue delivers the message again
    ├── MessageError               the message itself is at fault: record it failed, acknowledge it
    │   └── ErasedError            its sender's data was erased: keep no copy of it either
    ├── ToolError                  tell the model: its call was wrong, it may make another
    ├── ActionRefusedError         tell the customer: the policy does not allow the change
    ├── ModelError                 the model's failures never use the queue: answer without it
    │   ├── ModelUnavailableError  out of reach, over quota, too slow
    │   ├── ModelRefusedError      it declined to answer
    │   └── ModelOutputError       its output cannot be used
    ├── UnreadableDocumentError    the document is kept aside as failed, with this reason
    ├── DocumentChangedError       the document moved while it was being read: read it again
    ├── TurnConflictError          the conversation moved while its turn was being made
    └── RequestError               a caller's request is refused, as a problem (RFC 9457)
        ├── BadRequestError         400
        ├── UnauthenticatedError    401
        ├── ForbiddenError          403
        ├── NotFoundError           404
        ├── MethodNotAllowedError   405
        ├── ConflictError           409
        ├── PreconditionFailedError 412
        ├── TooLargeError           413
        ├── InvalidInputError       422
        └── TooManyRequestsError    429
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


class FrontdeskError(Exception):
    """The root of every error that Frontdesk raises on purpose."""


class InfrastructureError(FrontdeskError):
    """A store or queue is out of reach or refused; the same work may succeed later."""


class MessageError(FrontdeskError):
    """A queued message that can never succeed, such as one that cannot be parsed."""


class ErasedError(MessageError):
    """A message of a conversation, or from a person, that was erased after it was sent."""


class ToolError(FrontdeskError):
    """A tool call the model got wrong; the text is written for the model to read."""


class ActionRefusedError(FrontdeskError):
    """A change that the policy does not allow.

    Attributes:
        reason: Why not: a `frontdesk.domain.actions.RefusalReason`, which has a sentence in every
            language.
        facts: What that sentence names, such as a day; the same in all languages.
    """

    def __init__(self, reason: str, **facts: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = facts


class ModelError(FrontdeskError):
    """The model did not give a usable answer."""


class ModelUnavailableError(ModelError):
    """The model is out of reach: connection, time-out, 429, 5xx or a spent quota.

    Attributes:
        retry_after: Seconds the provider asked to wait, where it said so.
        retryable: False where no retry cures it, such as ``insufficient_quota``.
    """

    def __init__(
        self, message: str, *, retry_after: float | None = None, retryable: bool = True
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.retryable = retryable


class ModelRefusedError(ModelError):
    """The model declined to answer (``refusal``, or a content filter)."""


class ModelOutputError(ModelError):
    """The model answered with something that cannot be used: bad JSON, no content."""


class UnreadableDocumentError(FrontdeskError):
    """A document that cannot be read, whoever tries; the text is the reason, for staff to see."""


class DocumentChangedError(FrontdeskError):
    """A document, or the model it was embedded with, is not any more what was read."""


class TurnConflictError(FrontdeskError):
    """The conversation is not as it was read, so the turn was not committed."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong with one field of a request.

    Attributes:
        field: The field's name as the caller wrote it, nested ones joined by dots.
        message: What is wrong, for a person to read.
    """

    field: str
    message: str


class RequestError(FrontdeskError):
    """A request that is refused; becomes an RFC 9457 problem.

    Attributes:
        status: The HTTP status.
        slug: The last part of the problem's ``type``.
        title: The problem's short, constant summary.
        detail: What is wrong this time.
        errors: The fields at fault (422 only).
        retry_after: Seconds to wait before another try, sent as ``Retry-After``.
        headers: Further headers, by lower-case name.
        extra: Further members of the problem, such as ``previous_conversation_id``.
    """

    status: ClassVar[int] = 400
    slug: ClassVar[str] = "bad-request"
    title: ClassVar[str] = "Bad request"

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = tuple(errors)
        self.retry_after = retry_after
        self.headers = headers or {}
        self.extra = extra or {}


class BadRequestError(RequestError):
    """The body is not JSON, or the request cannot be read."""


class UnauthenticatedError(RequestError):
    """The route wants a credential and none was sent."""

    status = 401
    slug = "unauthenticated"
    title = "Authentication required"


class ForbiddenError(RequestError):
    """The credential is good, but its holder may not use this route."""

    status = 403
    slug = "forbidden"
    title = "Forbidden"


class NotFoundError(RequestError):
    """It does not exist, or it is somebody else's: callers cannot tell which."""

    status = 404
    slug = "not-found"
    title = "Not found"


class MethodNotAllowedError(RequestError):
    """The path exists, but not with this method."""

    status = 405
    slug = "method-not-allowed"
    title = "Method not allowed"


class ConflictError(RequestError):
    """The request contradicts the present state, such as a message to a closed conversation."""

    status = 409
    slug = "conflict"
    title = "Conflict"


class PreconditionFailedError(RequestError):
    """``If-Match`` names another version than the present one."""

    status = 412
    slug = "precondition-failed"
    title = "Precondition failed"


class TooLargeError(RequestError):
    """The body is longer than anything that the route takes."""

    status = 413
    slug = "too-large"
    title = "Content too large"


class InvalidInputError(RequestError):
    """Fields of the request are missing, unknown or out of range."""

    status = 422
    slug = "invalid-input"
    title = "Invalid input"

    @classmethod
    def of(cls, field: str, message: str) -> "InvalidInputError":
        """Makes the error for a single field.

        Args:
            field: The field at fault.
            message: What is wrong with it.

        Returns:
            The error, ready to raise.
        """
        return cls(f"{field}: {message}", errors=[FieldError(field, message)])


class TooManyRequestsError(RequestError):
    """A limit is reached; ``retry_after`` says when to try again."""

    status = 429
    slug = "too-many-requests"
    title = "Too many requests"
