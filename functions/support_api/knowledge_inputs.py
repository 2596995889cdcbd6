"""What the API takes to change the knowledge base."""

import re
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from frontdesk.domain.errors import UnreadableDocumentError
from frontdesk.domain.knowledge import Category, DocumentStatus, Visibility
from frontdesk.knowledge import front_matter
from frontdesk.knowledge.decoding import clean
from support_api.paging import WITHOUT_NUL

MAX_TITLE_CHARACTERS = 300
"""A title is a line that people read."""

MAX_CONTENT_CHARACTERS = 100_000
"""Fifty pages, embedded while the caller waits; longer documents belong into the S3 drop."""

MAX_OWNER_CHARACTERS = 320
"""A name, an address, or a subject."""

MAX_ADDRESS_CHARACTERS = 2_000
"""What browsers take."""

MAX_FILE_NAME_CHARACTERS = 200
"""Well below the thousand bytes of a key, whatever the script."""

MAX_ID_CHARACTERS = 100
"""Longer than any identifier of ours."""

ANSWERED_ONLY = frozenset(
    {
        "id",
        "source",
        "source_key",
        "version",
        "passage_count",
        "failure_reason",
        "created_at",
        "updated_at",
    }
)
"""What a document says of itself: whoever edits one as it was read may send that back."""

_ADDRESS = re.compile(r"^https?://[^\s\x00<>\"]+$")
_NO_NAME_CHARACTERS = re.compile(r"[^\w.()+-]+")


def _text(value: str, *, most: int) -> str:
    cleaned = clean(value).strip()
    if not cleaned:
        raise ValueError("has no visible character")
    if len(cleaned) > most:
        raise ValueError(f"should have at most {most} characters")
    return cleaned


def _content(value: str) -> str:
    text = _text(value, most=MAX_CONTENT_CHARACTERS)
    try:
        fields, _ = front_matter.parse(text)
    except UnreadableDocumentError as error:
        raise ValueError(str(error)) from None
    if "visibility" in fields:
        # What somebody pastes may say that it is for staff alone.
        raise ValueError("names a visibility in front matter: leave it out, and set the field")
    return text


def _address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError("should be a web address, such as https://example.com/refunds")
    return value


def _line(value: str, *, most: int) -> str:
    return " ".join(_text(value, most=most).split())


def _file_name(value: str) -> str:
    """Leaves of a name what is safe in a key, an address and a shell."""
    name = clean(value).replace("\\", "/").rpartition("/")[2]
    safe = _NO_NAME_CHARACTERS.sub("-", name).strip("-.")
    if not safe:
        raise ValueError("is no file name")
    return safe


def _sized(most: int) -> object:
    return Field(json_schema_extra={"minLength": 1, "maxLength": most})


Title = Annotated[
    str, AfterValidator(partial(_line, most=MAX_TITLE_CHARACTERS)), _sized(MAX_TITLE_CHARACTERS)
]
Content = Annotated[
    str,
    AfterValidator(_content),
    _sized(MAX_CONTENT_CHARACTERS),
]
Owner = Annotated[
    str, AfterValidator(partial(_line, most=MAX_OWNER_CHARACTERS)), _sized(MAX_OWNER_CHARACTERS)
]
Address = Annotated[
    str,
    Field(max_length=MAX_ADDRESS_CHARACTERS, json_schema_extra={"pattern": _ADDRESS.pattern}),
    AfterValidator(_address),
]
DocumentId = Annotated[str, Field(max_length=MAX_ID_CHARACTERS, pattern=WITHOUT_NUL)]
FileName = Annotated[
    str, Field(min_length=1, max_length=MAX_FILE_NAME_CHARACTERS), AfterValidator(_file_name)
]


class WrittenStatus(StrEnum):
    """What a document that a person writes may be."""

    DRAFT = DocumentStatus.DRAFT.value
    PUBLISHED = DocumentStatus.PUBLISHED.value


class _Input(BaseModel):
    """What is sent; a field that is not known is a misspelt one, and refused.

    A document whose `visibility` is misspelt would otherwise be published to customers.
    """

    model_config = ConfigDict(extra="forbid")


class _Words(_Input):
    title: Title
    content: Content
    category: Category
    source_url: Address | None = Field(default=None, description="Where customers can read it.")
    visibility: Visibility = Field(
        default=Visibility.PUBLIC, description="`internal` never reaches a customer's answer."
    )


class WrittenDocument(_Words):
    """A whole document; Markdown headings cut it into sections."""

    status: WrittenStatus = Field(
        default=WrittenStatus.PUBLISHED, description="A `draft` is not found by search."
    )
    owner: Owner | None = Field(default=None, description="Who keeps it right.")
    review_at: date | None = Field(default=None, description="When to look at it again.")

    @model_validator(mode="before")
    @classmethod
    def _drop_answered(cls, sent: Any) -> Any:
        if not isinstance(sent, dict):
            return sent
        return {name: value for name, value in sent.items() if name not in ANSWERED_ONLY}


class ProposedDocument(_Words):
    """A document that is not published yet; what it would change is wanted."""

    document_id: DocumentId | None = Field(
        default=None, description="The document that it would replace; a new one where left out."
    )
    questions: int = Field(
        default=50, ge=1, le=100, strict=True, description="How many recent questions to ask."
    )


class UploadRequest(_Input):
    """A file that is to be dropped; what is dropped under the same name before is replaced."""

    filename: FileName = Field(examples=["refund-policy.pdf"])
    size: int = Field(ge=1, strict=True, description="Exactly how many bytes it has.")
    category: Category | None = None
    visibility: Visibility | None = None


class UploadBody(BaseModel):
    """How to upload a file: send it with this method, to this address, with these headers."""

    method: str = Field(examples=["PUT"])
    url: str
    headers: dict[str, str]
    key: str = Field(description="Where it will be, and the `source_key` of its document.")
    expires_in: int = Field(description="Seconds.")
