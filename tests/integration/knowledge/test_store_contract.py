"""What every knowledge store promises, run on the real one and on its fake."""

from typing import Any

import pytest

from frontdesk.domain.audit import AuditEntry
from frontdesk.domain.errors import (
    ConflictError,
    DocumentChangedError,
    NotFoundError,
    PreconditionFailedError,
)
from frontdesk.domain.ids import new_id
from frontdesk.domain.knowledge import (
    Category,
    Document,
    DocumentStatus,
    DocumentWrite,
    EmbeddingModel,
    FailedDraft,
    Visibility,
)
from frontdesk.knowledge.publishing import Publisher
from frontdesk.knowledge.reindexing import reindex
from tests.integration.knowledge.conftest import Knowledge
from tests.support.callers import STAFF
from tests.support.fake_knowledge import FAKE_MODEL, FakeEmbedder
from tests.support.knowledge import make_draft, publish

KEY = "knowledge/Refunds.md"


def test_published_document_is_found(either: Knowledge) -> None:
    # given a published document
    document = publish(either.store, either.embedder, "Refunds", "# Refunds\n\nWithin 30 days.")

    # then it is its first version, and found
    assert (document.status, document.version) == (DocumentStatus.PUBLISHED, 1)
    assert document.passage_count == 1
    assert either.titles("refund days") == ["Refunds"]


def test_new_version_replaces_the_former(either: Knowledge) -> None:
    publish(either.store, either.embedder, "Refunds", "Money back within zebra days.")

    document = publish(
        either.store, either.embedder, "Refunds", "Within giraffe weeks.", object_version="v2"
    )

    assert document.version == 2
    assert either.store.published_version(KEY) == "v2"
    found = either.index.find(
        "zebra giraffe",
        embedding=None,
        model=None,
        limit=10,
        categories=tuple(Category),
        visibilities=tuple(Visibility),
    )
    assert [(hit.content, hit.document_version) for hit in found.hits] == [
        ("Within giraffe weeks.", 2)
    ]


def test_same_words_are_no_new_version(either: Knowledge) -> None:
    publish(either.store, either.embedder, "Refunds", "Within 30 days.")
    document = publish(
        either.store, either.embedder, "Refunds", "Within 30 days.", object_version="v2"
    )
    assert document.version == 1
    assert either.store.published_version(KEY) == "v2"


def test_unchanged_passages_are_not_embedded_again(either: Knowledge) -> None:
    # given a document of two sections
    publish(either.store, either.embedder, "Plans", "# A\n\nCheap.\n\n# B\n\nDear.")
    before = len(either.embedder.embedded)

    # when one of them changes
    publish(either.store, either.embedder, "Plans", "# A\n\nCheap.\n\n# B\n\nDearer.")

    # then only that one is embedded
    assert either.embedder.embedded[before:] == ["Plans\nB\nDearer."]
    assert either.titles("dearer") == ["Plans"]


def test_archived_document_is_gone_and_comes_back(either: Knowledge) -> None:
    publish(either.store, either.embedder, "Refunds", "Within 30 days.")

    assert either.store.archive(source_key=KEY)
    assert not either.store.archive(source_key=KEY)
    assert either.titles("refunds 30 days") == []
    archived = either.store.document(source_key=KEY)
    assert archived is not None
    assert (archived.status, archived.passage_count) == (DocumentStatus.ARCHIVED, 0)

    again = publish(either.store, either.embedder, "Refunds", "Within 30 days.")
    assert (again.status, again.version) == (DocumentStatus.PUBLISHED, 2)
    assert either.titles("refunds 30 days") == ["Refunds"]


def test_archiving_what_never_was_does_nothing(either: Knowledge) -> None:
    assert not either.store.archive(source_key="knowledge/none.md")
    assert either.store.document(source_key="knowledge/none.md") is None


def test_failed_document_keeps_its_reason_and_is_not_found(either: Knowledge) -> None:
    publish(either.store, either.embedder, "Refunds", "Within 30 days.")

    failed = FailedDraft(
        source_key=KEY, title="A file", reason="the document is empty", object_version="v2"
    )
    document = either.store.mark_failed(failed)

    assert document.title == "Refunds"
    assert document.status is DocumentStatus.FAILED
    assert document.failure_reason == "the document is empty"
    assert either.titles("refunds 30 days") == []
    assert either.store.published_version(KEY) is None


