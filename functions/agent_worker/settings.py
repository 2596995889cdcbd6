"""The worker's settings."""

from datetime import timedelta

from pydantic import Field, field_validator

from frontdesk.config import (
    DatabaseSettings,
    EventSettings,
    ModelSettings,
    Settings,
    TasksTableSettings,
    TicketPolicySettings,
    TokenBudgetSettings,
)
from frontdesk.domain.actions import ActionKind, ActionPolicy
from frontdesk.domain.records import BillingCycle

DEFAULT_ROUTER_CONFIDENCE = 0.75
"""Measured: of messages from elsewhere a sixth is less sure; of the others 97 % are right."""


DEFAULT_ANSWER_CONFIDENCE = 0.2
"""Measured: declines three of eight questions that nothing answers, for one of sixteen of the
others (docs/decisions/0012-telling-when-nothing-answers.md)."""


class RouterSettings(Settings):
    """What the router needs of its environment.

    Attributes:
        router_confidence: The confidence, 0 to 1, from which a message is routed by its meaning
            without asking the language model; above 1 the model is always asked.
    """

    router_confidence: float = Field(default=DEFAULT_ROUTER_CONFIDENCE, ge=0, le=2)


class WorkerSettings(
    RouterSettings,
    TasksTableSettings,
    DatabaseSettings,
    ModelSettings,
    EventSettings,
    TicketPolicySettings,
    TokenBudgetSettings,
):
    """What the worker needs of its environment.

    Attributes:
        chat_queue_url: The queue it is fed from.
        chat_dlq_url: Where messages that cannot be answered are kept for people.
        company_name: Whose support team this is.
        company_profile: What the company does, in a few sentences.
        allowed_link_hosts: Hosts that a reply may link to, separated by commas; subdomains too.
        answer_confidence: How likely the passages found have to answer a question, 0 to 1, to be
            given to the model; 0 gives them in any case.
        agents_enabled: False silences all agents: every conversation waits for a person.
        actions: Kinds of changes that agents may propose and customers confirm, separated by
            commas (see `frontdesk.domain.actions.ActionKind`), or `none`.
        action_minutes: How long a proposed change can be confirmed.
        refund_days_monthly: Days after a payment within which a refund may be asked for.
        refund_days_yearly: The same, of subscriptions that are paid by the year.
        model_prices: Overrides of the price list, see `frontdesk.pricing.read_prices`.
    """

    chat_queue_url: str
    chat_dlq_url: str
    company_name: str = Field(default="our company", min_length=1)
    company_profile: str = ""
    allowed_link_hosts: str = ""
    answer_confidence: float = Field(default=DEFAULT_ANSWER_CONFIDENCE, ge=0, le=1)
    agents_enabled: bool = True
    actions: str = "none"
    action_minutes: int = Field(default=15, ge=1, le=1440)
    refund_days_monthly: int = Field(default=7, ge=0)
    refund_days_yearly: int = Field(default=30, ge=0)
    model_prices: str = ""

    @field_validator("actions")
    @classmethod
    def _check_actions(cls, value: str) -> str:
        _kinds(value)
        return value

    @property
    def action_policy(self) -> ActionPolicy:
        """What agents may propose, and by which policy."""
        return ActionPolicy(
            kinds=_kinds(self.actions),
            refund_days={
                BillingCycle.MONTHLY: self.refund_days_monthly,
                BillingCycle.YEARLY: self.refund_days_yearly,
            },
            valid_for=timedelta(minutes=self.action_minutes),
        )

    @property
    def link_hosts(self) -> frozenset[str]:
        """The hosts that a reply may link to, in lower case."""
        return frozenset(_split(self.allowed_link_hosts))


def _kinds(listed: str) -> frozenset[ActionKind]:
    return frozenset(ActionKind(kind) for kind in _split(listed) if kind != "none")


def _split(listed: str) -> list[str]:
    parts = (part.strip().lower() for part in listed.split(","))
    return [part for part in parts if part]
