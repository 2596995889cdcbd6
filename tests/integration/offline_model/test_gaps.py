"""Gaps as the offline model's embeddings tell them apart, follow-ups among them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations

from frontdesk.domain.gaps import UnansweredQuestion
from frontdesk.knowledge.gaps import KnowledgeGaps
from localstack.offline_model.embedding import LocalEmbedder

NOW = datetime(2026, 1, 31, tzinfo=UTC)
MODEL = "offline"

ASKED = (
    # what it is a question of, the question, and what was asked before it
    ("sso price", "and how much is it?", "Do you support single sign-on?"),
    ("sso price", "What does it cost?", "Can we log in with SSO?"),
    ("sso price", "How much does single sign-on cost?"),
    ("export price", "and how much is it?", "Can I export my projects to Excel?"),
    ("seat price", "and how much is it?", "Can I add another seat to my plan?"),
    ("seat price", "What does an additional seat cost?"),
    ("sso", "Do you support single sign-on?"),
    ("sso", "Can we log in with SSO?"),
    ("export", "Can I export my projects to Excel?"),
    ("gantt on mobile", "does that work on mobile?", "Do you have Gantt charts?"),
    ("gantt on mobile", "And on my phone?", "Is there a Gantt chart?"),
    ("time on mobile", "does that work on mobile?", "Can I track my time on tasks?"),
    ("how many guests", "How many of them can I have?", "Can I invite guests to a project?"),
    ("how many webhooks", "How many of them can I have?", "Do you have webhooks?"),
    ("how many webhooks", "How many webhooks can I create?"),
    ("api", "Is there an API?"),
    ("api", "Is there an API?", "Do you support single sign-on?"),
    ("api", "Is there an API?", "Can I export my projects to Excel?"),
    ("api", "do you offer a REST API", "Where are you based?"),
    ("refunds", "refund policy?", "Do you have webhooks?"),
    ("refunds", "refund policy?", "Is there a Gantt chart?"),
    ("scim", "Do you support SCIM provisioning?", "Do you support single sign-on?"),
    ("audit", "Is there an audit log?", "Do you support single sign-on?"),
    ("dark", "Is there a dark mode?", "Do you have Gantt charts?"),
    ("sso by the year", "and the yearly one?", "How much does single sign-on cost?"),
    ("seat by the year", "and the yearly one?", "What does an additional seat cost?"),
)


class _Embedder:
    """The offline model's embedder, as the functions see it."""

    model = MODEL

    def __init__(self) -> None:
        self._local = LocalEmbedder()

    def embed(self, texts: Sequence[str], *, timeout: float = 10.0) -> list[list[float]]:
        return [list(map(float, vector)) for vector in self._local.embed(texts)]


class _Asked:
    """All of them, the latest first."""

    def since(self, start: datetime, *, limit: int) -> list[UnansweredQuestion]:
        return [
            UnansweredQuestion(
                str(number), "conv", text, NOW - timedelta(hours=number), earlier=tuple(earlier)
            )
            for number, (_, text, *earlier) in enumerate(ASKED)
        ]


def test_follow_ups_are_put_to_what_they_are_about() -> None:
    # when the gaps are found
    embedder = _Embedder()
    gaps = KnowledgeGaps(_Asked(), lambda _: embedder, model=MODEL, now=lambda: NOW).find()
    assert not gaps.degraded

    # then no two questions are together that ask for different things, and most that do not are
    gap_of = {int(one.task_id): n for n, gap in enumerate(gaps.items) for one in gap.questions}
    pairs = list(combinations(range(len(ASKED)), 2))
    joined = {(a, b) for a, b in pairs if gap_of[a] == gap_of[b]}
    alike = {(a, b) for a, b in pairs if ASKED[a][0] == ASKED[b][0]}
    assert [(ASKED[a], ASKED[b]) for a, b in joined - alike] == []
    assert len(alike - joined) <= 5, [(ASKED[a], ASKED[b]) for a, b in alike - joined]
