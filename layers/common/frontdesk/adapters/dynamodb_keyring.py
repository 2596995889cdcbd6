"""The keyring in DynamoDB: an item that lists all keys, and one a key that the authorizer reads."""

from pydantic import TypeAdapter

from frontdesk.adapters.dynamodb_table import (
    ConditionFailedError,
    DynamoDBTable,
    Item,
    Write,
    delete,
    epoch,
    number,
    put,
    service_key_key,
    text,
)
from frontdesk.domain.errors import ConflictError
from frontdesk.domain.service_keys import KeptKey, Keyring

KEYRING = "KEYRING"

_KEYS: TypeAdapter[tuple[KeptKey, ...]] = TypeAdapter(tuple[KeptKey, ...])


class DynamoDBKeyring:
    """Loads and saves the keyring; the keys' own items change with it or not at all.

    Args:
        table: The tasks table.
    """

    def __init__(self, table: DynamoDBTable) -> None:
        self._table = table

    def load(self) -> Keyring:
        """Reads the keyring; an empty one where there is none."""
        item = self._table.get(KEYRING, "keys", "version")
        if item is None:
            return Keyring()
        return Keyring(_KEYS.validate_json(item["keys"]["S"]), int(item["version"]["N"]))

    def save(self, former: Keyring, changed: Keyring) -> None:
        """Replaces the keyring.

        Args:
            former: The keyring as it was loaded.
            changed: What it becomes.

        Raises:
            ConflictError: It was changed since it was loaded; nothing is changed now.
        """
        listing: Item = {
            "pk": text(KEYRING),
            "keys": text(_KEYS.dump_json(changed.keys).decode()),
            "version": number(changed.version),
        }
        writes = [
            put(
                listing,
                "attribute_not_exists(pk) OR version = :former",
                former=number(former.version),
            )
        ]
        writes += [
            Write("Put", {"Item": _item(key)}) for key in set(changed.keys) - set(former.keys)
        ]
        kept = {key.key_hash for key in changed.keys}
        writes += [
            delete(service_key_key(key.key_hash)) for key in former.keys if key.key_hash not in kept
        ]
        try:
            self._table.write_together(writes)
        except ConditionFailedError:
            raise ConflictError("somebody else has just changed the keys; try again") from None


def _item(key: KeptKey) -> Item:
    item: Item = {
        "pk": text(service_key_key(key.key_hash)),
        # The service's name, so that a rotation changes neither its subject nor what it owns.
        "key_id": text(key.name),
        "name": text(key.name),
    }
    return item if key.expires_at is None else item | {"expires_at": epoch(key.expires_at)}