def test_document_that_was_never_read_is_called_as_its_file(either: Knowledge) -> None:
    failed = FailedDraft(source_key=KEY, title="A file", reason="x", object_version="v1")
    assert either.store.mark_failed(failed).title == "A file"
    renamed = failed.model_copy(update={"title": "Another"})
    assert either.store.mark_failed(renamed).title == "Another"


def test_what_is_not_current_changes_nothing(either: Knowledge) -> None:
    # given a published document
    publish(either.store, either.embedder, "Refunds", "Within 30 days.")
    draft = make_draft("Refunds", "Never.")
    failed = FailedDraft(source_key=KEY, title="Refunds", reason="x", object_version="v2")

    # when its source has changed meanwhile
    with pytest.raises(DocumentChangedError):
        Publisher(either.store, either.embedder, model=FAKE_MODEL).publish(
            draft, is_current=lambda: False
        )
    with pytest.raises(DocumentChangedError):
        either.store.mark_failed(failed, is_current=lambda: False)
    with pytest.raises(DocumentChangedError):
        either.store.archive(source_key=KEY, is_current=lambda: False)

    # then it is what it was
    document = either.store.document(source_key=KEY)
    assert document is not None
    assert (document.status, document.version) == (DocumentStatus.PUBLISHED, 1)
    assert document.content == "Within 30 days."


def test_first_publication_that_is_not_current_leaves_nothing(either: Knowledge) -> None:
    with pytest.raises(DocumentChangedError):
        Publisher(either.store, either.embedder, model=FAKE_MODEL).publish(
            make_draft("Refunds", "Within 30 days."), is_current=lambda: False
        )
    assert either.store.document(source_key=KEY) is None


def test_document_of_the_api_is_changed_by_its_id(either: Knowledge) -> None:
    publisher = Publisher(either.store, either.embedder, model=FAKE_MODEL)
    made = publisher.publish(make_draft("Hours", "Nine to five.", source_key=None))
    changed = publisher.publish(
        make_draft("Hours", "Eight to six.", source_key=None), document_id=made.id
    )
    assert (changed.id, changed.version, changed.source) == (made.id, 2, "api")
    assert either.store.archive(document_id=made.id)


def test_document_of_s3_is_not_changed_by_its_id(either: Knowledge) -> None:
    document = publish(either.store, either.embedder, "Refunds", "Within 30 days.")
    with pytest.raises(ConflictError):
        either.store.archive(document_id=document.id)
    with pytest.raises(ConflictError):
        Publisher(either.store, either.embedder, model=FAKE_MODEL).publish(
            make_draft("Refunds", "Never.", source_key=None), document_id=document.id
        )


def test_unknown_document_is_not_changed(either: Knowledge) -> None:
    with pytest.raises(NotFoundError):
        Publisher(either.store, either.embedder, model=FAKE_MODEL).publish(
            make_draft("Refunds", "Never.", source_key=None), document_id="doc_none"
        )


def test_internal_passages_and_other_categories_are_filtered(either: Knowledge) -> None:
    publish(either.store, either.embedder, "Public", "The word is zebra.")
    publish(
        either.store,
        either.embedder,
        "Policy",
        "The word is zebra too.",
        category=Category.POLICY,
    )
    publish(
        either.store,
        either.embedder,
        "Internal",
        "The word is zebra, for staff.",
        visibility=Visibility.INTERNAL,
    )
    assert set(either.titles("zebra")) == {"Public", "Policy"}
    assert either.titles("zebra", category=Category.POLICY) == ["Policy"]


def test_model_is_changed_without_a_gap(either: Knowledge) -> None:
    # given documents embedded with a first model
    publish(either.store, either.embedder, "Refunds", "Within 30 days.")
    publish(either.store, either.embedder, "Hours", "Nine to five.")
    other = FakeEmbedder("other-model", dimensions=32)

    # when a second one is filled
    first = reindex(either.store, other, has_time=lambda: True)

    # then it is active, and what is still embedded with the former is not taken
    assert first.done
    assert first.embedded == 2
    active = either.store.active_model()
    assert active is not None
    assert (active.name, active.dimensions) == ("other-model", 32)
    with pytest.raises(DocumentChangedError):
        either.store.publish(make_draft("Late", "Late."), [[1.0] * 48], model=either.embedder.model)
    # and once a third takes over, the first one's embeddings are dropped
    third = FakeEmbedder("third-model", dimensions=16)
    assert reindex(either.store, third, has_time=lambda: True).done
    hashes = make_draft("Refunds", "Within 30 days.").passage_hashes()
    assert either.store.embedded(hashes, model=FAKE_MODEL) == set()
    assert either.store.embedded(hashes, model="other-model") == set(hashes)


