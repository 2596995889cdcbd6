"""The routes."""

from chat.views import ChatView, StatusView
from django.urls import path

urlpatterns = [
    path("api/chat", ChatView.as_view()),
    path("api/chat/status/<uuid:message_id>", StatusView.as_view()),
]
