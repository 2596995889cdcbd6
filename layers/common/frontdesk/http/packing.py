"""Large answers, packed: Lambda hands at most six megabytes on.

AWS: *Lambda quotas*, invocation payload, 6 MB for a synchronous answer.
"""

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from frontdesk.domain.errors import RequestError

PACKED_FROM_BYTES = 500_000
"""What is shorter is sent sooner than it is compressed."""

MOST_BYTES = 6_000_000
"""What Lambda takes of an answer, less its own frame around the body."""

_LEVEL = 6


class NotAcceptableError(RequestError):
    """The answer can be sent compressed only, and the caller does not take that."""

    status = 406
    slug = "not-acceptable"
    title = "Not acceptable"


class AnswerTooLargeError(RequestError):
    """The answer is longer than can be sent at all."""

    status = 500
    slug = "answer-too-large"
    title = "Answer too large"


@dataclass(frozen=True, slots=True)
class Packed:
    """A body as the gateway takes it."""

    body: str
    is_base64: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


def pack(body: str, request_headers: Mapping[str, str]) -> Packed:
    """Compresses a long body for a caller who can read that.

    Args:
        body: The body.
        request_headers: What the caller sent, names in lower case.

    Returns:
        The body to send, and the headers that say how.

    Raises:
        NotAcceptableError: It is too long to be sent as it is, and the caller takes nothing else.
        AnswerTooLargeError: It is too long even when it is compressed.
    """
    if len(body) < PACKED_FROM_BYTES:
        return Packed(body)
    if not _takes_gzip(request_headers.get("accept-encoding", "")):
        # Written into Lambda's own JSON, where quotes take two characters.
        if len(json.dumps(body)) > MOST_BYTES:
            raise NotAcceptableError(
                "The answer is too large to be sent as it is: ask for it with"
                " 'Accept-Encoding: gzip' (curl --compressed)."
            )
        return Packed(body)
    packed = base64.b64encode(gzip.compress(body.encode(), _LEVEL)).decode()
    if len(packed) > MOST_BYTES:
        raise AnswerTooLargeError("There is more than can be sent in one answer.")
    return Packed(packed, True, {"content-encoding": "gzip", "vary": "accept-encoding"})


def _takes_gzip(accepted: str) -> bool:
    for part in accepted.lower().split(","):
        coding, _, parameters = part.partition(";")
        if coding.strip() in ("gzip", "*"):
            return parameters.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
