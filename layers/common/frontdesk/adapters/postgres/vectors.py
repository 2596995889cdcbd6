"""Vectors as Postgres takes them: in pgvector's binary form, which no text has to be made for."""

from collections.abc import Sequence

from pgvector import Vector
from pgvector.psycopg import register_vector
from pgvector.psycopg.vector import VectorBinaryDumper

from frontdesk.adapters.postgres.database import Connection


def query_vector(connection: Connection, vector: Sequence[float]) -> Vector:
    """Makes a parameter for ``%(name)s::vector(…)``.

    Args:
        connection: The connection that it is for.
        vector: The numbers.

    Returns:
        The parameter.
    """
    # Without the type's number, which every new connection would have to ask for: the cast in
    # the statement says what it is.
    if not _knows_vectors(connection):
        connection.adapters.register_dumper(Vector, VectorBinaryDumper)
    return Vector(list(vector))


def vectors(connection: Connection, rows: Sequence[Sequence[float]]) -> list[Vector]:
    """Makes a parameter for ``%(name)s::vector[]``.

    Args:
        connection: The connection that it is for; it learns the types once.
        rows: The vectors.

    Returns:
        The parameter.
    """
    # Elements of an array are sent with their type's number.
    if not _knows_vectors(connection):
        register_vector(connection)
    return [Vector(list(row)) for row in rows]


def _knows_vectors(connection: Connection) -> bool:
    return connection.adapters.types.get("vector") is not None
