"""What the environment says about the one-machine stack."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
"""The repository."""

DEFAULT_PORT = 3000
DEFAULT_DATA_DIR = ".local"
OFFLINE = "offline"
OPENAI = "openai"
DEFAULT_LLM_MODEL = "gpt-4.1-mini"
DEFAULT_EMBEDDING_MODEL = "text-embedding-3-small"
OFFLINE_LLM_MODEL = "frontdesk-offline"
OFFLINE_EMBEDDING_MODEL = "all-minilm-l6-v2-int8"

NO_KEY = "not-needed"
"""What is sent to a server of one's own that asks for no key; clients refuse an empty one."""

SAMPLE_COMPANY = {
    "AllowedLinkHosts": "cloudflow.com",
    "Actions": "change_plan,cancel_renewal,request_refund,update_contact",
}
"""What the sample company sets for itself: its documents name pages of its own."""

GENEROUS_LIMITS = {
    "RequestsPerMinute": "1000000",
    "TrustedRequestsPerMinute": "1000000",
    "DailyTokens": "1000000000",
    "DailyTokensTogether": "1000000000",
}
"""Nobody shares this machine, and a load test comes from one address."""

_PASSED_ON = {
    "LLM_TEMPERATURE": "LlmTemperature",
    "CONTEXT_WINDOW_SIZE": "ContextWindowSize",
    "ROUTER_CONFIDENCE": "RouterConfidence",
    "ANSWER_CONFIDENCE": "AnswerConfidence",
    "COMPANY_NAME": "CompanyName",
    "COMPANY_PROFILE": "CompanyProfile",
    "ALLOWED_LINK_HOSTS": "AllowedLinkHosts",
    "AGENTS_ENABLED": "AgentsEnabled",
    "BUSINESS_HOURS": "BusinessHours",
    "TIME_ZONE": "TimeZone",
    "RESPONSE_HOURS": "ResponseHours",
    "ASSIGNMENT_RULES": "AssignmentRules",
    "MAIL_AFTER_SECONDS": "MailAfterSeconds",
    "ACTIONS": "Actions",
    "REQUESTS_PER_MINUTE": "RequestsPerMinute",
    "TRUSTED_REQUESTS_PER_MINUTE": "TrustedRequestsPerMinute",
    "DAILY_TOKENS": "DailyTokens",
    "DAILY_TOKENS_TOGETHER": "DailyTokensTogether",
}
"""Variables that become parameters of the template as they are, where they are set."""


class LocalStackError(Exception):
    """Something that the user can mend; the text is one line for them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to run the stack.

    Attributes:
        port: Where the gateway listens.
        data_dir: Where everything that a running stack writes is kept.
        llm_provider: ``offline`` or ``openai``.
        openai_api_key: The key; empty for the offline model.
        openai_base_url: Where the model is, where that is neither OpenAI nor the offline one.
        llm_model: The chat model's name.
        embedding_model: The embedding model's name.
        database_url: A Postgres of the user's own; None to run the embedded one.
        parameters: Parameters of the template that the environment sets directly.
        port_was_given: Whether ``PORT`` was set, or is the default.
    """

    port: int
    data_dir: Path
    llm_provider: str
    openai_api_key: str
    openai_base_url: str
    llm_model: str
    embedding_model: str
    database_url: str | None
    parameters: Mapping[str, str]
    port_was_given: bool

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Reads the settings; a variable that is empty counts as not set.

        Args:
            environment: Variables; the process's own where it is left out.

        Raises:
            LocalStackError: A value makes no sense.
        """
        given = {k: v for k, v in (environment or os.environ).items() if v.strip()}
        key = given.get("OPENAI_API_KEY", "")
        base_url = given.get("OPENAI_BASE_URL", "")
        provider = given.get("LLM_PROVIDER", OPENAI if key else OFFLINE).lower()
        if provider not in (OFFLINE, OPENAI):
            raise LocalStackError(f"LLM_PROVIDER is {provider!r}: it may be offline or openai")
        if provider == OPENAI and not key and not base_url:
            raise LocalStackError("LLM_PROVIDER is openai, and OPENAI_API_KEY is not set")
        offline = provider == OFFLINE
        return cls(
            port=_port(given.get("PORT", str(DEFAULT_PORT))),
            data_dir=(ROOT / given.get("DATA_DIR", DEFAULT_DATA_DIR)).resolve(),
            llm_provider=provider,
            openai_api_key=NO_KEY if offline else key or NO_KEY,
            openai_base_url="" if offline else base_url,
            llm_model=given.get("LLM_MODEL", OFFLINE_LLM_MODEL if offline else DEFAULT_LLM_MODEL),
            embedding_model=given.get(
                "EMBEDDING_MODEL",
                OFFLINE_EMBEDDING_MODEL if offline else DEFAULT_EMBEDDING_MODEL,
            ),
            database_url=given.get("DATABASE_URL"),
            parameters=SAMPLE_COMPANY
            | GENEROUS_LIMITS
            | {name: given[variable] for variable, name in _PASSED_ON.items() if variable in given},
            port_was_given="PORT" in given,
        )

    @property
    def is_offline(self) -> bool:
        """True where the bundled model answers."""
        return self.llm_provider == OFFLINE


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 1 << 16:
        raise LocalStackError(f"PORT is {text!r}: it has to be a number from 1 to 65535")
    return int(text)
