"""What people do to services' keys: make, rotate, list, revoke; each change in the audit log.

Whoever asks makes the key and sends its hash: the key itself never comes here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from frontdesk.domain.audit import AuditEntry
from frontdesk.domain.ids import new_id
from frontdesk.domain.service_keys import Keyring
from frontdesk.ports import Clock
from housekeeping.dead_letters import OPERATOR, told_by
from housekeeping.ports import AuditLog, KeyringStore

MAX_OVERLAP_HOURS = 24 * 90
SHOWN_CHARACTERS = 8
"""Of a key's hash: enough to tell two keys apart."""


@dataclass(frozen=True)
class KeyOffice:
    """Changes the keyring.

    Attributes:
        keyring: Where it is kept.
        audit: Where changes are written down.
        clock: Tells the time.
    """

    keyring: KeyringStore
    audit: AuditLog
    clock: Clock

    def act(self, event: Mapping[str, Any]) -> list[dict[str, str | None]]:
        """Does what is asked.

        Args:
            event: ``do`` is ``create``, ``rotate``, ``revoke`` or ``list``; with ``name``,
                ``key_hash`` and ``overlap_hours`` where they are needed, and ``operator`` who
                asks, as they say themselves.

        Returns:
            The keys that are valid now.

        Raises:
            ConflictError: There is such a service, or somebody else changes the keyring.
            NotFoundError: There is no such service.
            ValueError: Something else is asked.
        """
        now, present = self.clock(), self.keyring.load()
        do, name = event.get("do"), str(event.get("name", ""))
        if do == "list":
            return _shown(present, now)
        changed = _changed(present, do, name, event, now)
        # Before the change, which has another store: what is written down may not have worked out,
        # and nothing works out that is not written down.
        self.audit.record(
            AuditEntry(
                actor=OPERATOR,
                action=f"service_key.{do}",
                object_kind="service_key",
                object_id=name,
                customer_id=None,
                correlation_id=new_id("corr"),
                details=told_by(event.get("operator")),
            )
        )
        self.keyring.save(present, changed)
        return _shown(changed, now)


def _changed(
    present: Keyring, do: object, name: str, event: Mapping[str, Any], now: datetime
) -> Keyring:
    match do:
        case "create":
            return present.created(name, str(event["key_hash"]), now)
        case "rotate":
            hours = min(max(float(event.get("overlap_hours", 24)), 0), MAX_OVERLAP_HOURS)
            return present.rotated(name, str(event["key_hash"]), now, timedelta(hours=hours))
        case "revoke":
            return present.revoked(name, now)
        case _:
            raise ValueError(f"unknown key action: {do!r}")


def _shown(keyring: Keyring, now: datetime) -> list[dict[str, str | None]]:
    return [
        {
            "name": key.name,
            "hash": key.key_hash[:SHOWN_CHARACTERS],
            "created_at": _second(key.created_at),
            "expires_at": None if key.expires_at is None else _second(key.expires_at),
        }
        for key in sorted(keyring.valid(now), key=lambda key: (key.name, key.created_at))
    ]


def _second(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
