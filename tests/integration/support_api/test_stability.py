"""Pages of a listing hold everything that was there at the start, once, whatever is added."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontdesk.adapters.postgres.conversation_reads import PostgresConversationReads
from frontdesk.adapters.postgres.database import Database
from frontdesk.domain.listing import ConversationFilter, ConversationOrder, PageRequest
from tests.support.callers import STAFF
from tests.support.desk_rows import DeskRows
from tests.support.desk_samples import EPOCH, a_conversation
from tests.support.postgres import TestDatabase

_moments = st.lists(st.integers(0, 5), max_size=6)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at_start=_moments, added=st.lists(_moments, max_size=4), limit=st.integers(1, 3))
def test_pages_are_stable_under_inserts(
    database: TestDatabase,
    desk_database: Database,
    at_start: list[int],
    added: list[list[int]],
    limit: int,
) -> None:
    # given conversations, many begun at the same microsecond
    with database.owner() as connection:
        connection.execute("DELETE FROM conversations")
    rows = DeskRows(database)

    def add(microseconds: int) -> str:
        conversation = a_conversation("issuer|alice")
        began = EPOCH + timedelta(microseconds=microseconds)
        rows.add_conversation(conversation.model_copy(update={"created_at": began}))
        return conversation.id

    present = [add(microseconds) for microseconds in at_start]
    reads = PostgresConversationReads(desk_database)

    # when they are read page by page, and others are added between the pages
    seen: list[str] = []
    page = PageRequest(limit)
    between = iter(added)
    while True:
        found = reads.listing(STAFF, ConversationFilter(), ConversationOrder.NEWEST, page)
        seen += [conversation.id for conversation in found.items]
        for microseconds in next(between, []):
            add(microseconds)
        if found.next_position is None:
            break
        page = PageRequest(limit, found.next_position)

    # then what was there is seen once, and nothing twice
    assert len(seen) == len(set(seen))
    assert set(present) <= set(seen)
