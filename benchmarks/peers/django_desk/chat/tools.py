"""The agents' tools; whose account they look into is in the call's configuration."""

import json
from typing import Any, Literal

from chat.models import Customer, Invoice, Passage, Subscription, Ticket
from django.conf import settings
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import tool
from langchain_openai import OpenAIEmbeddings
from pgvector.django import CosineDistance

PASSAGES = 5

# Counting tokens first, as these embeddings do otherwise, needs a file from the network.
embeddings = OpenAIEmbeddings(
    model=settings.EMBEDDING_MODEL,
    base_url=settings.OPENAI_BASE_URL,
    api_key="none",
    check_embedding_ctx_length=False,
)


@tool
def search_knowledge_base(query: str) -> str:
    """Search the knowledge base for passages that answer a question."""
    found = Passage.objects.order_by(
        CosineDistance("embedding", embeddings.embed_query(query))
    ).values("title", "content")[:PASSAGES]
    return json.dumps([{"number": n, **one} for n, one in enumerate(found, start=1)])


@tool
def get_customer_info(config: RunnableConfig) -> str:
    """Look up the sender's customer record."""
    return _shown(Customer.objects.filter(email=_email(config)).values("name", "email"))


@tool
def get_subscription_details(config: RunnableConfig) -> str:
    """Look up the sender's subscriptions."""
    found = Subscription.objects.filter(customer__email=_email(config))
    return _shown(found.values("plan", "status", "price"))


@tool
def get_invoices(config: RunnableConfig) -> str:
    """Look up the sender's invoices, the latest first."""
    found = Invoice.objects.filter(customer__email=_email(config)).order_by("-due_date")
    return _shown(found.values("number", "status", "total", "due_date"))


@tool
def create_support_ticket(
    subject: str,
    description: str,
    priority: Literal["low", "medium", "high", "urgent"],
    config: RunnableConfig,
) -> str:
    """Open a ticket for a person of the team."""
    ticket = Ticket.objects.create(
        conversation_id=config["configurable"]["conversation_id"],
        subject=subject,
        description=description,
        priority=priority,
    )
    return json.dumps({"ticket": ticket.pk})


def _email(config: RunnableConfig) -> str:
    return str(config["configurable"]["customer_email"])


def _shown(found: Any) -> str:
    return json.dumps(list(found), default=str)
