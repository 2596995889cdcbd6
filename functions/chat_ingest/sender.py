"""For whom a message is accepted: the principal, or the guest whose token is in the body."""

from collections.abc import Callable
from dataclasses import dataclass

from frontdesk.domain.errors import InvalidInputError
from frontdesk.guest_tokens import GuestTokenError
from frontdesk.principal import Principal, PrincipalKind


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a message.

    Attributes:
        principal: The caller; without a subject where it has no credential at all.
        claimed_subject: The guest whose conversations this customer takes along.
    """

    principal: Principal
    claimed_subject: str | None = None

    @property
    def is_anonymous(self) -> bool:
        """True where there is no credential: the message will make a guest."""
        return self.principal.subject is None

    def may_use(self, owner_subject: str) -> bool:
        """Tells whether a conversation is the sender's, or about to become it.

        Args:
            owner_subject: Whose it is.

        Returns:
            True where the sender may write into it.
        """
        return self.principal.owns(owner_subject) or (
            self.claimed_subject is not None and self.claimed_subject == owner_subject
        )


def identify(
    principal: Principal, guest_token: object, verify_guest_token: Callable[[str], str]
) -> Sender:
    """Finds out for whom a message is accepted.

    Args:
        principal: The caller, as the authorizer says.
        guest_token: The body's ``guest_token``, of any type; what is no string is refused later,
            with the rest of the body.
        verify_guest_token: Returns the guest's subject, or raises `GuestTokenError`.

    Returns:
        The sender.

    Raises:
        InvalidInputError: The token is invalid, or its holder has no use for it.
    """
    if not isinstance(guest_token, str):
        return Sender(principal)
    try:
        subject = verify_guest_token(guest_token)
    except GuestTokenError as error:
        raise InvalidInputError.of("guest_token", f"The token is {error}") from error
    if principal.kind is PrincipalKind.CUSTOMER:
        return Sender(principal, claimed_subject=subject)
    if principal.kind is PrincipalKind.GUEST and principal.subject in (None, subject):
        return Sender(principal.model_copy(update={"subject": subject}))
    raise InvalidInputError.of("guest_token", "Only a customer can take a conversation along")
