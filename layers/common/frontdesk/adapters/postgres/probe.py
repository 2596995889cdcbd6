"""Whether Postgres answers, and would write."""

import psycopg

from frontdesk.adapters.postgres.database import NOBODY, Database
from frontdesk.domain.errors import InfrastructureError


def postgres_is_up(database: Database) -> bool:
    """Asks Postgres whether it writes; one that does not serves nobody.

    Args:
        database: The database.

    Returns:
        True where it answers, and takes what is written.
    """
    try:
        with database.transaction(NOBODY) as connection:
            row = connection.execute("SHOW transaction_read_only").fetchone()
            if row is None or row["transaction_read_only"] != "off":
                # The kept connection may be to a server that was replaced meanwhile.
                raise psycopg.errors.ReadOnlySqlTransaction
    except InfrastructureError:
        return False
    return True
