"""Who is calling: made from a verified credential by the authorizer, believed by everyone else."""

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field


class PrincipalKind(StrEnum):
    """The four callers of the API."""

    GUEST = "guest"
    CUSTOMER = "customer"
    STAFF = "staff"
    SERVICE = "service"


class Principal(BaseModel):
    """A caller whose credential was verified, or a guest who sent none.

    Attributes:
        kind: Which of the four callers this is.
        subject: Who owns what this caller makes: ``guest:<id>``, ``<issuer>|<sub>`` or
            ``service:<key id>``; None for a guest who has no token yet.
        email: The e-mail address that the issuer verified, in lower case.
        name: What to call the caller in audit and hand-over, where known.
        admin: True for staff who may use admin routes.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: PrincipalKind
    subject: str | None = None
    email: str | None = None
    name: str | None = None
    admin: bool = False

    @classmethod
    def anonymous(cls) -> Self:
        """Makes the guest who sent no credential at all."""
        return cls(kind=PrincipalKind.GUEST)

    @property
    def is_staff(self) -> bool:
        """True for support agents and administrators."""
        return self.kind is PrincipalKind.STAFF

    @property
    def may_name_customer(self) -> bool:
        """True where ``customer_email`` in a body is believed: staff and services only."""
        return self.kind in (PrincipalKind.STAFF, PrincipalKind.SERVICE)

    def owns(self, subject: str | None) -> bool:
        """Tells whether something that belongs to a subject is this caller's own.

        Args:
            subject: The owner that is stored with the thing.

        Returns:
            True for the owner; never for a caller without a subject.
        """
        return self.subject is not None and self.subject == subject


class Caller(BaseModel):
    """A principal with what the request says of its origin.

    Attributes:
        principal: Who is calling.
        correlation_id: The request's correlation id.
        source_ip: The network address the request came from, where known.
    """

    model_config = ConfigDict(frozen=True)

    principal: Principal
    correlation_id: str
    source_ip: str | None = Field(default=None)
