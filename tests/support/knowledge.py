"""Drafts for tests of knowledge."""

from typing import Any

from frontdesk.domain.knowledge import Category, Document, DocumentDraft
from frontdesk.knowledge import markdown
from frontdesk.knowledge.publishing import EmbedderOf, Publisher
from frontdesk.knowledge.splitting import split
from frontdesk.ports import KnowledgeStore
from tests.support.fake_knowledge import FAKE_MODEL


def make_draft(title: str, content: str, **fields: Any) -> DocumentDraft:
    """A draft as it would be read from Markdown; dropped under the title, if not said otherwise."""
    fields.setdefault("source_key", f"knowledge/{title}.md")
    fields.setdefault("object_version", "version-1")
    fields.setdefault("category", Category.FAQ)
    passages = split(markdown.sections(content), title=title)
    return DocumentDraft(title=title, content=content, passages=passages, **fields)


def publish(
    store: KnowledgeStore, embedder: EmbedderOf, title: str, content: str, **fields: Any
) -> Document:
    """Publishes a draft, embedding included."""
    publisher = Publisher(store, embedder, model=fields.pop("model", FAKE_MODEL))
    return publisher.publish(make_draft(title, content, **fields))
