"""What the routes of records need of the world, as Protocols."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from frontdesk.domain.audit import AuditEntry, RecordedAccess
from frontdesk.domain.listing import AuditFilter, Page, PageRequest, RecordFilter
from frontdesk.domain.personal_data import PersonalData, Remains
from frontdesk.domain.records import Record


class Records[R: Record](Protocol):
    """Records of one kind, for staff."""

    def find(self, record_id: str) -> R | None:
        """Reads a record; None where there is none."""
        ...

    def listing(self, wanted: RecordFilter, page: PageRequest) -> Page[R]:
        """Lists records, the newest first."""
        ...

    def add(self, record_id: str, values: Mapping[str, Any], entry: AuditEntry) -> R:
        """Makes a record and its audit entry at once.

        Raises:
            ConflictError: What names it is taken.
            InvalidInputError: It names something that does not exist.
        """
        ...

    def change(
        self,
        record_id: str,
        changes: Mapping[str, Any],
        entry: AuditEntry,
        *,
        expected_version: int | None,
    ) -> R:
        """Changes the fields that are named, and no others, with the audit entry at once.

        Raises:
            NotFoundError: There is no such record any more.
            PreconditionFailedError: It is at another version than the expected one.
            ConflictError: What would name it is taken.
            InvalidInputError: It would name something that does not exist.
        """
        ...


class AuditTrail(Protocol):
    """The audit log, to read."""

    def listing(self, wanted: AuditFilter, page: PageRequest) -> Page[RecordedAccess]:
        """Lists entries, the newest first."""
        ...


class PersonalDataStore(Protocol):
    """The data of one customer at a time, whole."""

    def export(self, customer_id: str) -> PersonalData | None:
        """Reads everything that is held about a customer; None where there is no such one."""
        ...

    def erase(
        self, customer_id: str, entry: AuditEntry, *, forget: Callable[[Remains], None]
    ) -> bool:
        """Erases a customer everywhere, for good; invoices stay and name nobody.

        Args:
            customer_id: The customer.
            entry: Who erases it; it names the customer by its id only.
            forget: Erases what other stores hold; where it fails nothing is erased.

        Returns:
            False where there is no such customer (any more).
        """
        ...


class TaskErasure(Protocol):
    """The tasks table, to erase from."""

    def forget(self, remains: Remains) -> None:
        """Deletes tasks and projections, whether they are there or not."""
        ...
