"""What comes in and goes out."""

from chat.models import Message
from rest_framework import serializers


class ChatRequest(serializers.Serializer):
    """A message that somebody sends."""

    message = serializers.CharField(max_length=4000)
    conversation_id = serializers.UUIDField(required=False)
    customer_email = serializers.EmailField(required=False, default="")


class StatusResponse(serializers.ModelSerializer):
    """What has become of it."""

    task_id = serializers.UUIDField(source="id")
    response = serializers.CharField(source="reply.content", default=None)
    agent = serializers.CharField(source="reply.agent", default=None)

    class Meta:
        """What of it is shown."""

        model = Message
        fields = ("task_id", "conversation_id", "status", "response", "agent", "created_at")
