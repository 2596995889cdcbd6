"""What a provider's refusals mean, for all that talk to it; loads no SDK of its own."""

from typing import TYPE_CHECKING

from frontdesk.domain.errors import ModelUnavailableError

if TYPE_CHECKING:
    import openai

DEFAULT_BASE_URL = "https://api.openai.com/v1"
"""Named here, because the SDK takes an empty ``OPENAI_BASE_URL`` for an address."""

_SPENT_QUOTA = "insufficient_quota"
"""A 429 that no retry cures: the account has to be paid for."""

_PASSING = frozenset({408, 409, 429})


def unavailable(error: "openai.APIStatusError") -> ModelUnavailableError:
    """Wraps an answer with an error status; its text may quote the prompt, its code does not.

    Args:
        error: The SDK's error.

    Returns:
        The error, with the wait that the provider asked for and whether a retry may help.
    """
    status, code = error.status_code, str(error.code or "")
    text = f"HTTP {status} {code}".rstrip()
    if code == _SPENT_QUOTA:
        return ModelUnavailableError(text, retryable=False)
    passing = status in _PASSING or status >= 500
    return ModelUnavailableError(text, retry_after=_retry_after(error), retryable=passing)


def _retry_after(error: "openai.APIStatusError") -> float | None:
    """Seconds the provider asked to wait, in either of the two ways that are in use."""
    headers = error.response.headers
    try:
        if "retry-after-ms" in headers:
            return float(headers["retry-after-ms"]) / 1000
        return float(headers["retry-after"]) if "retry-after" in headers else None
    except ValueError:
        return None  # a date, which no provider of models sends