def test_embeddings_are_read_back(either: Knowledge) -> None:
    publish(either.store, either.embedder, "Refunds", "Within 30 days.")
    draft = make_draft("Refunds", "Within 30 days.\n\n# Late\n\nNot at all.")
    stored, new = draft.passage_hashes()
    read = either.store.embeddings([stored, new], model=FAKE_MODEL)
    [vector] = either.embedder.embed(draft.searchable_texts()[:1])
    assert {digest: list(values) for digest, values in read.items()} == {
        stored: pytest.approx(vector, abs=1e-6)
    }


def test_reindex_without_time_goes_on_later(either: Knowledge) -> None:
    publish(either.store, either.embedder, "Refunds", "Within 30 days.")
    other = FakeEmbedder("other-model")
    stopped = reindex(either.store, other, has_time=lambda: False)
    assert (stopped.done, stopped.embedded, stopped.left) == (False, 0, 1)
    assert either.store.active_model() == EmbeddingModel(name=FAKE_MODEL, dimensions=48)
    assert reindex(either.store, other, has_time=lambda: True).done


def test_unregistered_model_does_not_become_active(either: Knowledge) -> None:
    publish(either.store, either.embedder, "Refunds", "Within 30 days.")
    assert not either.store.activate_model("unheard-of")


def written(document: Document | None = None, *, revision: int | None = None) -> DocumentWrite:
    """A change by staff; of a new document where none is named."""
    document_id = new_id("doc") if document is None else document.id
    entry = AuditEntry(STAFF, "document.update", "document", document_id, None, "corr_1")
    return DocumentWrite(document_id, entry, revision, is_new=document is None)


def test_draft_is_stored_and_not_found(either: Knowledge) -> None:
    new = written()
    draft = make_draft("Refunds", "Within 30 days.", source_key=None, object_version=None)
    document = either.store.save_draft(draft, written=new)
    assert (document.id, document.source) == (new.document_id, "api")
    assert (document.status, document.version) == (DocumentStatus.DRAFT, 1)
    assert document.content == "Within 30 days."
    assert either.titles("days") == []


def test_written_document_is_published_and_taken_back(either: Knowledge) -> None:
    fields: dict[str, Any] = {"source_key": None, "object_version": None}
    publisher = Publisher(either.store, either.embedder, model=FAKE_MODEL)
    draft = make_draft("Refunds", "Within 30 days.", **fields)

    document = publisher.publish(draft, written=written())
    assert either.titles("days") == ["Refunds"]

    again = either.store.save_draft(draft, written=written(document, revision=document.revision))
    assert (again.id, again.version) == (document.id, 2)
    assert again.revision != document.revision
    assert either.titles("days") == []


def test_change_of_another_revision_changes_nothing(either: Knowledge) -> None:
    fields: dict[str, Any] = {"source_key": None, "object_version": None}
    publisher = Publisher(either.store, either.embedder, model=FAKE_MODEL)
    document = publisher.publish(make_draft("Refunds", "One.", **fields), written=written())
    other = make_draft("Refunds", "Two.", **fields)

    with pytest.raises(PreconditionFailedError):
        publisher.publish(other, written=written(document, revision=document.revision - 1))
    with pytest.raises(PreconditionFailedError):
        either.store.save_draft(other, written=written(document, revision=document.revision - 1))
    assert either.store.document(document_id=document.id) == document


def test_document_of_s3_is_not_written(either: Knowledge) -> None:
    document = publish(either.store, either.embedder, "Refunds", "One.")
    draft = make_draft("Refunds", "Two.", source_key=None, object_version=None)
    with pytest.raises(ConflictError) as refused:
        either.store.save_draft(draft, written=written(document))
    assert refused.value.extra == {"source_key": KEY}
    missing = document.model_copy(update={"id": "doc_0"})
    with pytest.raises(NotFoundError):
        either.store.save_draft(draft, written=written(missing))
