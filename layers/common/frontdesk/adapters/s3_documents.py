"""The S3 drop: what is under a key now."""

from datetime import datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from frontdesk.adapters.aws_errors import error_code, infrastructure_errors
from frontdesk.domain.knowledge import StoredObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_GONE = frozenset({"404", "NoSuchKey", "NoSuchVersion", "NotFound"})
# S3's word for an object that was put while versions were not kept.
_NO_VERSION = "null"


class S3Documents:
    """Keeps the promise of `frontdesk.ports.DocumentSource`."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def find(self, key: str) -> StoredObject | None:
        """Looks at an object as it is now; None where there is none.

        Args:
            key: The object's key.

        Returns:
            What is there, without its content.
        """
        with infrastructure_errors("S3"):
            try:
                head = self._client.head_object(Bucket=self._bucket, Key=key)
            except ClientError as error:
                if error_code(error) in _GONE:
                    return None
                raise
        return StoredObject(
            key=key,
            version=version_of(head.get("VersionId"), head["ETag"], head["LastModified"]),
            size=head["ContentLength"],
            content_type=head.get("ContentType", ""),
            metadata={
                name.lower().replace("_", "-"): _readable(value)
                for name, value in head.get("Metadata", {}).items()
            },
        )

    def read(self, stored: StoredObject) -> bytes | None:
        """Reads that very version of an object.

        Args:
            stored: The object as it was found.

        Returns:
            Its content; None where that version is not there any more.
        """
        etag, separator, _ = stored.version.rpartition("@")
        with infrastructure_errors("S3"):
            try:
                if separator:
                    answer = self._client.get_object(
                        Bucket=self._bucket, Key=stored.key, IfMatch=etag
                    )
                else:
                    answer = self._client.get_object(
                        Bucket=self._bucket, Key=stored.key, VersionId=stored.version
                    )
                return answer["Body"].read()
            except ClientError as error:
                if error_code(error) in _GONE | {"412", "PreconditionFailed"}:
                    return None
                raise


def version_of(version_id: str | None, etag: str, modified_at: datetime) -> str:
    """Names an object's version, with or without the bucket's help.

    Args:
        version_id: S3's own name for it, where the bucket keeps versions.
        etag: The content's tag, as S3 quotes it.
        modified_at: When it was put.

    Returns:
        What changes whenever the object is put again, even with the same bytes.
    """
    if version_id is not None and version_id != _NO_VERSION:
        return version_id
    # The same bytes put again have the same ETag, but perhaps other metadata.
    return f"{etag}@{modified_at.timestamp():.0f}"


def _readable(value: str) -> str:
    """Decodes what S3 sends of metadata beyond ASCII (RFC 2047)."""
    if "=?" not in value:
        return value
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, UnicodeDecodeError):
        return value
