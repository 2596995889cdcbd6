"""``python -m operations keys``: makes, rotates, lists and revokes services' keys."""

import hashlib
import secrets
import sys
from collections.abc import Mapping, Sequence

from operations.commands import Function, table
from operations.target import OperationsError

KEYS = "python -m operations keys {create NAME|rotate NAME|revoke NAME|list}"
KEY_BYTES = 32
DEFAULT_OVERLAP_HOURS = "24"


def keys(target: Function, arguments: Sequence[str], environ: Mapping[str, str]) -> str:
    """Does one of them.

    Args:
        target: The system's housekeeping.
        arguments: What to do, and to whose keys.
        environ: ``HOURS`` says how long a rotated key stays valid (24).

    Returns:
        The new key, alone, which is shown this once; else the keys that are valid.

    Raises:
        OperationsError: It makes no sense, or was refused.
    """
    match arguments:
        case ["list"]:
            event: dict[str, str] = {"do": "list"}
        case [("create" | "rotate" | "revoke") as do, name]:
            event = {"do": do, "name": name}
        case _:
            raise OperationsError(f"usage: {KEYS}")
    key = f"fdk_{secrets.token_hex(KEY_BYTES)}" if event["do"] in {"create", "rotate"} else None
    if key is not None:
        # The key stays on this machine.
        event["key_hash"] = hashlib.sha256(key.encode()).hexdigest()
        event["overlap_hours"] = environ.get("HOURS") or DEFAULT_OVERLAP_HOURS
    valid = target.ask({"action": "keys", **event})
    rows = [
        (one["name"], one["hash"], one["created_at"], one["expires_at"] or "never") for one in valid
    ]
    listed = table(("SERVICE", "HASH", "SINCE", "UNTIL"), rows) if rows else "there are no keys"
    if key is None:
        return listed
    print(listed, file=sys.stderr)
    return key
