"""Presigned uploads to the S3 drop."""

from typing import TYPE_CHECKING

from frontdesk.adapters.aws_errors import infrastructure_errors
from frontdesk.domain.knowledge import PresignedUpload, Upload

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

EXPIRES_IN_SECONDS = 900
"""Long enough for a large file over a slow line to begin; who may upload may change within days."""


class S3Uploads:
    """Signs uploads; S3 holds them to the key, the type, the size and the metadata.

    Args:
        client: S3, with signatures of version 4: older ones cover no headers.
        bucket: The documents bucket.
    """

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def presign(self, upload: Upload) -> PresignedUpload:
        """Allows somebody without a credential to put one object, for a while.

        Args:
            upload: What is to be put.

        Returns:
            How to put it.
        """
        with infrastructure_errors("S3"):
            url = self._client.generate_presigned_url(
                "put_object",
                Params={
                    "Bucket": self._bucket,
                    "Key": upload.key,
                    "ContentType": upload.content_type,
                    "ContentLength": upload.size,
                    "Metadata": dict(upload.metadata),
                },
                ExpiresIn=EXPIRES_IN_SECONDS,
            )
        metadata = {f"x-amz-meta-{name}": value for name, value in upload.metadata.items()}
        return PresignedUpload(
            method="PUT",
            url=url,
            headers={
                "content-type": upload.content_type,
                "content-length": str(upload.size),
                **metadata,
            },
            expires_in=EXPIRES_IN_SECONDS,
        )
