"""The rate of a caller's requests, and how its standing is told in headers.

The headers are those of the IETF's draft (draft-ietf-httpapi-ratelimit-headers).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from frontdesk.domain.errors import TooManyRequestsError
from frontdesk.domain.limits import MINUTE, Limit, Standing
from frontdesk.http.gateway import Request, Response
from frontdesk.limiting import CallerDigests, Limiter
from frontdesk.principal import Caller

REFUSED = "RateLimited"
"""The metric of requests that were refused."""

REQUESTS = "requests"


@dataclass(frozen=True, slots=True)
class RequestRate:
    """Holds callers to so many requests a minute.

    Attributes:
        limiter: Counts.
        digests: Names callers.
        per_minute: Requests of a guest or customer.
        trusted_per_minute: Requests of a member of staff or a service.
        report: Called with `REFUSED`.
    """

    limiter: Limiter
    digests: CallerDigests
    per_minute: int
    trusted_per_minute: int
    report: Callable[[str], None] = lambda _: None

    def admit(self, caller: Caller) -> Mapping[str, str]:
        """Counts a request.

        Args:
            caller: Whose it is.

        Returns:
            Headers for its answer.

        Raises:
            TooManyRequestsError: The caller has had its minute's share.
        """
        who = self.digests.of(caller)
        if who is None:
            return {}
        trusted = caller.principal.may_name_customer
        quota = self.trusted_per_minute if trusted else self.per_minute
        standing = self.limiter.spend(Limit(REQUESTS, quota, MINUTE), who)
        if standing is None:
            return {}
        if standing.used > quota:
            self.report(REFUSED)
            raise TooManyRequestsError(
                f"At most {quota} requests a minute are answered.",
                retry_after=standing.resets_in,
                headers=rate_headers(standing),
            )
        return rate_headers(standing)


def rate_headers(standing: Standing) -> dict[str, str]:
    """Tells a standing in headers.

    Args:
        standing: Where the caller stands.

    Returns:
        ``RateLimit`` and ``RateLimit-Policy``.
    """
    limit = standing.limit
    return {
        "ratelimit": f'"{limit.name}";r={standing.remaining};t={standing.resets_in}',
        "ratelimit-policy": f'"{limit.name}";q={limit.quota};w={limit.seconds}',
    }


def at_a_rate(
    route: Callable[[Request], Response], rate: Callable[[], RequestRate]
) -> Callable[[Request], Response]:
    """Puts a rate in front of a route.

    Args:
        route: Answers a request.
        rate: Builds the rate, once it is needed.

    Returns:
        The route, whose answers say where the caller stands.
    """

    def respond(request: Request) -> Response:
        headers = rate().admit(request.caller)
        response = route(request)
        return replace(response, headers={**headers, **response.headers})

    return respond
