"""The body of a chat request: what it may say, and what it means."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from frontdesk.domain.addresses import check_email
from frontdesk.domain.errors import FieldError, InvalidInputError
from frontdesk.domain.text import normalise
from frontdesk.http.gateway import read_model

MAX_LANGUAGE_LENGTH = 35
"""As RFC 5646 advises for language tags."""

MAX_TOKEN_LENGTH = 256
"""Three times what a guest's token takes."""

RAW_LENGTH_FACTOR = 8
"""How much longer than the limit a message may be before normalising, which looks at each
character: enough for any real text, too little to keep a function busy with."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def _check_language(value: str) -> str:
    if len(value) > MAX_LANGUAGE_LENGTH or not _LANGUAGE.fullmatch(value):
        raise ValueError("Input should be a language tag such as 'en' or 'pt-BR'")
    return value


type Email = Annotated[str, AfterValidator(check_email), AfterValidator(str.lower)]
type Language = Annotated[str, AfterValidator(_check_language)]


class ChatInput(BaseModel):
    """The fields of a chat request; one that is not known is a misspelt one, and refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    message: str
    conversation_id: str | None = None
    previous_conversation_id: str | None = None
    customer_email: Email | None = None
    language: Language | None = None
    guest_token: str | None = Field(default=None, max_length=MAX_TOKEN_LENGTH)
    confirm_action: str | None = Field(default=None, max_length=MAX_TOKEN_LENGTH)


def read_input(body: dict[str, Any], *, max_characters: int) -> ChatInput:
    """Reads the body of a chat request.

    Args:
        body: The JSON object that was sent.
        max_characters: How long the message may be after normalising.

    Returns:
        The input, its message normalised.

    Raises:
        InvalidInputError: Something of it cannot be accepted; all of it is said at once.
    """
    faults: list[FieldError] = []
    chat: ChatInput | None = None
    try:
        chat = read_model(ChatInput, body)
    except InvalidInputError as error:
        faults += error.errors
    text, fault = _read_message(body.get("message"), max_characters)
    faults += [fault] if fault else []
    if body.get("conversation_id") is not None and body.get("previous_conversation_id") is not None:
        message = "Input should not be given together with conversation_id"
        faults.append(FieldError("previous_conversation_id", message))
    if chat is None or faults:
        names = ", ".join(dict.fromkeys(fault.field for fault in faults))
        raise InvalidInputError(f"These fields cannot be accepted: {names}", errors=faults)
    return chat.model_copy(update={"message": text})


def _read_message(value: object, max_characters: int) -> tuple[str, FieldError | None]:
    if not isinstance(value, str):
        return "", None  # the model says so already
    too_long = FieldError("message", f"String should have at most {max_characters} characters")
    if len(value) > max_characters * RAW_LENGTH_FACTOR:
        return "", too_long
    text = normalise(value)
    if not text:
        return "", FieldError("message", "String should have at least 1 visible character")
    return text, too_long if len(text) > max_characters else None
