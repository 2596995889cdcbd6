"""For whom the support API reads: nobody, the owner, or staff; and whose an address is."""

from frontdesk.adapters.postgres.database import NOBODY, Database, RowScope
from frontdesk.principal import Principal


def owner_scope(principal: Principal) -> RowScope:
    """Returns what a caller may see by what it is and owns.

    Args:
        principal: The caller.

    Returns:
        The scope of its transactions; a guest without a token sees nothing.
    """
    return RowScope(subject=principal.subject, staff=principal.is_staff)


def account_scope(database: Database, principal: Principal) -> RowScope:
    """Returns what a caller may see by what it is and owns, its customer record included.

    Args:
        database: Where customers are looked up.
        principal: The caller; only an e-mail address that its issuer verified counts.

    Returns:
        The scope of its transactions.
    """
    if principal.is_staff or principal.email is None:
        return owner_scope(principal)
    return RowScope(
        subject=principal.subject, customer_id=customer_of_email(database, principal.email)
    )


class PostgresCustomerDirectory:
    """Customers by their e-mail address.

    Args:
        database: The database, with the desk role.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def customer_of_email(self, email: str) -> str | None:
        """Looks up a customer's id.

        Args:
            email: An address that a member of staff named.

        Returns:
            The customer's id, or None where there is no such customer.
        """
        return customer_of_email(self._database, email)


def customer_of_email(database: Database, email: str) -> str | None:
    """Looks up the customer with an e-mail address.

    Args:
        database: Where customers are looked up.
        email: An address that an issuer verified, or that a member of staff named.

    Returns:
        The customer's id, or None where there is no such customer.
    """
    with database.transaction(NOBODY) as connection:
        row = connection.execute("SELECT resolve_customer(%s) AS id", (email,)).fetchone()
    return None if row is None else row["id"]
