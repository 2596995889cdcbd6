"""Whether the model provider answers, without paying for a model's answer."""

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from frontdesk.adapters.openai_errors import DEFAULT_BASE_URL
from frontdesk.domain.errors import FrontdeskError

TIMEOUT_SECONDS = 2.0
"""A provider that needs longer for a list of names answers no customer in time either."""

REMEMBERED_SECONDS = 5.0
"""Anyone may ask for health; the provider hears of it this often."""


class OpenAIProbe:
    """Asks an OpenAI-compatible server for its list of models; remembers the answer for a while.

    Args:
        base_url: The server; empty for OpenAI's own.
        api_key: Gives the key.
        now: A clock that only goes forward, in seconds.
    """

    def __init__(
        self,
        base_url: str,
        api_key: Callable[[], str],
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = f"{(base_url or DEFAULT_BASE_URL).rstrip('/')}/models"
        self._api_key = api_key
        self._now = now
        self._was_up = False
        self._asked_at: float | None = None

    def __call__(self) -> bool:
        """Tells whether the server answers and takes the key; never raises."""
        now = self._now()
        if self._asked_at is None or now - self._asked_at > REMEMBERED_SECONDS:
            self._was_up = self._ask()
            self._asked_at = now
        return self._was_up

    def _ask(self) -> bool:
        try:
            request = urllib.request.Request(  # noqa: S310 - the URL is a setting of ours
                self._url, headers={"Authorization": f"Bearer {self._api_key()}"}
            )
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                return bool(answer.status == http.client.OK)
        except urllib.error.HTTPError as error:
            with error:
                # Such servers need not list their models; what they must do is take the key.
                return error.code in (http.client.NOT_FOUND, http.client.METHOD_NOT_ALLOWED)
        except (OSError, ValueError, http.client.HTTPException, FrontdeskError):
            return False
