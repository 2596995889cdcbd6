"""What the authorizer needs to know."""

from frontdesk.config import GuestTokenSettings, TasksTableSettings


class AuthorizerSettings(TasksTableSettings, GuestTokenSettings):
    """The company's own issuer of ID tokens, and what its groups mean here.

    Attributes:
        oidc_issuer: The issuer's address, as it stands in ``iss``; '' lets nobody sign in.
        oidc_audience: Our client id at the issuer, as it stands in ``aud``.
        oidc_groups_claim: The claim that lists a person's groups.
        support_group: Who is in it is staff.
        admin_group: Staff who are in it as well may use admin routes.
    """

    oidc_issuer: str = ""
    oidc_audience: str = ""
    oidc_groups_claim: str = "cognito:groups"
    support_group: str = "support"
    admin_group: str = "admin"
