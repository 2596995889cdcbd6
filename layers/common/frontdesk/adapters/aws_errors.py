"""Vendor errors become ours at the adapter's door."""

from collections.abc import Generator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from frontdesk.domain.errors import InfrastructureError

_OUR_OWN_FAULTS = frozenset({"ValidationException", "SerializationException"})
"""No later try cures these, so they must not look as if one could."""


@contextmanager
def infrastructure_errors(service: str) -> Generator[None]:
    """Turns what AWS raises into `InfrastructureError`.

    Args:
        service: The service's name, for the error's text.

    Raises:
        InfrastructureError: The service is out of reach, throttles, or refuses.
    """
    try:
        yield
    except ClientError as error:
        code = error_code(error)
        if code in _OUR_OWN_FAULTS:
            raise
        raise InfrastructureError(f"{service} refused with {code!r}") from error
    except BotoCoreError as error:
        raise InfrastructureError(f"{service} is out of reach") from error


def error_code(error: ClientError) -> str:
    """Returns the code by which AWS names an error.

    Args:
        error: What a client raised.

    Returns:
        The code, such as ``ConditionalCheckFailedException``.
    """
    return error.response.get("Error", {}).get("Code", "Unknown")
