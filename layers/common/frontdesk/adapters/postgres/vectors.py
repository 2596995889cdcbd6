"""Vectors as Postgres takes them: in pgvector's binary form, which no text has to be made for."""

from collections.abc import Sequence

from pgvector import HalfVector, Vector
from pgvector.psycopg import register_vector
from pgvector.psycopg.halfvec import HalfVectorBinaryDumper

from frontdesk.adapters.postgres.database import Connection


def half_vector(connection: Connection, vector: Sequence[float]) -> HalfVector:
    """Makes a parameter for ``%(name)s::halfvec(…)``.

    Args:
        connection: The connection that it is for.
        vector: The numbers.

    Returns:
        The parameter.
    """
    # Without the type's number, which every new connection would have to ask for: the cast in
    # the statement says what it is.
    connection.adapters.register_dumper(HalfVector, HalfVectorBinaryDumper)
    return HalfVector(list(vector))


def vectors(connection: Connection, rows: Sequence[Sequence[float]]) -> list[Vector]:
    """Makes a parameter for ``%(name)s::vector[]``.

    Args:
        connection: The connection that it is for; it learns the types once.
        rows: The vectors.

    Returns:
        The parameter.
    """
    # Elements of an array are sent with their type's number.
    if connection.adapters.types.get("vector") is None:
        register_vector(connection)
    return [Vector(list(row)) for row in rows]
