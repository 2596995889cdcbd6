"""Loads the sample company's data into a running stack."""

import psycopg

from localstack.aws import Aws
from localstack.seed import documents, records
from localstack.settings import LocalStackError


def load(aws: Aws, bucket: str, database_url: str, *, put_all: bool = False) -> tuple[int, int]:
    """Loads what is not there yet; doing it again changes nothing.

    Args:
        aws: Clients of the emulator.
        bucket: The documents bucket.
        database_url: The owner's.
        put_all: Whether to put documents that are in the bucket already as well.

    Returns:
        How many records were inserted, and how many documents were put.

    Raises:
        LocalStackError: A document did not become searchable.
    """
    versions = documents.put(aws, bucket, put_all=put_all)
    with psycopg.connect(database_url, autocommit=True) as connection:
        inserted = records.load(connection)
        try:
            documents.wait_until_searchable(connection, versions)
        except documents.NotSearchableError as error:
            raise LocalStackError(str(error)) from error
    return inserted, len(versions)
