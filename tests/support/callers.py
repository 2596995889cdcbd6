"""The callers of the API, one of each kind."""

from frontdesk.principal import Principal, PrincipalKind

NOBODY = Principal.anonymous()
GUEST = Principal(kind=PrincipalKind.GUEST, subject="guest:0001")
STAFF = Principal(kind=PrincipalKind.STAFF, subject="issuer|staff", email="agent@company.test")
ADMIN = Principal(kind=PrincipalKind.STAFF, subject="issuer|admin", admin=True)
SERVICE = Principal(kind=PrincipalKind.SERVICE, subject="service:key-1", name="shop")


def customer(name: str) -> Principal:
    """A customer with a subject and a verified address of its own."""
    return Principal(
        kind=PrincipalKind.CUSTOMER, subject=f"issuer|{name}", email=f"{name}@example.com"
    )
