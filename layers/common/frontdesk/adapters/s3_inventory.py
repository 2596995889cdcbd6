"""The S3 drop as a whole: what is under its keys now, a page at a time."""

import json
from typing import TYPE_CHECKING, Any, TypedDict

from frontdesk.adapters.aws_errors import infrastructure_errors
from frontdesk.adapters.s3_documents import version_of
from frontdesk.domain.drift import DropPage, DroppedObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class _Cursor(TypedDict):
    after: str | None
    markers: dict[str, Any]


class S3Inventory:
    """Lists objects with their versions, and what was deleted.

    Args:
        client: A low-level client.
        bucket: The bucket of the drop.
    """

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def page(self, prefix: str, *, cursor: str | None, limit: int) -> DropPage:
        """Lists a range of keys.

        Args:
            prefix: Only keys that begin with it.
            cursor: Where the page before ended; None for the beginning.
            limit: How many versions at most, old ones included.

        Returns:
            What is under those keys.
        """
        start: _Cursor = {"after": None, "markers": {}} if cursor is None else json.loads(cursor)
        with infrastructure_errors("S3"):
            answer = self._client.list_object_versions(
                Bucket=self._bucket, Prefix=prefix, MaxKeys=limit, **start["markers"]
            )
        versions, markers = answer.get("Versions", []), answer.get("DeleteMarkers", [])
        objects = [
            DroppedObject(
                one["Key"],
                version_of(one.get("VersionId"), one["ETag"], one["LastModified"]),
                one["LastModified"],
            )
            for one in versions
            if one["IsLatest"]
        ] + [
            DroppedObject(one["Key"], None, one["LastModified"])
            for one in markers
            if one["IsLatest"]
        ]
        # Each key's latest version is listed first: a key whose history goes on in the next page
        # is complete in this one.
        last_key = max([one["Key"] for one in (*versions, *markers)], default=start["after"])
        following: _Cursor = {
            "after": last_key,
            "markers": {
                name.removeprefix("Next"): answer[name]
                for name in ("NextKeyMarker", "NextVersionIdMarker")
                if name in answer
            },
        }
        more = answer["IsTruncated"]
        return DropPage(
            tuple(sorted(objects, key=lambda one: one.key)),
            start["after"],
            last_key if more else None,
            json.dumps(following) if more else None,
        )
