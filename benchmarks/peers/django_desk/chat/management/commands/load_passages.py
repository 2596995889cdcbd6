"""Fills the knowledge base."""

import json
import sys
from typing import Any

from chat.models import Passage
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Reads a list of passages from standard input: what each is called and says."""

    def handle(self, **_: Any) -> None:
        """Embeds and stores them."""
        from chat.tools import embeddings

        given = json.load(sys.stdin)
        vectors = embeddings.embed_documents([one["content"] for one in given])
        Passage.objects.bulk_create(
            Passage(**one, embedding=vector) for one, vector in zip(given, vectors, strict=True)
        )
