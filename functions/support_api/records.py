"""The routes of customers, subscriptions and invoices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from frontdesk.domain.ids import new_id
from frontdesk.domain.listing import RecordFilter
from frontdesk.domain.records import (
    Customer,
    Invoice,
    InvoiceStatus,
    Record,
    Subscription,
    SubscriptionStatus,
)
from frontdesk.http.pagination import DEFAULT_LIMIT
from frontdesk.principal import Principal
from support_api.api import Access, Api, Rule
from support_api.paging import Cursor, Limit, Listing, Text
from support_api.ports import Desk
from support_api.record_models import (
    CustomerBody,
    CustomerChanges,
    CustomerList,
    InvoiceBody,
    InvoiceChanges,
    InvoiceList,
    NewCustomer,
    NewInvoice,
    NewSubscription,
    SubscriptionBody,
    SubscriptionChanges,
    SubscriptionList,
)
from support_api.record_ports import Records

_PATCH = "What is not sent stays as it is. With `If-Match`, only the version that was read."


def add_record_routes(api: Api, desk: Desk) -> None:
    """Adds the routes under ``/api/customers``, ``/api/subscriptions`` and ``/api/invoices``.

    Args:
        api: The resolver.
        desk: What the routes reach the world through.
    """
    _add_customer_routes(
        api, _Resource(api, desk, desk.customer_records, Customer, "customer", "cust")
    )
    _add_subscription_routes(
        api, _Resource(api, desk, desk.subscriptions, Subscription, "subscription", "sub")
    )
    _add_invoice_routes(api, _Resource(api, desk, desk.invoices, Invoice, "invoice", "inv"))


@dataclass(frozen=True)
class _Resource[R: Record]:
    """What the routes of one kind of record do.

    Attributes:
        kind: What the kind is called in paths and in the audit log.
        prefix: What identifiers begin with.
    """

    api: Api
    desk: Desk
    store: Records[R]
    model: type[R]
    kind: str
    prefix: str

    @property
    def lists(self) -> Rule:
        return Rule(Access.STAFF, audited=f"{self.kind}.list", object_kind=self.kind)

    @property
    def makes(self) -> Rule:
        return Rule(Access.STAFF, versioned=True, conflicts=True)

    @property
    def reads(self) -> Rule:
        return Rule(
            Access.STAFF,
            find=self._find,
            audited=f"{self.kind}.read",
            object_kind=self.kind,
            versioned=True,
        )

    @property
    def changes(self) -> Rule:
        return Rule(Access.STAFF, find=self._find, versioned=True, conflicts=True)

    def documented(self, verb: str, summary: str, description: str = "") -> dict[str, Any]:
        """What OpenAPI says of one of the routes."""
        name = f"{self.kind}s" if verb == "list" else self.kind
        return {
            "summary": summary,
            "description": description or summary,
            "operation_id": verb + name.capitalize(),
            "tags": [f"{self.kind}s"],
        }

    def page(
        self, limit: int, cursor: str | None, customer_email: str | None, status: str | None = None
    ) -> tuple[Sequence[R], str | None]:
        """Lists records: the items and the next page's cursor."""
        listing = Listing(
            self.desk.cursors, f"{self.kind}s", customer_email=customer_email, status=status
        )
        page = listing.page(limit, cursor)
        customer_id = None
        if customer_email is not None:
            customer_id = self.desk.customers.customer_of_email(customer_email)
            if customer_id is None:
                return [], None
            self.api.concerns(customer_id)
        found = self.store.listing(RecordFilter(status, customer_id), page)
        return found.items, listing.next_cursor(found)

    def make(self, values: Mapping[str, Any]) -> R:
        """Makes a record of what was sent."""
        record_id = new_id(self.prefix)
        entry = self.api.audit_entry(
            f"{self.kind}.create", self.kind, record_id, values.get("customer_id", record_id)
        )
        return self._tagged(self._located(self.store.add(record_id, values, entry)))

    def found(self) -> R:
        """Returns the record that the path names."""
        return self._tagged(self.api.found(self.model))

    def change(self, changes: Mapping[str, Any]) -> R:
        """Changes the record that the path names."""
        present = self.api.found(self.model)
        entry = self.api.audit_entry(
            f"{self.kind}.update",
            self.kind,
            present.id,
            getattr(present, "customer_id", present.id),
        )
        return self._tagged(
            self.store.change(
                present.id,
                changes,
                # Which fields, not what they say: the log outlives the customer.
                replace(entry, details={"fields": sorted(changes)}),
                expected_version=self.api.expected_version(present.version),
            )
        )

    def _find(self, _: Principal, record_id: str) -> R | None:
        return self.store.find(record_id)

    def _tagged(self, record: R) -> R:
        self.api.tag(record.version)
        return record

    def _located(self, record: R) -> R:
        self.api.locate(f"/api/{self.kind}s/{record.id}")
        return record


