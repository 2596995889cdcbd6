"""The sample company's knowledge, put where anybody puts documents: into the bucket."""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from botocore.exceptions import ClientError

from localstack.aws import Aws

KNOWLEDGE = Path(__file__).with_name("knowledge")
PREFIX = "knowledge/"
SEARCHABLE_SECONDS = 60.0

_HASH = "sha256"


class NotSearchableError(Exception):
    """A document did not become searchable in time; the text says which and why."""


def files() -> list[Path]:
    """Lists the sample documents."""
    return sorted(KNOWLEDGE.glob("*.md"))


def put(aws: Aws, bucket: str, *, put_all: bool = False) -> dict[str, str]:
    """Puts the documents that are missing in the bucket or are other than ours.

    Args:
        aws: Clients of the emulator.
        bucket: The documents bucket.
        put_all: Whether to put the others as well.

    Returns:
        The keys that were put, with the version each has now.
    """
    changed = {}
    for file in files():
        key, content = f"{PREFIX}{file.name}", file.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        if put_all or _digest_there(aws, bucket, key) != digest:
            answer = aws.s3.put_object(
                Bucket=bucket,
                Key=key,
                Body=content,
                ContentType="text/markdown; charset=utf-8",
                Metadata={_HASH: digest},
            )
            changed[key] = answer["VersionId"]
    return changed


def wait_until_searchable(
    connection: psycopg.Connection[Any],
    versions: dict[str, str],
    is_stopping: Callable[[], bool] = lambda: False,
) -> None:
    """Waits until each of these versions is what a search finds.

    Args:
        connection: The owner's, in autocommit mode.
        versions: Keys in the bucket, with the version each has.
        is_stopping: Ends the wait when true.

    Raises:
        NotSearchableError: One was refused, or is not searchable in time.
    """
    missing = dict(versions)
    deadline = time.monotonic() + SEARCHABLE_SECONDS
    while missing and not is_stopping():
        found = connection.execute(
            "SELECT source_key, object_version, status, failure_reason FROM documents"
            " WHERE source_key = ANY(%s)",
            [list(missing)],
        ).fetchall()
        for key, version, status, reason in found:
            if version != missing.get(key):
                continue
            if status == "failed":
                raise NotSearchableError(f"{key} was refused: {reason}")
            if status == "published":
                del missing[key]
        if time.monotonic() > deadline:
            raise NotSearchableError(
                f"{len(missing)} documents are not searchable yet: {min(missing)}"
            )
        if missing:
            time.sleep(0.05)


def _digest_there(aws: Aws, bucket: str, key: str) -> str | None:
    try:
        return aws.s3.head_object(Bucket=bucket, Key=key)["Metadata"].get(_HASH)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
            return None
        raise
