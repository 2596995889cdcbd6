"""Text that a database can hold, whatever a model made of it."""

from typing import Any


def storable[T](value: T) -> T:
    """Drops what neither UTF-8 nor Postgres can hold: NUL and lone surrogates.

    Args:
        value: Text, or JSON with text anywhere in it.

    Returns:
        The same without them.
    """
    cleaned: T = _clean(value)
    return cleaned


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "ignore").decode()
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value
