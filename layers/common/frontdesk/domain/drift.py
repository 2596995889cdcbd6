"""Where knowledge and the S3 drop differ."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DroppedObject:
    """What is under a key of the drop.

    Attributes:
        version: The object's version; None where it was deleted.
        changed_at: Since when that is so.
    """

    key: str
    version: str | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class DropPage:
    """The objects of a range of keys, in S3's order; old versions are left out.

    Attributes:
        after: The key before the range; None at the beginning.
        last_key: The range's last key; None where it has no end.
        cursor: Where the next page begins; None after the last one.
    """

    objects: tuple[DroppedObject, ...]
    after: str | None
    last_key: str | None
    cursor: str | None


@dataclass(frozen=True, slots=True)
class FollowedDocument:
    """A document of the drop that knowledge has, published or put aside as unreadable.

    Attributes:
        version: The object's version that it was made from.
    """

    key: str
    version: str | None


def drifted(
    objects: Iterable[DroppedObject],
    documents: Iterable[FollowedDocument],
    *,
    settled_before: datetime,
) -> list[str]:
    """Finds what knowledge did not follow.

    Args:
        objects: What the drop holds of a range of keys.
        documents: What knowledge has of the same range.
        settled_before: What changed later may be on its way, and is left alone.

    Returns:
        The keys to look at, in order.
    """
    dropped = {one.key: one for one in objects if not one.key.endswith("/")}
    followed = {one.key: one.version for one in documents}
    return sorted(
        key
        for key in dropped.keys() | followed.keys()
        if _differs(dropped.get(key), followed.get(key), settled_before, is_known=key in followed)
    )


def _differs(
    dropped: DroppedObject | None,
    version: str | None,
    settled_before: datetime,
    *,
    is_known: bool,
) -> bool:
    if dropped is None:
        # Nothing tells since when it is gone: the marker of its deletion is gone as well.
        return is_known
    if dropped.changed_at >= settled_before:
        return False
    if dropped.version is None:
        return is_known
    return not is_known or version != dropped.version
