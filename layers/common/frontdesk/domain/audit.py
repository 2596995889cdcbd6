"""Who saw or changed what of a customer's: the entries of the audit log."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from frontdesk.principal import Principal, PrincipalKind


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One access to customers' data by somebody other than the customer.

    Attributes:
        actor: Who it was.
        action: What was done, as ``<kind of thing>.<verb>``: ``conversation.read``.
        object_kind: What kind of thing it was done to.
        object_id: Which one; None for a listing.
        customer_id: Whose data it was, where that is one customer's.
        correlation_id: The request's correlation id.
        details: What else tells one access from another; never a customer's words.
    """

    actor: Principal
    action: str
    object_kind: str
    object_id: str | None
    customer_id: str | None
    correlation_id: str
    details: dict[str, Any] = field(default_factory=dict)


class RecordedAccess(BaseModel):
    """An entry as the audit log holds it; the actor is named by its subject."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: int
    occurred_at: datetime
    actor_kind: PrincipalKind
    actor_subject: str | None
    action: str
    object_kind: str
    object_id: str | None
    customer_id: str | None
    correlation_id: str | None
    details: dict[str, Any]
