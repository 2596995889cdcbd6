"""The routes."""

import logging
import uuid

from chat.logs import correlation_id
from chat.models import Conversation, Message
from chat.serializers import ChatRequest, StatusResponse
from chat.tasks import answer
from django.db import transaction
from django.shortcuts import get_object_or_404
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

logger = logging.getLogger(__name__)


class ChatView(APIView):
    """Accepts a message."""

    def post(self, request: Request) -> Response:
        """Stores it, and leaves the answer to a task."""
        sent = ChatRequest(data=request.data)
        sent.is_valid(raise_exception=True)
        given = sent.validated_data
        with transaction.atomic():
            if "conversation_id" in given:
                conversation = get_object_or_404(Conversation, pk=given["conversation_id"])
            else:
                conversation = Conversation.objects.create(customer_email=given["customer_email"])
            message = Message.objects.create(
                conversation=conversation, role="customer", content=given["message"]
            )
        answer.delay(str(message.id), correlation_id.get())
        logger.info("message accepted", extra={"message_id": str(message.id)})
        return Response(
            {
                "task_id": message.id,
                "conversation_id": conversation.id,
                "status": message.status,
                "status_url": f"/api/chat/status/{message.id}",
            },
            status=status.HTTP_202_ACCEPTED,
        )


class StatusView(APIView):
    """Reads the answer back."""

    def get(self, request: Request, message_id: uuid.UUID) -> Response:  # noqa: ARG002 - Django's
        """Tells what has become of a message."""
        message = get_object_or_404(Message.objects.select_related("reply"), pk=message_id)
        return Response(StatusResponse(message).data)
