"""Entity tags: a version of a thing as HTTP writes it, and whether a change was made of it.

The tag is strong and made of the version that the stored row counts. ``If-Match`` protects from
lost updates: who changes what somebody else has changed meanwhile is told (412), not obeyed.
"""

from frontdesk.domain.errors import PreconditionFailedError

ETAG_HEADER = "etag"
IF_MATCH_HEADER = "if-match"
_ANY = "*"


def etag(version: int) -> str:
    """Writes a version as an entity tag.

    Args:
        version: The version of what is answered.

    Returns:
        The value of an ``ETag`` header.
    """
    return f'"{version}"'


def expected_version(if_match: str | None, present: int) -> int | None:
    """Reads which version a change is meant for.

    Args:
        if_match: The request's ``If-Match`` header; None where it sent none.
        present: The version that is stored now.

    Returns:
        The version to demand when the change is written; None where any will do.

    Raises:
        PreconditionFailedError: The caller knows another version than the present one.
    """
    if if_match is None:
        return None
    tags = [tag.strip() for tag in if_match.split(",")]
    # "*" wants the thing to exist, which it does; a weak tag (W/"1") never matches for a change.
    if tags == [_ANY]:
        return None
    if etag(present) not in tags:
        raise PreconditionFailedError("It was changed meanwhile; read it again.")
    return present
