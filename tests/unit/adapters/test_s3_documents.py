"""The S3 drop, against moto's S3."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from frontdesk.adapters.s3_documents import S3Documents
from frontdesk.domain.errors import InfrastructureError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "documents"
KEY = "knowledge/Größe 1+1.md"


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


def test_object_is_found_and_read(versioned: "S3Client") -> None:
    # given an object with metadata
    put = versioned.put_object(
        Bucket=BUCKET,
        Key=KEY,
        Body=b"Text.",
        ContentType="text/markdown",
        Metadata={"title": "=?UTF-8?B?R3LDtsOfZQ==?=", "source_url": "https://example.com"},
    )
    source = S3Documents(versioned, BUCKET)

    # when it is looked at
    stored = source.find(KEY)

    # then it is all there
    assert stored is not None
    assert (stored.key, stored.size, stored.content_type) == (KEY, 5, "text/markdown")
    assert stored.version == put["VersionId"]
    assert stored.metadata == {"title": "Größe", "source-url": "https://example.com"}
    assert source.read(stored) == b"Text."


def test_version_is_read_that_was_found(versioned: "S3Client") -> None:
    versioned.put_object(Bucket=BUCKET, Key=KEY, Body=b"One.")
    source = S3Documents(versioned, BUCKET)
    stored = source.find(KEY)
    assert stored is not None
    versioned.put_object(Bucket=BUCKET, Key=KEY, Body=b"Two.")
    again = source.find(KEY)
    assert again is not None
    assert again.version != stored.version
    assert source.read(stored) == b"One."
    assert source.read(again) == b"Two."


def test_deleted_object_is_not_found(versioned: "S3Client") -> None:
    versioned.put_object(Bucket=BUCKET, Key=KEY, Body=b"One.")
    versioned.delete_object(Bucket=BUCKET, Key=KEY)
    assert S3Documents(versioned, BUCKET).find(KEY) is None


def test_bucket_without_versions_is_followed_too(s3: "S3Client") -> None:
    # given a bucket that keeps no versions
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"One.")
    source = S3Documents(s3, BUCKET)
    stored = source.find(KEY)
    assert stored is not None
    assert source.read(stored) == b"One."

    # when the object is replaced
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"Two.")

    # then what was found is not there any more
    assert source.read(stored) is None
    assert source.find(KEY) != stored


def test_other_faults_are_infrastructure(s3: "S3Client") -> None:
    class Refusing:
        def head_object(self, **_: object) -> object:
            raise ClientError({"Error": {"Code": "SlowDown"}}, "HeadObject")

    with pytest.raises(InfrastructureError, match="SlowDown"):
        S3Documents(Refusing(), BUCKET).find(KEY)  # type: ignore[arg-type]
