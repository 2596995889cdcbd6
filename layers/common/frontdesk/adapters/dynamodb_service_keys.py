"""Services' keys in DynamoDB: hashed, so that the table opens no door."""

import hashlib
from typing import NamedTuple

from frontdesk.adapters.dynamodb_table import DynamoDBTable, service_key_key, text


class ServiceKey(NamedTuple):
    """A backend service that may call the API."""

    key_id: str
    name: str


class DynamoDBServiceKeys:
    """Finds and registers services' keys."""

    def __init__(self, table: DynamoDBTable) -> None:
        self._table = table

    def find(self, key: str) -> ServiceKey | None:
        """Finds whose a key is.

        Args:
            key: The key as it was sent.

        Returns:
            The service, or None where the key is unknown or has expired.
        """
        item = self._table.get(service_key_key(hash_key(key)), "key_id", "name")
        return None if item is None else ServiceKey(item["key_id"]["S"], item["name"]["S"])

    def register(self, key: str, service: ServiceKey) -> None:
        """Lets a key in.

        Args:
            key: A random key of at least 128 bits; only its digest is stored.
            service: Whose it is.
        """
        self._table.put(
            {
                "pk": text(service_key_key(hash_key(key))),
                "key_id": text(service.key_id),
                "name": text(service.name),
            }
        )


def hash_key(key: str) -> str:
    """Digests a service's key; a plain SHA-256 will do, since keys are random and long.

    Args:
        key: The key.

    Returns:
        64 hexadecimal digits.
    """
    return hashlib.sha256(key.encode()).hexdigest()
