"""Search on a real Postgres: words, meaning, filters, languages and indexes."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg
import pytest
from psycopg import sql

from frontdesk.adapters.postgres import passage_index
from frontdesk.adapters.postgres.database import Database, RowScope
from frontdesk.adapters.postgres.knowledge import PostgresKnowledgeStore
from frontdesk.adapters.postgres.passage_index import (
    COUNTED_SECONDS,
    FACETS,
    PostgresPassageIndex,
    _statement,
)
from frontdesk.domain.knowledge import (
    Background,
    Category,
    EmbeddingModel,
    SearchHit,
    Visibility,
)
from frontdesk.knowledge.reindexing import reindex
from frontdesk.knowledge.searching import HybridSearch
from tests.integration.knowledge.conftest import Knowledge
from tests.support.fake_knowledge import FAKE_MODEL, FakeEmbedder
from tests.support.knowledge import publish
from tests.support.postgres import TestDatabase


def by_words(knowledge: Knowledge, query: str, limit: int = 10) -> list[SearchHit]:
    found = knowledge.index.find(
        query,
        embedding=None,
        model=None,
        limit=limit,
        categories=tuple(Category),
        visibilities=tuple(Visibility),
    )
    return list(found.hits)


def titles(hits: list[SearchHit]) -> list[str]:
    return [hit.title for hit in hits]


def test_words_that_a_slash_joins_are_found_each_alone(knowledge: Knowledge) -> None:
    publish(knowledge.store, knowledge.embedder, "Plans", "It includes sign-on (SSO/SAML).")

    assert titles(by_words(knowledge, "Do you offer SAML?")) == ["Plans"]
    assert titles(by_words(knowledge, "sso/saml")) == ["Plans"]


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("A file may have 250GB.", "250 GB"),
        ("A file may have 250 GB.", "250GB"),
        ("Up to 10,000 tasks.", "10000"),
        ("Up to 10000 tasks.", "10,000"),
    ],
)
def test_numbers_are_found_however_they_are_written(
    knowledge: Knowledge, written: str, asked: str
) -> None:
    publish(knowledge.store, knowledge.embedder, "Limits", written)

    assert titles(by_words(knowledge, asked)) == ["Limits"]


def test_rare_words_weigh_more_than_common_ones(knowledge: Knowledge) -> None:
    # given a word that is everywhere and one that is in a single document
    for number in range(5):
        publish(knowledge.store, knowledge.embedder, f"Common {number}", "The invoice is here.")
    publish(knowledge.store, knowledge.embedder, "Rare", "The zebra is here.")

    # when both are asked for
    hits = by_words(knowledge, "invoice zebra")

    # then the rare one comes first, though fewer share it
    assert hits[0].title == "Rare"
    assert len(hits) == 6
    assert hits[0].lexical_score > hits[1].lexical_score > 0


def test_short_passages_and_repeated_words_rank_higher(knowledge: Knowledge) -> None:
    padding = "Other things are told here, about trees, rivers, hills and birds. " * 5
    publish(knowledge.store, knowledge.embedder, "Long", f"A zebra. {padding}")
    publish(knowledge.store, knowledge.embedder, "Short", "A zebra.")
    publish(knowledge.store, knowledge.embedder, "Twice", "A zebra, zebra.")
    assert titles(by_words(knowledge, "zebra")) == ["Twice", "Short", "Long"]


def test_words_are_stemmed_and_any_of_them_counts(knowledge: Knowledge) -> None:
    publish(knowledge.store, knowledge.embedder, "Upgrade", "Upgrading your subscriptions.")
    publish(knowledge.store, knowledge.embedder, "Else", "Nothing of it.")
    assert titles(by_words(knowledge, "how would somebody upgrade a subscription")) == ["Upgrade"]


def test_title_and_headings_are_searched(knowledge: Knowledge) -> None:
    publish(knowledge.store, knowledge.embedder, "Zebra", "# Giraffe\n\nText.")
    assert titles(by_words(knowledge, "zebra")) == ["Zebra"]
    (hit,) = by_words(knowledge, "giraffe")
    assert (hit.section, hit.content) == ("Giraffe", "Text.")


def test_every_language_is_stemmed_as_its_own(knowledge: Knowledge) -> None:
    store, embedder = knowledge.store, knowledge.embedder
    publish(store, embedder, "Häuser", "Wir vermieten Häuser.", language="german")
    publish(store, embedder, "Houses", "We rent houses out.")
    assert titles(by_words(knowledge, "Haus")) == ["Häuser"]
    assert titles(by_words(knowledge, "house")) == ["Houses"]


def test_words_as_they_are_written_come_before_others_of_their_stem(
    knowledge: Knowledge,
) -> None:
    publish(knowledge.store, knowledge.embedder, "Organs", "The organ here.")
    publish(knowledge.store, knowledge.embedder, "Organise", "The organization here.")
    assert titles(by_words(knowledge, "organ")) == ["Organs", "Organise"]
    assert titles(by_words(knowledge, "organization")) == ["Organise", "Organs"]


def test_scripts_without_spaces_are_searched_by_pairs_of_characters(knowledge: Knowledge) -> None:
    store, embedder = knowledge.store, knowledge.embedder
    publish(store, embedder, "退款", "您可以在三十天内申请退款。", language="simple")
    publish(
        store, embedder, "パスワード", "パスワードを忘れた場合は再設定します。", language="simple"
    )
    publish(store, embedder, "Refunds", "Within 30 days.")
    assert titles(by_words(knowledge, "怎么申请退款？")) == ["退款"]
    assert titles(by_words(knowledge, "パスワードの再設定")) == ["パスワード"]
    assert titles(by_words(knowledge, "refund 退款")) == ["退款", "Refunds"]


def test_names_are_found_across_languages(knowledge: Knowledge) -> None:
    store, embedder = knowledge.store, knowledge.embedder
    publish(
        store,
        embedder,
        "Kalender",
        "Die Verbindung mit Outlook wird so eingerichtet.",
        language="german",
    )
    publish(store, embedder, "Mail", "Nothing about calendars is said in this text.")
    assert titles(by_words(knowledge, "how do I connect Outlook")) == ["Kalender"]


@pytest.mark.parametrize(
    "question", ["zebar prices", "zebraprices", "ZEBAR?", "stripes of a zebar"]
)
def test_a_word_that_no_passage_has_is_taken_for_the_nearest(
    knowledge: Knowledge, question: str
) -> None:
    publish(knowledge.store, knowledge.embedder, "Animals", "What a zebra eats. Their prices.")
    publish(knowledge.store, knowledge.embedder, "Plants", "What a fern needs.")
    assert titles(by_words(knowledge, question)) == ["Animals"]


@pytest.mark.parametrize(
    "question",
    [
        pytest.param("there", id="stop words"),
        pytest.param("zebras", id="forms of known words"),
        pytest.param("invoixe42", id="what has digits"),
        pytest.param("ivoice", id="what is near to nothing published"),
    ],
)
def test_other_words_are_left_as_they_are(knowledge: Knowledge, question: str) -> None:
    # given words that are near to those of each question
    publish(knowledge.store, knowledge.embedder, "Near", "Three zebra and theme invoixe43.")
    publish(knowledge.store, knowledge.embedder, "Gone", "An invoice.")
    knowledge.store.archive(source_key="knowledge/Gone.md")

    # when it is asked, then only the word itself or its stem is found
    assert titles(by_words(knowledge, question)) == (["Near"] if question == "zebras" else [])


@pytest.mark.parametrize(
    ("question", "is_found"),
    [
        pytest.param("fren", True, id="letters in each other's place"),
        pytest.param("what is a fren to ufva", True, id="beside a word of none"),
        pytest.param("fren prcie", True, id="beside a longer one"),
        pytest.param("farn", False, id="a wrong letter"),
        pytest.param("fer", False, id="a letter too few"),
        pytest.param("from", False, id="a stop word"),
        pytest.param("fren meine Rechnung bezahlen", False, id="in another language"),
    ],
)
def test_of_a_word_of_four_letters_only_their_places_are_put_right(
    knowledge: Knowledge, question: str, is_found: bool
) -> None:
    publish(knowledge.store, knowledge.embedder, "Plants", "A fern, its form and price.")
    publish(knowledge.store, knowledge.embedder, "Mines", "Mine.")
    assert ("Plants" in titles(by_words(knowledge, question))) is is_found


def test_short_words_say_nothing_of_longer_ones(knowledge: Knowledge) -> None:
    # given a question with one slip, and names that nobody wrote
    publish(knowledge.store, knowledge.embedder, "Animals", "What a zebra eats.")
    assert titles(by_words(knowledge, "zebar okta jira yoda")) == ["Animals"]


def test_a_question_in_a_language_nobody_wrote_is_not_respelt(knowledge: Knowledge) -> None:
    # given an English word that one of a German question's is near to
    publish(knowledge.store, knowledge.embedder, "Mines", "The mine is closed.")

    # then it is taken for a slip only where most other words are known
    assert titles(by_words(knowledge, "meine")) == ["Mines"]
    assert by_words(knowledge, "meine Rechnung bezahlen") == []


def test_what_was_asked_before_is_respelt_too(knowledge: Knowledge) -> None:
    publish(knowledge.store, knowledge.embedder, "Animals", "What a zebra eats.")
    found = knowledge.index.find(
        "and on Sundays",
        embedding=None,
        model=None,
        limit=5,
        categories=tuple(Category),
        visibilities=tuple(Visibility),
        background=[Background(text="a zebar at the zoo", weight=0.5)],
    )
    assert titles(list(found.hits)) == ["Animals"]


def test_a_misspelt_question_has_the_meaning_of_what_it_was_meant_to_be(
    knowledge: Knowledge,
) -> None:
    # given a question, and what was asked before it
    store, embedder = knowledge.store, knowledge.embedder
    publish(store, embedder, "Animals", "What a zebra eats at the waterhole.")
    publish(store, embedder, "Plants", "What a fern needs in the garden.")
    search = HybridSearch(knowledge.index, embedder)
    right = search.search("zebra food?", earlier=["who lives in the garden"])
    before = len(embedder.calls)

    # when both have a slip
    found = search.search("zebar food?", earlier=["who lives in the gardne"])

    # then they are embedded once more, as they were meant, and nothing else differs
    assert embedder.calls[before:] == [
        ["zebar food?", "who lives in the gardne"],
        ["zebra food?", "who lives in the garden"],
    ]
    assert found == right


def test_a_word_that_only_seems_misspelt_keeps_its_meaning(knowledge: Knowledge) -> None:
    # given a model that knows a word which no passage has, and which is near to another one
    class Knowing(FakeEmbedder):
        def _vector(self, text: str) -> list[float]:
            return super()._vector(text.replace("slack", "chat"))

    embedder = Knowing()
    publish(knowledge.store, embedder, "Chats", "Connect a chat.")
    publish(knowledge.store, embedder, "Themes", "Choose a black theme, and other colours.")
    right = HybridSearch(knowledge.index, embedder).search("connect chat")

    # when it is asked for
    found = HybridSearch(knowledge.index, embedder).search("connect slack")

    # then what it was taken for was tried, and is not what the question means
    assert "connect black" in embedder.embedded
    assert found.hits[0].title == "Chats"
    assert found.hits[0].similarity == right.hits[0].similarity


def test_a_passage_gains_from_its_document(knowledge: Knowledge) -> None:
    # given two passages alike, one of them in a document that says more of the same
    store, embedder = knowledge.store, knowledge.embedder
    publish(store, embedder, "One", "# Zebras\n\nA zebra eats grass.")
    publish(store, embedder, "Two", "# Zebras\n\nA zebra eats grass.\n\n# Herds\n\nA zebra herd.")
    publish(store, embedder, "Three", "# Fish\n\nNothing but water.\n\n# Birds\n\nGrass and nests.")

    # then that one comes first
    found = by_words(knowledge, "zebra eats")
    assert [(hit.title, hit.section) for hit in found][:2] == [("Two", "Zebras"), ("One", "Zebras")]
    assert found[0].lexical_score == pytest.approx(found[1].lexical_score)


def test_a_follow_up_is_searched_with_what_was_asked_before(knowledge: Knowledge) -> None:
    # given two documents that the follow-up alone cannot tell apart
    store, embedder = knowledge.store, knowledge.embedder
    publish(store, embedder, "Seats", "Seats cost five a month, and the yearly one costs fifty.")
    publish(store, embedder, "Storage", "Storage costs two a month, and the yearly one twenty.")
    search = HybridSearch(knowledge.index, embedder)
    before = "How much do seats cost?", "How much does storage cost?"

    # then the question before it tells, by words and by meaning
    for asked in (before, before[::-1]):
        found = search.search("and the yearly one?", earlier=asked)
        assert found.hits[0].title == asked[-1].split()[-2].title()
    embedder.is_down = True
    found = search.search("and the yearly one?", earlier=before)
    assert (found.hits[0].title, found.degraded) == ("Storage", True)


def test_a_new_subject_leaves_the_one_before_behind(knowledge: Knowledge) -> None:
    store, embedder = knowledge.store, knowledge.embedder
    publish(store, embedder, "Seats", "Seats cost five a month.")
    publish(store, embedder, "Passwords", "Reset a forgotten password from the sign-in page.")
    search = HybridSearch(knowledge.index, embedder)
    question = "Where would I reset a forgotten password?"
    alone = search.search(question)
    found = search.search(question, earlier=["How much do seats cost in a month?"])
    assert titles(list(found.hits)) == titles(list(alone.hits)) == ["Passwords", "Seats"]


@pytest.mark.parametrize(
    "query", ["'", "a & | ! :* <->", "\0", "%s %(query)s", "the of", "🦓", "-"]
)
def test_odd_questions_find_nothing_and_break_nothing(knowledge: Knowledge, query: str) -> None:
    publish(knowledge.store, knowledge.embedder, "Refunds", "Within 30 days.")
    assert by_words(knowledge, query) == []


def test_meaning_finds_what_shares_no_word(knowledge: Knowledge) -> None:
    # given documents, and the vector of one of them as the question's
    store, embedder = knowledge.store, knowledge.embedder
    publish(store, embedder, "Refunds", "Money back within weeks.")
    publish(store, embedder, "Hours", "Nine to five.")
    model = knowledge.index.active_model()

    # when it is asked for with words that are nowhere
    found = knowledge.index.find(
        "xyzzy",
        embedding=embedder.embed(["Refunds\nMoney back within weeks."])[0],
        model=model,
        limit=1,
        categories=tuple(Category),
        visibilities=tuple(Visibility),
    )

    # then it is found, with its exact similarity
    assert titles(list(found.hits)) == ["Refunds"]
    assert found.hits[0].similarity == pytest.approx(1.0, abs=1e-3)
    assert found.hits[0].lexical_score == 0


def test_outage_of_embeddings_is_degraded(knowledge: Knowledge) -> None:
    publish(knowledge.store, knowledge.embedder, "Refunds", "Within 30 days.")
    knowledge.embedder.is_down = True
    found = HybridSearch(knowledge.index, knowledge.embedder).search("refund")
    assert (titles(list(found.hits)), found.degraded) == (["Refunds"], True)


@pytest.fixture
def indexed(database: TestDatabase) -> Iterator[Knowledge]:
    """Knowledge that is searched through its indexes, as a large one is, however small it is."""
    name = database.owner_url.rsplit("/", 1)[1]
    with database.owner() as connection:
        for path in ("seqscan", "sort", "bitmapscan"):
            connection.execute(f"ALTER DATABASE {name} SET enable_{path} = off")
    opened = Database(lambda: database.agent_url)
    yield Knowledge(PostgresKnowledgeStore(opened), PostgresPassageIndex(opened), FakeEmbedder())
    opened.close()


def test_filters_reach_behind_the_nearest_hundred(indexed: Knowledge) -> None:
    # given many passages that are nearer than the one of another category
    near = "\n\n".join(f"# Part {number}\n\nzebra giraffe lion" for number in range(400))
    publish(indexed.store, indexed.embedder, "Many", near)
    publish(indexed.store, indexed.embedder, "One", "elsewhere", category=Category.POLICY)

    # when only that category is asked for, by meaning alone
    found = HybridSearch(indexed.index, indexed.embedder).search(
        "zebra giraffe lion", category=Category.POLICY
    )

    # then it is found
    assert titles(list(found.hits)) == ["One"]


def test_each_model_has_its_index_and_searches_use_it(
    indexed: Knowledge, database: TestDatabase, agent_database: Database
) -> None:
    # given passages with the embeddings of two models
    publish(indexed.store, indexed.embedder, "Refunds", "Within 30 days.")
    other = FakeEmbedder("o'ther", dimensions=7)
    assert reindex(indexed.store, other, has_time=lambda: True).done
    with database.owner() as connection:
        rows = connection.execute("SELECT name, index_name FROM embedding_models").fetchall()
        indexes = {str(name): str(index) for name, index in rows}
    assert len(set(indexes.values())) == 2

    # then the search of either goes through the index of that one
    for name, dimensions in ((FAKE_MODEL, 48), ("o'ther", 7)):
        model = EmbeddingModel(name=name, dimensions=dimensions)
        parameters = {
            "texts": ["text"],
            "weights": [1.0],
            "embedding": str([1.0] * dimensions),
            "facets": list(FACETS.values()),
            "candidates": 5,
            "driving": 100,
            "max_lexemes": 10,
            "limit": 5,
        }
        for are_few in (False, True):
            with agent_database.transaction() as transaction:
                statement = sql.SQL("EXPLAIN ") + _statement(model, are_few=are_few)
                explained = transaction.execute(statement, parameters)
                plan = "\n".join(row["QUERY PLAN"] for row in explained)
            # and where few are left by a filter, past it: all of them are compared
            assert (f"Index Scan using {indexes[name]}" in plan) is not are_few


def test_how_many_a_filter_leaves_is_counted_once_a_minute(
    knowledge: Knowledge, agent_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a category, and who counts it
    counted: list[Category] = []
    count = passage_index.are_few

    def counting(
        connection: Any, model: EmbeddingModel, categories: Any, facets: Sequence[int]
    ) -> bool:
        counted.extend(categories)
        return count(connection, model, categories, facets)

    monkeypatch.setattr(passage_index, "are_few", counting)
    for text in ("zebra giraffe", "zebra lion"):
        publish(knowledge.store, knowledge.embedder, text, text, category=Category.POLICY)
    now = 1000.0
    index = PostgresPassageIndex(agent_database, clock=lambda: now)
    search = HybridSearch(index, knowledge.embedder)

    # when it is searched again and again
    for _ in range(3):
        assert len(search.search("zebra", category=Category.POLICY).hits) == 2
    # then it is counted once, apart from others
    assert counted == [Category.POLICY]
    search.search("zebra", category=Category.FAQ)
    assert counted == [Category.POLICY, Category.FAQ]
    # and again when the count has become old
    now += COUNTED_SECONDS
    search.search("zebra", category=Category.POLICY)
    assert counted == [Category.POLICY, Category.FAQ, Category.POLICY]


def test_facets_are_those_of_the_schema(knowledge: Knowledge, database: TestDatabase) -> None:
    for visibility, category in FACETS:
        publish(
            knowledge.store,
            knowledge.embedder,
            f"{visibility} {category}",
            "Text.",
            visibility=visibility,
            category=category,
        )
    with database.owner() as connection:
        rows = connection.execute("SELECT visibility, category, facet FROM passages").fetchall()
    assert {(Visibility(str(v)), Category(str(c))): f for v, c, f in rows} == FACETS


type Search = Callable[[Database, RowScope], set[str]]


@pytest.fixture
def search_everything(knowledge: Knowledge) -> Search:
    """Searches a public and an internal document, asking for both kinds."""
    for visibility in Visibility:
        publish(
            knowledge.store, knowledge.embedder, visibility.value, "A zebra.", visibility=visibility
        )

    def search(database: Database, scope: RowScope) -> set[str]:
        index = PostgresPassageIndex(database, scope)
        found = HybridSearch(index, knowledge.embedder).search(
            "zebra", visibilities=tuple(Visibility)
        )
        return {hit.title for hit in found.hits}

    return search


def test_worker_never_sees_internal_passages(
    search_everything: Search, agent_database: Database
) -> None:
    assert search_everything(agent_database, RowScope()) == {"public"}
    assert search_everything(agent_database, RowScope(staff=True)) == {"public"}


def test_staff_see_internal_passages_and_others_nothing(
    search_everything: Search, desk_database: Database
) -> None:
    assert search_everything(desk_database, RowScope(staff=True)) == {"public", "internal"}
    assert search_everything(desk_database, RowScope(subject="issuer|a")) == set()


def test_visibility_can_be_taken_back(knowledge: Knowledge, agent_database: Database) -> None:
    # given a public document
    publish(knowledge.store, knowledge.embedder, "Secret", "A zebra.")
    assert knowledge.titles("zebra") == ["Secret"]
    embedded = len(knowledge.embedder.embedded)

    # when it is put again as an internal one, word for word
    publish(
        knowledge.store,
        knowledge.embedder,
        "Secret",
        "A zebra.",
        visibility=Visibility.INTERNAL,
    )

    # then nothing of it is found by the worker, and nothing was embedded again
    index = PostgresPassageIndex(agent_database)
    search = HybridSearch(index, knowledge.embedder)
    assert search.search("zebra", visibilities=tuple(Visibility)).hits == ()
    # (but for the question itself)
    assert [one for one in knowledge.embedder.embedded[embedded:] if one != "zebra"] == []


def test_desk_publishes_for_staff_only(
    knowledge: Knowledge, desk_database: Database, agent_database: Database
) -> None:
    staff = PostgresKnowledgeStore(desk_database, RowScope(staff=True))
    publish(staff, knowledge.embedder, "Hours", "Nine to five.", source_key=None)
    assert knowledge.titles("nine five") == ["Hours"]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        publish(
            PostgresKnowledgeStore(desk_database),
            knowledge.embedder,
            "Hours",
            "Never.",
            source_key=None,
        )
