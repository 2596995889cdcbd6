"""How long a call to the model may take, from the request to the last byte of its answer."""

import contextlib
import time
from collections.abc import Callable
from typing import Any

import openai


class BoundedHttpClient(openai.DefaultHttpxClient):
    """The SDK's HTTP client, with an end to every call.

    Its own time-out is one for each read: whoever sends a byte now and then, as gateways do to keep
    a connection open, would hold the turn for as long as it likes. With this no answer's body is
    read for longer than the time-out and one more read; its headers have the SDK's bounds.
    """

    now: Callable[[], float] = staticmethod(time.monotonic)

    def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:
        """Sends a request, and reads its answer unless that is streamed.

        Args:
            request: The request; its read time-out bounds the whole.
            stream: True where the caller reads the answer.
            **options: As the SDK gives them.

        Returns:
            The answer.

        Raises:
            openai.APITimeoutError: It was not complete in time.
        """
        seconds = (request.extensions.get("timeout") or {}).get("read")
        ends_at = None if seconds is None else self.now() + seconds
        response = super().send(request, stream=True, **options)
        if stream or response.is_stream_consumed:
            # A transport within the process gives an answer whole.
            return response
        read: list[bytes] = []
        try:
            for part in response.iter_raw():
                if ends_at is not None and self.now() > ends_at:
                    raise openai.APITimeoutError(request)
                read.append(part)
        finally:
            # Of an answer that is not read to its end, the connection is not used again.
            response.close()
        return type(response)(
            status_code=response.status_code,
            headers=response.headers,
            content=b"".join(read),
            request=request,
            extensions=response.extensions,
        )

    def __del__(self) -> None:
        """Closes its connections, as the SDK's own client does."""
        if not self.is_closed:
            with contextlib.suppress(Exception):
                self.close()
