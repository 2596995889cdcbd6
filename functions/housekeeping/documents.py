"""Compares the S3 drop with knowledge, and lets ingest look at what differs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from frontdesk.domain.drift import drifted
from frontdesk.ports import Clock
from housekeeping.ports import Bookmarks, Drop, FollowedDocuments, KnowledgeEvents
from housekeeping.telemetry import Telemetry

BOOKMARK = "documents"

PREFIX = "knowledge/"
"""Where documents are dropped; everything else in the bucket is none of ours."""

PAGE_VERSIONS = 1_000
"""What one request to S3 brings."""

MAX_EVENTS = 100
"""A run's share: ingest takes a second or so for each, and customers' own changes wait behind."""


@dataclass
class ComparisonReport:
    """What a comparison found.

    Attributes:
        compared: Objects that were looked at.
        drifted: Those that knowledge did not follow; ingest was asked to.
        postponed: True where ingest is still busy, so that nothing was compared.
    """

    compared: int = 0
    drifted: int = 0
    postponed: bool = False


@dataclass(frozen=True)
class Comparison:
    """Goes through the drop, a share a run.

    Only differences are found here. What to do about one is for ingest to say: it asks S3 again,
    under the document's lock.

    Attributes:
        drop: The S3 drop.
        documents: What knowledge has of it.
        events: The way to ingest.
        bookmarks: Where a comparison that was cut short goes on.
        telemetry: Where all of it is seen.
        clock: Tells the time.
        settling: How long a change may be on its way.
        max_events: How many documents are asked for in one run.
    """

    drop: Drop
    documents: FollowedDocuments
    events: KnowledgeEvents
    bookmarks: Bookmarks
    telemetry: Telemetry
    clock: Clock
    settling: timedelta
    max_events: int = MAX_EVENTS

    def run(self, has_time: Callable[[], bool]) -> ComparisonReport:
        """Compares from where the last run ended, as far as time and share allow.

        Args:
            has_time: Tells whether another page may be begun.

        Returns:
            What was found.

        Raises:
            InfrastructureError: A store or queue is out of reach; the next run tries again.
        """
        report = ComparisonReport()
        if self.events.waiting() > 0:
            # What differs now may be among what waits.
            report.postponed = True
            return report
        cursor = self.bookmarks.load(BOOKMARK)
        while has_time():
            page = self.drop.page(PREFIX, cursor=cursor, limit=PAGE_VERSIONS)
            keys = drifted(
                page.objects,
                self.documents.between(page.after, page.last_key),
                settled_before=self.clock() - self.settling,
            )
            allowed = keys[: self.max_events - report.drifted]
            for key in allowed:
                self.events.send(key)
                self.telemetry.event("document.drifted", key=key)
            report.compared += len(page.objects)
            report.drifted += len(allowed)
            if len(allowed) < len(keys):
                break  # The page is compared again, when ingest has seen to these.
            cursor = page.cursor
            if cursor is None:
                break
        self.bookmarks.save(BOOKMARK, cursor)
        self.telemetry.count("DocumentsDrifted", report.drifted)
        return report
