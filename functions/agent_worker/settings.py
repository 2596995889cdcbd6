"""The worker's settings."""

from pydantic import Field

from frontdesk.config import DatabaseSettings, ModelSettings, Settings, TasksTableSettings

DEFAULT_ROUTER_CONFIDENCE = 0.75
"""Measured: of messages from elsewhere a sixth is less sure; of the others 97 % are right."""


class RouterSettings(Settings):
    """What the router needs of its environment.

    Attributes:
        router_confidence: The confidence, 0 to 1, from which a message is routed by its meaning
            without asking the language model; above 1 the model is always asked.
    """

    router_confidence: float = Field(default=DEFAULT_ROUTER_CONFIDENCE, ge=0, le=2)


class WorkerSettings(RouterSettings, TasksTableSettings, DatabaseSettings, ModelSettings):
    """What the worker needs of its environment.

    Attributes:
        chat_queue_url: The queue it is fed from.
        chat_dlq_url: Where messages that cannot be answered are kept for people.
        company_name: Whose support team this is.
        company_profile: What the company does, in a few sentences.
        allowed_link_hosts: Hosts that a reply may link to, separated by commas; subdomains too.
        agents_enabled: False silences all agents: every conversation waits for a person.
        model_prices: Overrides of the price list, see `frontdesk.pricing.read_prices`.
    """

    chat_queue_url: str
    chat_dlq_url: str
    company_name: str = Field(default="our company", min_length=1)
    company_profile: str = ""
    allowed_link_hosts: str = ""
    agents_enabled: bool = True
    model_prices: str = ""

    @property
    def link_hosts(self) -> frozenset[str]:
        """The hosts that a reply may link to, in lower case."""
        hosts = (host.strip().lower() for host in self.allowed_link_hosts.split(","))
        return frozenset(host for host in hosts if host)
