"""A Python shell with the running system's objects."""

import code
from collections.abc import Callable, Mapping

import httpx
import psycopg
from psycopg.rows import dict_row

from localstack.aws import Aws

BANNER = """\
aws      clients of the emulator: aws.dynamodb, aws.lambda_, aws.s3, aws.sqs, …
db       the database, as its owner: db.execute("SELECT …").fetchall()
api      the HTTP API: api.get("/api/health").json()
token    token(EMAIL="john.smith@techstartup.com"), token(STAFF="1"), …
env      names of the bucket, the queues, the table"""


def interact(environment: Mapping[str, str], token: Callable[..., str]) -> None:
    """Opens the shell; returns when it is left.

    Args:
        environment: What ``DATA_DIR/env`` holds.
        token: Makes credentials.
    """
    with (
        psycopg.connect(
            environment["DATABASE_URL"], autocommit=True, row_factory=dict_row
        ) as database,
        httpx.Client(base_url=environment["FRONTDESK_URL"], timeout=60) as api,
    ):
        objects = {
            "aws": Aws(environment["AWS_ENDPOINT_URL"]),
            "db": database,
            "api": api,
            "token": token,
            "env": dict(environment),
        }
        code.interact(BANNER, local=objects, exitmsg="")
