"""The route that reads the audit log."""

import re
from datetime import datetime
from typing import Annotated, Any, Self

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import AwareDatetime, BaseModel, BeforeValidator

from frontdesk.domain.audit import RecordedAccess
from frontdesk.domain.listing import AuditFilter
from frontdesk.http.pagination import DEFAULT_LIMIT
from frontdesk.principal import PrincipalKind
from support_api.api import Access, Api, Rule
from support_api.models import Time
from support_api.paging import Cursor, Limit, Listing, Text
from support_api.ports import Desk


class ActorBody(BaseModel):
    """Who did something."""

    kind: PrincipalKind
    subject: str | None


class AccessBody(BaseModel):
    """Something that was seen or changed, by whom, and whose it is."""

    id: str
    occurred_at: Time
    actor: ActorBody
    action: str
    object_kind: str
    object_id: str | None
    customer_id: str | None
    correlation_id: str | None
    details: dict[str, Any]

    @classmethod
    def of(cls, access: RecordedAccess) -> Self:
        """Makes the body of an entry."""
        return cls(
            actor=ActorBody(kind=access.actor_kind, subject=access.actor_subject),
            **access.model_dump(exclude={"id", "actor_kind", "actor_subject"}),
            id=str(access.id),
        )


class AuditList(BaseModel):
    """A page of the audit log, the newest first."""

    items: list[AccessBody]
    next_cursor: str | None


def _read_moment(value: object) -> object:
    # Pydantic would take numbers for seconds since the epoch, too.
    if isinstance(value, str) and _MOMENT.match(value) is None:
        raise ValueError("Input should be a time such as 2026-01-31T12:00:00Z")
    return value


_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]")
Moment = Annotated[AwareDatetime | None, BeforeValidator(_read_moment), Query()]


def add_audit_route(api: Api, desk: Desk) -> None:
    """Adds ``/api/audit``.

    Args:
        api: The resolver.
        desk: What the route reaches the world through.
    """

    @api.operation(
        "GET",
        "/api/audit",
        Rule(Access.ADMIN),
        summary="List who saw or changed what",
        description="The newest first. `actor` is a subject; `until` is the first moment after.",
        operation_id="listAudit",
        tags=["audit"],
    )
    def list_audit(
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
        customer_id: Text = None,
        actor: Text = None,
        action: Text = None,
        since: Moment = None,
        until: Moment = None,
    ) -> AuditList:
        listing = Listing(
            desk.cursors,
            "audit",
            customer_id=customer_id,
            actor=actor,
            action=action,
            since=_text(since),
            until=_text(until),
        )
        wanted = AuditFilter(customer_id, actor, action, since, until)
        found = desk.audit_trail.listing(wanted, listing.page(limit, cursor))
        return AuditList(
            items=[AccessBody.of(access) for access in found.items],
            next_cursor=listing.next_cursor(found),
        )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
