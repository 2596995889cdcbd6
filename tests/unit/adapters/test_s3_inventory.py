"""The S3 drop as a whole, against moto's S3."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from frontdesk.adapters.s3_documents import S3Documents
from frontdesk.adapters.s3_inventory import S3Inventory
from frontdesk.domain.drift import DroppedObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "documents"
PREFIX = "knowledge/"


@pytest.fixture
def s3() -> Iterator["S3Client"]:
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client


@pytest.fixture
def versioned(s3: "S3Client") -> "S3Client":
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return s3


def put(s3: "S3Client", key: str, text: str = "Text.") -> None:
    s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode())
    # moto tells the latest version by its millisecond.
    written = int(time.time() * 1000)
    while int(time.time() * 1000) == written:
        pass


def everything(s3: "S3Client", *, limit: int = 1_000) -> list[DroppedObject]:
    inventory = S3Inventory(s3, BUCKET)
    found: list[DroppedObject] = []
    cursor: str | None = None
    after: str | None = None
    for _ in range(100):
        page = inventory.page(PREFIX, cursor=cursor, limit=limit)
        assert page.after == after
        for one in page.objects:
            assert after is None or one.key > after
            assert page.last_key is None or one.key <= page.last_key
        found += page.objects
        cursor, after = page.cursor, page.last_key
        if cursor is None:
            return found
    raise AssertionError("the pages have no end")


def test_objects_have_the_version_that_ingest_sees(versioned: "S3Client") -> None:
    keys = ["knowledge/Größe 1+1.md", "knowledge/a.md"]
    for key in keys:
        put(versioned, key, "old")
        put(versioned, key, "new")
    source = S3Documents(versioned, BUCKET)

    found = {one.key: one.version for one in everything(versioned)}

    stored = [source.find(key) for key in keys]
    assert found == {one.key: one.version for one in stored if one is not None}
    assert len(found) == 2


def test_a_bucket_without_versions_will_do(s3: "S3Client") -> None:
    put(s3, "knowledge/a.md")
    stored = S3Documents(s3, BUCKET).find("knowledge/a.md")
    (found,) = everything(s3)
    assert stored is not None
    assert found.version == stored.version


def test_what_was_deleted_is_shown_as_such(versioned: "S3Client") -> None:
    put(versioned, "knowledge/a.md")
    versioned.delete_object(Bucket=BUCKET, Key="knowledge/a.md")
    (found,) = everything(versioned)
    assert (found.key, found.version) == ("knowledge/a.md", None)


def test_what_is_elsewhere_is_not_shown(versioned: "S3Client") -> None:
    put(versioned, "elsewhere/a.md")
    assert everything(versioned) == []


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 100])
def test_pages_bring_every_key_once_whatever_its_history(versioned: "S3Client", limit: int) -> None:
    # given keys with one to three versions each, some of them deleted
    for number in range(9):
        for version in range(1 + number % 3):
            put(versioned, f"knowledge/{number}.md", str(version))
    for number in (2, 5):
        versioned.delete_object(Bucket=BUCKET, Key=f"knowledge/{number}.md")

    # when they are listed, a few versions at a time
    found = everything(versioned, limit=limit)

    # then each is there once
    assert [one.key for one in found] == [f"knowledge/{number}.md" for number in range(9)]
    assert [one.key for one in found if one.version is None] == [
        "knowledge/2.md",
        "knowledge/5.md",
    ]
