"""The S3 drop as a whole: what is under its keys now, a page at a time."""

from typing import TYPE_CHECKING

from frontdesk.adapters.aws_errors import infrastructure_errors
from frontdesk.adapters.s3_documents import version_of
from frontdesk.domain.drift import DropPage, DroppedObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Inventory:
    """Lists objects with their versions, and what was deleted.

    Args:
        client: A low-level client.
        bucket: The bucket of the drop.
    """

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def page(self, prefix: str, *, after: str | None, limit: int) -> DropPage:
        """Lists a range of keys.

        Args:
            prefix: Only keys that begin with it.
            after: Only keys behind this one; None for the beginning.
            limit: How many versions at most, old ones included.

        Returns:
            What is under those keys.
        """
        with infrastructure_errors("S3"):
            answer = self._client.list_object_versions(
                Bucket=self._bucket, Prefix=prefix, KeyMarker=after or "", MaxKeys=limit
            )
        objects = [
            DroppedObject(
                one["Key"],
                version_of(one.get("VersionId"), one["ETag"], one["LastModified"]),
                one["LastModified"],
            )
            for one in answer.get("Versions", [])
            if one["IsLatest"]
        ]
        deleted = [
            DroppedObject(one["Key"], None, one["LastModified"])
            for one in answer.get("DeleteMarkers", [])
            if one["IsLatest"]
        ]
        # The latest version of a key is listed first: a key whose old versions are cut off is
        # complete for us, and the next page begins behind it.
        last_key = answer["NextKeyMarker"] if answer["IsTruncated"] else None
        return DropPage(tuple(sorted([*objects, *deleted], key=lambda one: one.key)), last_key)
