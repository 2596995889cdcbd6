"""What the API takes to change conversations and tickets, and to rate answers."""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from frontdesk.domain.addresses import check_email
from frontdesk.domain.metrics import Rating
from frontdesk.domain.records import TicketCategory, TicketPriority, TicketStatus
from frontdesk.domain.text import normalise

MAX_CONTENT_CHARACTERS = 4000
"""As long as a customer's message may be."""

MAX_COMMENT_CHARACTERS = 2000
"""Half a page: what somebody says of one answer."""

MAX_LINE_CHARACTERS = 200
"""A subject fits a line, and leaves room beside it."""

MAX_NAME_CHARACTERS = 320
"""Who something is assigned to: a name, an address, or a subject."""

MAX_TAGS = 20
MAX_TAG_CHARACTERS = 50
"""Labels to filter by, not a second place for notes."""

MAX_ID_CHARACTERS = 200
MAX_TICKET_NUMBER_CHARACTERS = 40
"""Room for numbers that another system has given."""


def _text(value: str, *, most: int) -> str:
    """Cleans a text; its characters are counted after normalising."""
    cleaned = normalise(value)
    if not cleaned:
        raise ValueError("has no visible character")
    if len(cleaned) > most:
        raise ValueError(f"should have at most {most} characters")
    return cleaned


def _line(value: str, *, most: int) -> str:
    return " ".join(_text(value, most=most).split())


def _lengths(most: int) -> Any:
    return Field(json_schema_extra={"minLength": 1, "maxLength": most})


def _each_once(tags: list[str]) -> list[str]:
    return list(dict.fromkeys(tags))


def _written(value: object) -> object:
    # Pydantic would take a number for seconds since the epoch.
    if not isinstance(value, str) or "-" not in value:
        raise ValueError("should be a time in RFC 3339")
    return value


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("is outside of time") from None


def _identifier(value: str) -> str:
    if "\0" in value:
        raise ValueError("is no identifier")
    return value


Content = Annotated[
    str,
    AfterValidator(partial(_text, most=MAX_CONTENT_CHARACTERS)),
    _lengths(MAX_CONTENT_CHARACTERS),
]
Comment = Annotated[
    str,
    AfterValidator(partial(_text, most=MAX_COMMENT_CHARACTERS)),
    _lengths(MAX_COMMENT_CHARACTERS),
]
Line = Annotated[
    str, AfterValidator(partial(_line, most=MAX_LINE_CHARACTERS)), _lengths(MAX_LINE_CHARACTERS)
]
Name = Annotated[
    str, AfterValidator(partial(_line, most=MAX_NAME_CHARACTERS)), _lengths(MAX_NAME_CHARACTERS)
]
Tag = Annotated[
    str, AfterValidator(partial(_line, most=MAX_TAG_CHARACTERS)), _lengths(MAX_TAG_CHARACTERS)
]
Tags = Annotated[list[Tag], Field(max_length=MAX_TAGS), AfterValidator(_each_once)]
Moment = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_in_utc)]
Email = Annotated[str, AfterValidator(check_email), Field(json_schema_extra={"format": "email"})]
Identifier = Annotated[
    str, Field(min_length=1, max_length=MAX_ID_CHARACTERS), AfterValidator(_identifier)
]
TicketNumber = Annotated[str, Field(pattern=rf"^[A-Za-z0-9-]{{1,{MAX_TICKET_NUMBER_CHARACTERS}}}$")]

_NEVER = datetime.min.replace(tzinfo=UTC)
"""Stands where nothing is set; an edit takes only what was sent."""


class _Input(BaseModel):
    """What is sent; a field that is not known is a misspelt one, and refused.

    A note whose `internal` is misspelt would otherwise be read by the customer.
    """

    model_config = ConfigDict(extra="forbid")


def _without_defaults(schema: dict[str, Any]) -> None:
    # A field that is left out of an edit is not set to anything.
    for field in schema["properties"].values():
        field.pop("default", None)


class _Edit(_Input):
    model_config = ConfigDict(json_schema_extra=_without_defaults)

    def changes(self) -> dict[str, Any]:
        """What was sent, and nothing that was not; lists as the domain has them."""
        sent = {name: getattr(self, name) for name in self.model_fields_set}
        return {
            name: tuple(value) if isinstance(value, list) else value for name, value in sent.items()
        }


class StaffMessage(_Input):
    """A word of the staff's: to the customer, or a note that only staff see."""

    content: Content
    internal: bool = Field(default=False, strict=True)


class ConversationFiling(_Edit):
    """How a conversation is filed; what is left out stays as it is."""

    assigned_to: Name | None = None
    tags: Tags = []


class NewTicket(_Input):
    """A ticket that staff make."""

    subject: Line
    description: Content
    category: TicketCategory
    priority: TicketPriority = TicketPriority.MEDIUM
    status: TicketStatus = TicketStatus.OPEN
    customer_id: Identifier | None = None
    contact_email: Email | None = None
    conversation_id: Identifier | None = Field(
        default=None, description="Its owner may read the ticket."
    )
    assigned_to: Name | None = None
    tags: Tags = []
    number: TicketNumber | None = Field(default=None, description="Made where it is left out.")
    expected_response_at: Moment | None = Field(
        default=None, description="Follows the priority where it is left out."
    )


class TicketEdit(_Edit):
    """Changes of a ticket; what is left out stays as it is."""

    subject: Line = ""
    description: Content = ""
    category: TicketCategory = TicketCategory.OTHER
    priority: TicketPriority = TicketPriority.MEDIUM
    status: TicketStatus = TicketStatus.OPEN
    customer_id: Identifier | None = None
    contact_email: Email | None = None
    assigned_to: Name | None = None
    tags: Tags = []
    expected_response_at: Moment = Field(
        default=_NEVER, description="Follows the priority where it is left out."
    )


class NewComment(_Input):
    """Something to say on a ticket; only staff may write notes for staff."""

    content: Content
    internal: bool = Field(default=False, strict=True)


def _nothing_if_empty(value: object) -> object:
    return None if isinstance(value, str) and not normalise(value) else value


class Feedback(_Input):
    """What a customer thinks of an answer."""

    rating: Rating
    comment: Annotated[Comment | None, BeforeValidator(_nothing_if_empty)] = None
