from collections.abc import Sequence

import pytest

from localstack.offline_model.conversation import Passage
from localstack.offline_model.embedding import FloatArray
from localstack.offline_model.quoting import EMBEDDED_CHARACTERS, FollowUp, Quote, best_score, quote
from tests.support.offline_model import FakeEmbedder

PROJECTS = Passage(
    1,
    "Creating a project",
    "",
    "Projects hold tasks.\n\nTo create a project:\n\n1. Log in.\n2. Choose New Project.\n3. Save.",
)
REFUNDS = Passage(
    2,
    "Refund policy",
    "",
    "Monthly plans: refund within 7 days. Yearly plans: refund within 30 days.",
)
WEATHER = Passage(3, "Office", "", "The kitchen has a coffee machine and two windows.")


def test_steps_are_quoted_whole_in_order_and_with_their_number() -> None:
    (found,) = quote("How do I create a project?", [PROJECTS, WEATHER], FakeEmbedder())

    assert found.number == 1
    assert found.markdown.endswith("1. Log in.\n2. Choose New Project.\n3. Save. [1]")
    assert "To create a project:" in found.markdown


def test_the_passage_that_fits_is_quoted_wherever_it_stands() -> None:
    (found,) = quote("refund for a yearly plan", [PROJECTS, WEATHER, REFUNDS], FakeEmbedder())

    assert "refund within 30 days" in found.markdown
    assert found.markdown.endswith("[2]")


def test_nothing_is_quoted_where_nothing_fits() -> None:
    assert quote("Is there parking in Zurich?", [PROJECTS, REFUNDS], FakeEmbedder()) == []


class Reader(FakeEmbedder):
    """Has a token for each of some words, and pieces for all others."""

    def __init__(self, *known: str) -> None:
        super().__init__()
        self._known = known

    def count_tokens(self, text: str) -> int:
        return 1 if text in self._known else 2


def test_a_slip_is_read_over() -> None:
    right = quote("How do I create a project?", [PROJECTS, REFUNDS], Reader())

    assert quote("How do I craete a Projct?", [PROJECTS, REFUNDS], Reader()) == right
    # A word that it knows is meant as it is written, however near another one is.
    assert quote("And a prefect?", [Passage(1, "", "", "Perfect.")], Reader("prefect")) == []
    assert quote("And a prefect?", [Passage(1, "", "", "Perfect.")], Reader())


def test_nothing_is_quoted_of_no_passages() -> None:
    assert quote("refund", [], FakeEmbedder()) == []
    assert best_score("refund", [], FakeEmbedder()) == 0.0


def test_every_quoted_line_stands_in_the_passage() -> None:
    # When
    found = quote("What is the refund policy?", [REFUNDS, PROJECTS], FakeEmbedder())

    # Then
    for item in found:
        source = {1: PROJECTS, 2: REFUNDS}[item.number].content
        for line in item.markdown.replace(f"[{item.number}]", "").splitlines():
            assert line.strip() in source


def test_a_long_passage_does_not_embed_everything() -> None:
    # Given
    long = Passage(
        1, "Log", "", "\n\n".join(f"Event {n} happened. It was fine." for n in range(99))
    )
    embedder = FakeEmbedder()

    # When
    quote("Event 70", [long], embedder)

    # Then
    assert sum(map(len, embedder.embedded)) <= EMBEDDED_CHARACTERS + len("Event 70" + "Log")
    assert any("Event 70" in text for text in embedder.embedded[2:])


def test_a_table_keeps_its_form_and_its_number_stands_below() -> None:
    table = Passage(4, "Prices", "", "| plan | price |\n| --- | --- |\n| Free | 0 |")

    (found,) = quote("price of the free plan", [table], FakeEmbedder())

    assert found.markdown == f"{table.content}\n\n[4]"


TICKET = Passage(1, "Tickets", "Price", "A ticket costs 8 euros, or 80 euros a year.")
MOVING = Passage(2, "Tickets", "Changes", "A ticket cannot be refunded.")
BEFORE = "What does a ticket cost?"


@pytest.mark.parametrize(
    ("asked", "quoted"),
    [
        ("and a refundable one?", "A ticket cannot be refunded. [2]"),
        ("and yearly?", "A ticket costs 8 euros, or 80 euros a year. [1]"),
        ("and the other one?", "A ticket costs 8 euros, or 80 euros a year. [1]"),
        ("and for children?", None),
    ],
    ids=["elsewhere", "said before, and asked for", "what it asks for is not said", "nowhere"],
)
def test_a_follow_up_is_answered_by_what_is_about_it(asked: str, quoted: str | None) -> None:
    follow_up = FollowUp(asked, f"{TICKET.content} [1]")

    found = quote(f"{BEFORE} {asked}", [TICKET, MOVING], FakeEmbedder(), follow_up)

    assert [one.markdown for one in found] == ([] if quoted is None else [quoted])


