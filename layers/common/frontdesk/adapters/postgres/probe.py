"""Whether Postgres answers."""

from frontdesk.adapters.postgres.database import NOBODY, Database
from frontdesk.domain.errors import InfrastructureError


def postgres_is_up(database: Database) -> bool:
    """Asks Postgres for nothing.

    Args:
        database: The database.

    Returns:
        True where it answers.
    """
    try:
        with database.transaction(NOBODY) as connection:
            connection.execute("SELECT 1")
    except InfrastructureError:
        return False
    return True
