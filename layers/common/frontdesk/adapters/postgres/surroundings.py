"""What similarities a question has with passages at random.

Embedding models differ: unrelated texts have a cosine of .05 with one and of .7 with another. What
a similarity means is told by the similarities of a sample of passages, read now and then.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from psycopg import sql

from frontdesk.adapters.postgres.database import Connection
from frontdesk.domain.knowledge import EmbeddingModel

SAMPLE = 300
"""Passages that are read: their mean similarity to a question is right to half a hundredth."""

LEAST_SAMPLE = 30
"""With fewer, what answers a question is a large part of what it would be compared with."""

# Drawn by the page, and each has a passage or more. Counted, not estimated: a table that was just
# filled has no statistics.
_SHARE = """
SELECT least(100, 100.0 * %(sample)s * current_setting('block_size')::int
                  / greatest(pg_relation_size('embeddings'), 1))::float8 AS percent
"""

# Neighbours in the order of a hash are pairs at random; two passages of one document are none.
_SURROUNDINGS = """
WITH drawn AS MATERIALIZED (
    SELECT e.passage_id, e.embedding,
           row_number() OVER (ORDER BY hashint8(e.passage_id), e.passage_id) AS place
    FROM embeddings e TABLESAMPLE SYSTEM ({percent}) REPEATABLE (0)
    WHERE e.model = {model}
), sampled AS MATERIALIZED (
    SELECT d.place, l2_normalize(d.embedding) AS embedding, p.document_id
    FROM drawn d JOIN passages p ON p.id = d.passage_id
    WHERE d.place <= {sample}
)
SELECT count(*) AS passages, avg(embedding)::real[] AS centre,
       (SELECT stddev_pop(1 - (one.embedding <=> other.embedding))
        FROM sampled one JOIN sampled other ON other.place = one.place + 1
        WHERE other.document_id <> one.document_id) AS spread
FROM sampled
"""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A sample of passages.

    Attributes:
        passages: How many were read.
        centre: The mean of their embeddings, each of length one.
        spread: The standard deviation of the similarities of two at random.
    """

    passages: int
    centre: Sequence[float]
    spread: float

    @classmethod
    def read(cls, connection: Connection, model: EmbeddingModel) -> Self | None:
        """Reads a sample.

        Args:
            connection: Within a transaction; what its role may not see is left out.
            model: Whose embeddings.

        Returns:
            The sample; None where there are too few passages, or they are all alike.
        """
        share = connection.execute(_SHARE, {"sample": SAMPLE}).fetchone()
        statement = sql.SQL(_SURROUNDINGS).format(
            percent=sql.Literal(100 if share is None else share["percent"]),
            model=sql.Literal(model.name),
            sample=sql.Literal(SAMPLE),
        )
        row = connection.execute(statement).fetchone()
        if row is None or row["passages"] < LEAST_SAMPLE or not row["spread"]:
            return None
        return cls(**row)

    def nearness(self, question: Sequence[float], similarity: float) -> float:
        """Tells how much nearer a passage is to a question than passages at random.

        Args:
            question: The question's embedding.
            similarity: The passage's cosine with it.

        Returns:
            How far it lies above the others' mean, by the spread.
        """
        mean = math.sumprod(self.centre, question) / math.hypot(*question)
        # Of a small knowledge base, the passage itself is a part of the sample.
        others = (mean * self.passages - similarity) / (self.passages - 1)
        return (similarity - others) / self.spread
