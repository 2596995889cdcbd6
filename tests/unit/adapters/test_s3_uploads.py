"""Presigned uploads: good for one object of one size and type."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from moto import mock_aws

from frontdesk.adapters.aws_clients import s3_client
from frontdesk.adapters.s3_uploads import EXPIRES_IN_SECONDS, S3Uploads
from frontdesk.domain.knowledge import Upload


@pytest.fixture
def uploads() -> Iterator[S3Uploads]:
    with mock_aws():
        s3_client.cache_clear()
        yield S3Uploads(s3_client(), "documents")
        s3_client.cache_clear()


def test_signature_covers_what_is_put(uploads: S3Uploads) -> None:
    # given an upload
    upload = Upload(
        key="knowledge/a.md",
        size=123,
        content_type="text/markdown",
        metadata={"visibility": "internal"},
    )

    # when it is signed
    made = uploads.presign(upload)

    # then for this key, and with these headers only
    address = urlsplit(made.url)
    assert address.path.endswith("/knowledge/a.md")
    query = parse_qs(address.query)
    assert query["X-Amz-Expires"] == [str(EXPIRES_IN_SECONDS)] == [str(made.expires_in)]
    assert set(query["X-Amz-SignedHeaders"][0].split(";")) == {"host", *made.headers}
    assert made.method == "PUT"
    assert made.headers == {
        "content-type": "text/markdown",
        "content-length": "123",
        "x-amz-meta-visibility": "internal",
    }


def test_an_upload_goes_to_the_buckets_own_region(
    uploads: S3Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host of all regions sends a browser on to it, and a preflight may not be sent on."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    s3_client.cache_clear()
    upload = Upload(key="knowledge/a.md", size=1, content_type="text/plain", metadata={})

    made = S3Uploads(s3_client(), "documents").presign(upload)

    assert urlsplit(made.url).hostname == "documents.s3.eu-central-1.amazonaws.com"


def test_an_upload_to_a_bucket_on_this_machine_names_it_in_the_path(
    uploads: S3Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    s3_client.cache_clear()
    upload = Upload(key="knowledge/a.md", size=1, content_type="text/plain", metadata={})

    made = S3Uploads(s3_client(), "documents").presign(upload)

    assert made.url.startswith("http://127.0.0.1:4566/documents/knowledge/a.md?")
