"""What is done after a message was accepted."""

import logging
import time

from celery import shared_task
from chat.logs import correlation_id
from chat.models import Message
from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

logger = logging.getLogger(__name__)


@shared_task
def answer(message_id: str, correlation: str) -> None:
    """Answers a message.

    Args:
        message_id: Which.
        correlation: The request's correlation id.
    """
    correlation_id.set(correlation)
    began = time.perf_counter()
    message = Message.objects.select_related("conversation").get(pk=message_id)
    conversation = message.conversation
    Message.objects.filter(pk=message.pk).update(status="processing")
    window = list(
        conversation.messages.order_by("-created_at").values_list("role", "content")[
            : settings.CONTEXT_WINDOW_SIZE
        ]
    )
    # Found here, so that the model's libraries are the worker's alone.
    agent, text = import_string(settings.AGENTS)(conversation, window[::-1])
    with transaction.atomic():
        message.reply = Message.objects.create(
            conversation=conversation,
            role="assistant",
            content=text,
            agent=agent,
            status="completed",
        )
        message.status = "completed"
        message.save(update_fields=["reply", "status"])
        conversation.last_agent = agent
        conversation.save(update_fields=["last_agent", "updated_at"])
    logger.info(
        "message answered",
        extra={
            "message_id": message_id,
            "agent": agent,
            "milliseconds": round(1000 * (time.perf_counter() - began)),
        },
    )
