"""The route that tells callers who they are."""

from typing import Self

from pydantic import BaseModel, Field

from frontdesk.principal import Principal, PrincipalKind
from support_api.api import Access, Api, Rule


class MeBody(BaseModel):
    """Who is calling, as the credential says."""

    kind: PrincipalKind
    email: str | None = Field(description="Only one that is verified.")
    admin: bool

    @classmethod
    def of(cls, principal: Principal) -> Self:
        """Makes the body of a caller."""
        return cls(kind=principal.kind, email=principal.email, admin=principal.admin)


def add_me_route(api: Api) -> None:
    """Adds ``GET /api/me``.

    Args:
        api: The resolver.
    """

    @api.operation(
        "GET",
        "/api/me",
        Rule(Access.ANYONE),
        summary="Tell who is calling",
        description="For pages, to know what to offer; what a caller may do is checked each time.",
        operation_id="getMe",
        tags=["me"],
    )
    def get_me() -> MeBody:
        return MeBody.of(api.principal)