def test_what_was_just_quoted_has_to_come_nearer() -> None:
    # given a reply, and a follow-up that has no word of it in common
    class Near(FakeEmbedder):
        def embed(self, texts: Sequence[str]) -> FloatArray:
            vectors = super().embed(texts)
            if texts == ["and for a group?"]:
                [other] = super().embed([TICKET.content])
                vectors[0] = 0.3 * other
            return vectors

    def asked(said: str) -> list[Quote]:
        question = f"{BEFORE} and for a group?"
        return quote(question, [TICKET], Near(), FollowUp("and for a group?", said))

    # then it counts as an answer where it is new
    assert asked("Hello.")
    assert asked(f"{TICKET.content} [1]") == []


def test_what_two_documents_say_is_quoted_once() -> None:
    again = Passage(3, TICKET.title, TICKET.section, TICKET.content)

    assert [one.number for one in quote(BEFORE, [TICKET, again], FakeEmbedder())] == [1]


@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        ("compare the plans (tiny, small, middle, large)", [1, 2, 3, 4]),
        ("which plan is cheapest? (tiny, small, middle, large)", [1, 2, 3, 4]),
        ("what is the best way to pay the large plan?", [4]),
    ],
)
def test_who_compares_is_told_of_all_that_there_are(question: str, quoted: list[int]) -> None:
    plans = [
        Passage(number, "Plans", name, f"The {name} plan costs ${number}.")
        for number, name in enumerate(("Tiny", "Small", "Middle", "Large"), start=1)
    ]

    found = quote(question, plans, FakeEmbedder())

    assert sorted(one.number for one in found) == quoted


BILLING = Passage(
    1,
    "Change of plan",
    "",
    "1. Go to the billing page.\n2. Look at the charge or credit that is shown.\n3. Pay.",
)


@pytest.mark.parametrize(
    ("question", "is_quoted"),
    [
        ("How do I see a credit on the billing page?", True),
        ("How do I pay by credit card?", False),
    ],
)
def test_words_that_nothing_has_weigh_against_an_answer(question: str, is_quoted: bool) -> None:
    assert bool(quote(question, [BILLING, WEATHER], FakeEmbedder())) is is_quoted


IN_PASSING = Passage(
    1,
    "Refund policy",
    "Asking for one",
    "Choose Request Refund. The money goes back to the original payment method within 10 days.",
)
HEADED = Passage(2, "Payment methods", "", "We accept Visa and bank transfers.")


def test_what_is_asked_for_as_a_whole_is_not_answered_by_what_names_it_in_passing() -> None:
    question = "Which payment methods do you accept?"

    assert quote(question, [IN_PASSING], FakeEmbedder()) == []
    [found] = quote(question, [IN_PASSING, HEADED], FakeEmbedder())
    assert found.number == HEADED.number


def test_steps_of_the_same_document_go_before_what_is_said_of_them() -> None:
    title = "How to upgrade or downgrade"
    steps = Passage(1, title, "Upgrade", "1. Settings.\n2. Plan.\n3. Confirm.")
    effect = Passage(2, title, "When an upgrade takes effect", "An upgrade takes effect at once.")
    others = Passage(3, "Create a project", "Steps", "1. Log in.\n2. Click New Project.")
    passages = [effect, steps, others]

    how = quote("How do I upgrade?", passages, FakeEmbedder())
    when = quote("When does an upgrade take effect?", passages, FakeEmbedder())

    assert [one.number for one in how] == [1, 2]
    assert [one.number for one in when] == [2]


def test_steps_that_are_announced_are_quoted_with_what_announces_them() -> None:
    title = "Sync issues"
    opening = Passage(1, title, "", "If your tasks do not sync, go through these steps in order.")
    plain = Passage(1, title, "", "If your tasks do not sync, wait for a minute.")
    steps = Passage(2, title, "To try", "1. Clear the cache.\n2. Try another browser.")
    others = Passage(3, "Create a project", "Steps", "1. Log in.\n2. Click New Project.")

    announced = quote("My tasks do not sync", [opening, steps, others], FakeEmbedder())
    alone = quote("My tasks do not sync", [plain, steps, others], FakeEmbedder())

    assert [one.number for one in announced] == [1, 2]
    assert [one.number for one in alone] == [1]
