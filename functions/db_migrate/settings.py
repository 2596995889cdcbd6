"""What db_migrate needs to know."""

from frontdesk.config import DatabaseSettings


class MigrateSettings(DatabaseSettings):
    """The owner's way into the database, and the secrets of the two roles made there.

    Attributes:
        database_host: The host, where the owner's secret has no URL (as RDS makes it).
        database_port: Its port.
        database_name: Its database.
        agent_database_secret_arn: The secret of the worker's and knowledge ingest's role.
        desk_database_secret_arn: The secret of the support API's role.
    """

    database_host: str = ""
    database_port: int = 5432
    database_name: str = "frontdesk"
    agent_database_secret_arn: str
    desk_database_secret_arn: str
