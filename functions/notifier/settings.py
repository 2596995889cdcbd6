"""What the notifier needs to know."""

from pydantic import Field

from frontdesk.config import DatabaseSettings


class NotifierSettings(DatabaseSettings):
    """Who writes to customers, and where they are sent back to.

    Attributes:
        mail_from: The address that mails come from; verified with Amazon SES.
        company_name: Who answers.
        portal_url: Where customers talk to the company; '' leaves the link out of mails.
    """

    mail_from: str = Field(min_length=3)
    company_name: str = Field(default="our company", min_length=1)
    portal_url: str = ""