def _add_customer_routes(api: Api, customers: _Resource[Customer]) -> None:
    @api.operation(
        "GET",
        "/api/customers",
        customers.lists,
        **customers.documented("list", "List customers", "The newest first."),
    )
    def list_customers(
        limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None, customer_email: Text = None
    ) -> CustomerList:
        items, next_cursor = customers.page(limit, cursor, customer_email)
        return CustomerList(items=[CustomerBody.of(i) for i in items], next_cursor=next_cursor)

    @api.operation(
        "POST",
        "/api/customers",
        customers.makes,
        status_code=201,
        **customers.documented("create", "Make a customer"),
    )
    def create_customer(customer: Annotated[NewCustomer, Body()]) -> CustomerBody:
        return CustomerBody.of(customers.make(customer.model_dump()))

    @api.operation(
        "GET",
        "/api/customers/<customer_id>",
        customers.reads,
        **customers.documented("get", "Read a customer"),
    )
    def get_customer(customer_id: str) -> CustomerBody:  # noqa: ARG001
        return CustomerBody.of(customers.found())

    @api.operation(
        "PATCH",
        "/api/customers/<customer_id>",
        customers.changes,
        **customers.documented("update", "Change a customer", _PATCH),
    )
    def update_customer(
        customer_id: str,  # noqa: ARG001
        changes: Annotated[CustomerChanges, Body()],
    ) -> CustomerBody:
        return CustomerBody.of(customers.change(changes.sent()))


def _add_subscription_routes(api: Api, subscriptions: _Resource[Subscription]) -> None:
    @api.operation(
        "GET",
        "/api/subscriptions",
        subscriptions.lists,
        **subscriptions.documented("list", "List subscriptions", "The newest first."),
    )
    def list_subscriptions(
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
        status: Annotated[SubscriptionStatus | None, Query()] = None,
        customer_email: Text = None,
    ) -> SubscriptionList:
        items, next_cursor = subscriptions.page(limit, cursor, customer_email, status)
        return SubscriptionList(
            items=[SubscriptionBody.of(i) for i in items], next_cursor=next_cursor
        )

    @api.operation(
        "POST",
        "/api/subscriptions",
        subscriptions.makes,
        status_code=201,
        **subscriptions.documented("create", "Make a subscription"),
    )
    def create_subscription(subscription: Annotated[NewSubscription, Body()]) -> SubscriptionBody:
        return SubscriptionBody.of(subscriptions.make(subscription.model_dump()))

    @api.operation(
        "GET",
        "/api/subscriptions/<subscription_id>",
        subscriptions.reads,
        **subscriptions.documented("get", "Read a subscription"),
    )
    def get_subscription(subscription_id: str) -> SubscriptionBody:  # noqa: ARG001
        return SubscriptionBody.of(subscriptions.found())

    @api.operation(
        "PATCH",
        "/api/subscriptions/<subscription_id>",
        subscriptions.changes,
        **subscriptions.documented("update", "Change a subscription", _PATCH),
    )
    def update_subscription(
        subscription_id: str,  # noqa: ARG001
        changes: Annotated[SubscriptionChanges, Body()],
    ) -> SubscriptionBody:
        return SubscriptionBody.of(subscriptions.change(changes.sent()))


def _add_invoice_routes(api: Api, invoices: _Resource[Invoice]) -> None:
    @api.operation(
        "GET",
        "/api/invoices",
        invoices.lists,
        **invoices.documented("list", "List invoices", "The newest first."),
    )
    def list_invoices(
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
        status: Annotated[InvoiceStatus | None, Query()] = None,
        customer_email: Text = None,
    ) -> InvoiceList:
        items, next_cursor = invoices.page(limit, cursor, customer_email, status)
        return InvoiceList(items=[InvoiceBody.of(i) for i in items], next_cursor=next_cursor)

    @api.operation(
        "POST",
        "/api/invoices",
        invoices.makes,
        status_code=201,
        **invoices.documented("create", "Make an invoice"),
    )
    def create_invoice(invoice: Annotated[NewInvoice, Body()]) -> InvoiceBody:
        return InvoiceBody.of(invoices.make(invoice.model_dump()))

    @api.operation(
        "GET",
        "/api/invoices/<invoice_id>",
        invoices.reads,
        **invoices.documented("get", "Read an invoice"),
    )
    def get_invoice(invoice_id: str) -> InvoiceBody:  # noqa: ARG001
        return InvoiceBody.of(invoices.found())

    @api.operation(
        "PATCH",
        "/api/invoices/<invoice_id>",
        invoices.changes,
        **invoices.documented("update", "Change an invoice", _PATCH),
    )
    def update_invoice(
        invoice_id: str,  # noqa: ARG001
        changes: Annotated[InvoiceChanges, Body()],
    ) -> InvoiceBody:
        return InvoiceBody.of(invoices.change(changes.sent()))
