"""The cheapest way to a sure route is taken, and there is always one."""

import pytest

from agent_worker.budget import TurnBudget
from agent_worker.languages import language
from agent_worker.memory import Window, make_window
from agent_worker.model_session import ModelSession
from agent_worker.prompting import PromptLibrary
from agent_worker.routing.cues import wants_own_change
from agent_worker.routing.desk_router import DeskRouter
from agent_worker.routing.examples import Example, examples
from agent_worker.routing.learned import LOOK_AGAIN_SECONDS, LearnedRouting
from agent_worker.routing.router import Decision, ModelRouter, RouteSource
from frontdesk.clock import utc_now
from frontdesk.domain.conversation import Message
from frontdesk.domain.errors import InfrastructureError, ModelUnavailableError
from frontdesk.domain.ids import new_id
from frontdesk.domain.task import Citation, RouteLabel
from frontdesk.pricing import PRICES
from tests.support.fake_knowledge import FakeEmbedder
from tests.support.fake_model import Answer, ScriptedModel, route
from tests.support.fake_router_models import FakeRouterModelStore
from tests.support.worker import RecordingTelemetry

FEW = (
    Example("how do i reset the password", RouteLabel.FAQ),
    Example("how do i export the board", RouteLabel.FAQ),
    Example("how do i invite a teammate", RouteLabel.FAQ),
    Example("show my last invoice", RouteLabel.ORDER),
    Example("show my subscription", RouteLabel.ORDER),
    Example("is my payment through", RouteLabel.ORDER),
    Example("let me talk to a human", RouteLabel.ESCALATION),
    Example("i want to complain about the service", RouteLabel.ESCALATION),
    Example("this is unacceptable", RouteLabel.ESCALATION),
    Example("tell me a joke about cats", RouteLabel.OUT_OF_SCOPE),
    Example("weather in paris tomorrow", RouteLabel.OUT_OF_SCOPE),
    Example("who won the football match", RouteLabel.OUT_OF_SCOPE),
)
ANYTHING = 0.0
NOTHING = 1.1


class Parts:
    """A router with what it is made of, in memory."""

    def __init__(self, *answers: Answer, sure_from: float = ANYTHING) -> None:
        self.now = 0.0
        self.embedder = FakeEmbedder()
        self.store = FakeRouterModelStore(clock=lambda: self.now)
        self.telemetry = RecordingTelemetry()
        self.model = ScriptedModel(*answers)
        self.learned = self.another_process()
        self.router = DeskRouter(
            ModelRouter(PromptLibrary(company_name="Acme", company_profile="")),
            self.learned,
            sure_from=sure_from,
        )

    def another_process(self) -> LearnedRouting:
        return LearnedRouting(
            self.store,
            self.embedder,
            FEW,
            self.telemetry,
            run=lambda work: work(),
            monotonic=lambda: self.now,
        )

    def session(self) -> ModelSession:
        return ModelSession(
            self.model, TurnBudget(60.0), PRICES, self.telemetry, sleep=lambda _seconds: None
        )

    def decide(self, text: str, *earlier: Message) -> Decision:
        return self.router.decide(make_window(earlier, task_id="t", text=text), self.session())


def said(agent: str | None, content: str, role: str = "assistant") -> Message:
    return Message.model_validate(
        {
            "id": new_id("msg"),
            "role": role,
            "content": content,
            "agent": agent,
            "created_at": utc_now(),
        }
    )


def test_a_sure_route_asks_no_model_and_hands_its_embedding_on() -> None:
    parts = Parts()

    decision = parts.decide("show my last invoice")

    assert (decision.route.agent, decision.source) == (RouteLabel.ORDER, RouteSource.EMBEDDING)
    assert parts.model.asked == []
    assert decision.embedding is not None
    assert decision.embedding.text == "show my last invoice"
    assert decision.embedding.model == parts.embedder.model
    assert parts.embedder.embedded.count("show my last invoice") == 2  # example, then message


def test_a_reasoning_names_labels_and_nobodys_words() -> None:
    decision = Parts().decide("show my last invoice")

    assert decision.route.reasoning == (
        "By its meaning; the nearest example is one of order (similarity 1.00)."
    )


def test_an_unsure_route_is_the_models() -> None:
    parts = Parts(route("faq", 0.8), sure_from=NOTHING)

    decision = parts.decide("show my last invoice")

    assert (decision.route.agent, decision.source) == (RouteLabel.FAQ, RouteSource.MODEL)
    assert decision.embedding is not None


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("weather in paris tomorrow", RouteSource.EMBEDDING),
        ("ich habe weather in paris tomorrow nicht", RouteSource.MODEL),
        ("weather in paris tomorrow – 25 °C, ﬁne?", RouteSource.EMBEDDING),
        ("погода weather in paris tomorrow", RouteSource.MODEL),
        ("weather in paris tomorrow の天気", RouteSource.MODEL),
        ("الطقس weather in paris tomorrow", RouteSource.MODEL),
    ],
)
def test_no_language_is_declined_for_having_no_examples(text: str, source: RouteSource) -> None:
    parts = Parts(route("out_of_scope"))

    decision = parts.decide(text)

    assert (decision.route.agent, decision.source) == (RouteLabel.OUT_OF_SCOPE, source)


@pytest.mark.parametrize(
    ("text", "agent", "source"),
    [
        ("i wnat to tlak to a humen", RouteLabel.ESCALATION, RouteSource.KEYWORDS),
        ("upgarde me to the Enterprise paln", RouteLabel.ORDER, RouteSource.KEYWORDS),
        ("shwo my last invocie", RouteLabel.ORDER, RouteSource.EMBEDDING),
        ("hwo do i reste the pasword", RouteLabel.FAQ, RouteSource.EMBEDDING),
    ],
)
def test_a_misspelt_message_goes_where_it_was_meant_to(
    text: str, agent: RouteLabel, source: RouteSource
) -> None:
    # given a message whose slips leave no cue, and no word that the classifier learned
    parts = Parts()

    # when it is routed
    decision = parts.decide(text)

    # then it goes where the same message goes that is spelt right, and no model is asked
    assert (decision.route.agent, decision.source) == (agent, source)
    assert parts.model.asked == []


def test_a_misspelt_message_is_embedded_as_meant_and_as_written_in_one_call() -> None:
    # given a router that has learned
    parts = Parts()
    parts.decide("show my last invoice")
    parts.embedder.calls.clear()

    # when a message with slips is routed
    decision = parts.decide("show my last invocie")

    # then one call embeds both: what was meant is classified, what was written will be searched
    assert len(parts.embedder.calls) == 1
    assert parts.embedder.embedded[-2:] == ["show my last invocie", "show my last invoice"]
    assert "(similarity 1.00)" in decision.route.reasoning
    assert decision.embedding is not None
    assert decision.embedding.text == "show my last invocie"


def test_a_message_that_is_spelt_right_is_embedded_once() -> None:
    # given a router that has learned
    parts = Parts()
    parts.decide("show my last invoice")
    parts.embedder.calls.clear()

    # when a message without slips is routed, then nothing but it is embedded
    parts.decide("show my subscription")
    assert parts.embedder.embedded == ["show my subscription"]


def test_the_model_reads_a_message_as_it_is_written() -> None:
    # given a router that is never sure
    parts = Parts(route("order", 0.9), sure_from=NOTHING)

    # when a message with slips is routed
    parts.decide("show my last invocie")

    # then the model is shown what the customer wrote
    assert "invocie" in str(parts.model.asked[0])
    assert "invoice" not in str(parts.model.asked[0].messages[-1])


def test_a_misspelt_yes_stays_with_who_asked() -> None:
    decision = Parts().decide("pleese", said("order", "Shall I show all invoices?"))

    assert (decision.route.agent, decision.source) == (RouteLabel.ORDER, RouteSource.FOLLOW_UP)


def test_wishes_are_heard_in_spite_of_slips() -> None:
    # given two wishes with slips in what tells them apart
    parts = Parts()

    # when the message is routed
    decision = parts.decide("show my last invocie and how do i reste the pasword?")

    # then both are found, and each is searched as it was meant
    assert [(wish.label, wish.text) for wish in decision.wishes] == [
        (RouteLabel.ORDER, "show my last invoice"),
        (RouteLabel.FAQ, "how do i reset the password?"),
    ]


def test_with_the_model_down_a_message_in_another_language_is_not_declined() -> None:
    parts = Parts(ModelUnavailableError("down", retryable=False))

    decision = parts.decide("ich habe weather in paris tomorrow nicht")

    assert (decision.route.agent, decision.source) == (RouteLabel.FAQ, RouteSource.KEYWORDS)


def test_without_embeddings_the_model_decides() -> None:
    parts = Parts(route("order"))
    parts.decide("show my subscription")
    parts.embedder.is_down = True

    decision = parts.decide("how do i export the board")

    assert (decision.route.agent, decision.source) == (RouteLabel.ORDER, RouteSource.MODEL)
    # The search need not try again.
    assert decision.embedding is not None
    assert decision.embedding.vector is None


def test_with_neither_there_are_keywords() -> None:
    down = ModelUnavailableError("down", retryable=False)
    parts = Parts(down)
    parts.embedder.is_down = True

    decision = parts.decide("Was my payment received?")

    assert (decision.route.agent, decision.source) == (RouteLabel.ORDER, RouteSource.KEYWORDS)
    assert decision.failure == "down"


def test_with_the_model_down_an_unsure_classifier_is_better_than_keywords() -> None:
    down = ModelUnavailableError("down", retryable=False)

    order = Parts(down, sure_from=NOTHING).decide("show my last invoice")
    aside = Parts(down, sure_from=NOTHING).decide("who won the football match")

    assert (order.route.agent, order.source) == (RouteLabel.ORDER, RouteSource.EMBEDDING)
    assert order.failure == "down"
    # A customer is not turned away on a doubt.
    assert (aside.route.agent, aside.source) == (RouteLabel.FAQ, RouteSource.KEYWORDS)


@pytest.mark.parametrize(
    "text",
    [
        "Get me a human, please. I have waited long enough.",
        "I was charged twice. This is ridiculous!",
        "Why was I charged, my lawyer asks",
        "I want to file a complaint",
        "i need to speak with your manager",
        "Can you put me through to a real person?",
        "You lost all our data, this is a data breach",
        "no more bots",
    ],
)
def test_a_matter_for_a_person_goes_to_escalation_whatever_else_it_says(text: str) -> None:
    parts = Parts()

    decision = parts.decide(text, said("faq", "Anything else?"))

    assert decision.route.agent is RouteLabel.ESCALATION
    assert parts.model.asked == []
    assert parts.embedder.calls == []


@pytest.mark.parametrize(
    "text",
    [
        "Please downgrade me to Starter",
        "switch me to yearly billing",
        "update my phone number to +49 30 5550199",
        "Change my company name to Miller Ltd",
        "Can you change our last name to Meyer?",
        "I'd like to move to the Enterprise plan",
        "put my team on the Professional plan",
        "take us down to a cheaper plan",
        "My last name is now Smith, please correct it",
    ],
)
def test_who_demands_a_change_of_their_account_is_served_from_it(text: str) -> None:
    parts = Parts()

    decision = parts.decide(text)

    assert (decision.route.agent, decision.source) == (RouteLabel.ORDER, RouteSource.KEYWORDS)
    assert parts.model.asked == []


@pytest.mark.parametrize(
    "text",
    [
        "how do I switch to yearly billing?",
        "Can I downgrade to Starter?",
        "what happens when I move to the Enterprise plan",
        "where do I change my phone number?",
        "switch me to the board view",
        "put us on the list of boards",
        "move my board to the archive",
    ],
)
def test_asking_how_a_change_is_made_demands_none(text: str) -> None:
    parts = Parts(route("faq"), sure_from=NOTHING)

    assert parts.decide(text).source is RouteSource.MODEL


def test_only_order_examples_demand_a_change_of_the_account() -> None:
    demanding = [one for one in examples() if wants_own_change(one.text)]

    assert demanding
    assert {one.label for one in demanding} == {RouteLabel.ORDER}


@pytest.mark.parametrize(
    ("text", "wishes"),
    [
        ("How do I export the board? And get me a human, please.", ["faq"]),
        ("Show my last invoice. This is ridiculous!", ["order"]),
        ("Get me a human. How do I export the board, and show my last invoice", ["faq", "order"]),
    ],
)
def test_what_is_asked_beside_a_person_is_looked_up_too(text: str, wishes: list[str]) -> None:
    parts = Parts()

    decision = parts.decide(text)

    assert decision.route.agent is RouteLabel.ESCALATION
    assert parts.model.asked == []
    assert [wish.label for wish in decision.wishes] == wishes


@pytest.mark.parametrize(
    ("text", "agent", "wishes"),
    [
        (
            "Show my last invoice and how do I export the board?",
            "order",
            [("order", "Show my last invoice"), ("faq", "how do I export the board?")],
        ),
        (
            "Hi! How do I reset the password? Also, how do I invite a teammate?",
            "faq",
            [("faq", "How do I reset the password?"), ("faq", "how do I invite a teammate?")],
        ),
        ("How do I reset the password and save the board?", "faq", []),
        ("I was on holiday. How do I reset the password?", "faq", []),
    ],
)
def test_several_wishes_are_told_apart_without_the_model(
    text: str, agent: str, wishes: list[tuple[str, str]]
) -> None:
    parts = Parts()

    decision = parts.decide(text)

    assert decision.route.agent == agent
    assert parts.model.asked == []
    assert [(wish.label, wish.text) for wish in decision.wishes] == wishes


def test_a_wish_that_may_be_of_either_kind_is_served_as_both() -> None:
    parts = Parts(sure_from=0.75)

    decision = parts.decide("How do I reset the password? Show how I export my last board")

    assert decision.route.agent is RouteLabel.ORDER
    assert parts.model.asked == []
    assert [(wish.label, wish.text) for wish in decision.wishes] == [
        ("faq", "How do I reset the password?"),
        ("faq", "Show how I export my last board"),
        ("order", "Show how I export my last board"),
    ]


def test_a_wish_that_is_not_sure_is_left_to_the_whole_message() -> None:
    parts = Parts(route("order"), sure_from=NOTHING)

    decision = parts.decide("Show my last invoice and how do I export the board?")

    assert decision.wishes == ()
    assert decision.source is RouteSource.MODEL


@pytest.mark.parametrize(
    "text",
    [
        "how many people can work on a board?",
        "what is the legal name of your company?",
        "can I invite an agent of ours as a guest?",
        "Who was the first person on the moon?",
        "I was charged twice, can you check it?",
        "do you have a mobile app",
        "how do I put a person on a project?",
        "can I transfer a board to another person",
        "I want someone else to see my board",
        "I need a manager role for Tom",
    ],
)
def test_calm_questions_carry_no_cue(text: str) -> None:
    parts = Parts(route("faq"), sure_from=NOTHING)

    assert parts.decide(text).source is RouteSource.MODEL


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "the second one",
        "and for a year?",
        "No, the other one",
        "why?",
        "2",
        "how many seats?",
    ],
)
@pytest.mark.parametrize("agent", ["faq", "order"])
def test_short_follow_ups_stay_with_who_spoke_last(text: str, agent: str) -> None:
    parts = Parts()

    decision = parts.decide(
        text, said(None, "Hi", "customer"), said(agent, "Shall I look at the yearly price too?")
    )

    assert decision.route.agent.value == agent
    assert decision.source is RouteSource.FOLLOW_UP
    assert parts.model.asked == []
    assert parts.embedder.calls == []


def test_who_accepts_the_offer_of_a_ticket_gets_one() -> None:
    offer = said("faq", "I don't know. Would you like me to open a ticket for you?")

    accepted, declined = Parts().decide("yes please", offer), Parts().decide("no", offer)

    assert accepted.route.agent is RouteLabel.ESCALATION
    assert accepted.source is RouteSource.FOLLOW_UP
    assert declined.route.agent is RouteLabel.FAQ


@pytest.mark.parametrize(
    ("code", "accepts", "declines"),
    [
        ("de", "ja, bitte", "nein"),
        ("fr", "oui", "non merci"),
        ("es", "sí, por favor", "no"),
        ("pt", "sim", "não"),
        ("it", "certo", "no"),
    ],
)
def test_our_offer_of_a_ticket_is_accepted_in_its_own_language(
    code: str, accepts: str, declines: str
) -> None:
    offer = said("faq", language(code).phrases["unknown"])

    assert Parts().decide(accepts, offer).route.agent is RouteLabel.ESCALATION
    assert Parts().decide(declines, offer).route.agent is RouteLabel.FAQ


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("show my invoice", said("faq", "Anything else?")),
        ("ok", said("escalation", "Your ticket is FD-1. A person answers by noon.")),
        ("yes", said(None, "I am Ann, I look into it.", "staff")),
        ("and how do I get the whole of it into a spreadsheet?", said("order", "Anything else?")),
    ],
)
def test_what_can_stand_alone_is_no_follow_up(text: str, last: Message) -> None:
    assert Parts().decide(text, last).source is RouteSource.EMBEDDING


@pytest.mark.parametrize(
    "text",
    [
        "is it paid?",
        "in which plan?",
        "ist das bezahlt?",
        "to enterprise",
        "to the yearly one",
        "on Android",
        "auf Enterprise",
        "pour Android",
        "para Enterprise",
        "con Android",
        "com o Android",
        "per Android",
    ],
)
@pytest.mark.parametrize("agent", ["faq", "order"])
def test_a_question_that_points_back_stays_with_who_spoke_last(text: str, agent: str) -> None:
    decision = Parts().decide(text, said(agent, "Invoice INV-1, of the Free plan."))

    assert (decision.route.agent.value, decision.source) == (agent, RouteSource.FOLLOW_UP)


@pytest.mark.parametrize(
    "text",
    [
        "can you open one?",
        "can somebody check it?",
        "is it my plan?",
        "to your manager",
        "mit einem Menschen",
        "con una persona",
        "a refund",
        "to our invoices",
    ],
)
def test_a_wish_or_another_matter_does_not_stay(text: str) -> None:
    decision = Parts().decide(text, said("faq", "Ten of them."))

    assert decision.source is not RouteSource.FOLLOW_UP


IN_VAIN = [
    "still not working",
    "I did all that already",
    "Sorry, that didn't help!",
    "none of that worked",
    "no luck",
    "Das hat nicht geholfen",
    "Habe ich schon probiert",
    "Ça ne marche toujours pas",
    "J'ai déjà essayé",
    "Sigue sin funcionar",
    "Ya lo probé",
    "Isso não ajudou",
    "Já tentei isso",
    "Ancora non funziona",
    "Ho già provato",
]
STEPS = Citation(number=1, document_id="d", title="Sync", section="", snippet="Clear the cache.")


@pytest.mark.parametrize("text", IN_VAIN)
def test_who_was_told_something_in_vain_gets_a_person(text: str) -> None:
    told = said("faq", "Clear the cache. [1]").model_copy(update={"citations": (STEPS,)})

    decision = Parts().decide(text, told)

    assert decision.route.agent is RouteLabel.ESCALATION
    assert decision.source is RouteSource.FOLLOW_UP


@pytest.mark.parametrize(
    ("text", "citations"),
    [
        *((text, ()) for text in IN_VAIN[:3]),
        ("that helped", (STEPS,)),
        ("does the app not work on Android?", (STEPS,)),
        ("I did that, and now my board shows another error", (STEPS,)),
    ],
)
def test_nothing_is_in_vain_that_was_not_told_or_that_helped(
    text: str, citations: tuple[Citation, ...]
) -> None:
    told = said("faq", "How can I help?").model_copy(update={"citations": citations})

    assert Parts().decide(text, told).source is not RouteSource.FOLLOW_UP


def test_a_first_short_message_is_no_follow_up() -> None:
    assert Parts().decide("yes").source is RouteSource.EMBEDDING


def test_until_it_is_trained_the_model_serves() -> None:
    # given a process that trains already
    parts = Parts(route("order"), route("order"))
    assert parts.store.claim(parts.embedder.model, parts.learned._fingerprint, seconds=100)

    # then nobody else does, and the model decides
    assert parts.decide("show my subscription").source is RouteSource.MODEL
    assert parts.embedder.calls == []

    # when it has been trained elsewhere, it is taken from there after a while
    parts.now += 101
    parts.another_process().classifier()
    assert parts.decide("show my subscription").source is RouteSource.EMBEDDING


def test_what_was_trained_once_is_read_by_the_next_process() -> None:
    parts = Parts()
    first = parts.learned.classifier()
    first = parts.learned.classifier()
    calls = len(parts.embedder.calls)

    second = parts.another_process().classifier()

    assert first is not None
    assert second is not None
    assert len(parts.embedder.calls) == calls
    [vector] = parts.embedder.embed(["show my last invoice"])
    one, other = (found.classify("show my last invoice", vector) for found in (first, second))
    assert one is not None
    assert other is not None
    assert (one.label, one.nearest) == (other.label, other.nearest)
    assert one.confidence == pytest.approx(other.confidence, abs=1e-3)


def test_training_that_fails_is_tried_again_when_the_claim_has_run_out() -> None:
    parts = Parts()
    parts.embedder.is_down = True
    assert parts.learned.classifier() is None
    parts.embedder.is_down = False

    parts.now += LOOK_AGAIN_SECONDS
    assert parts.learned.classifier() is None

    parts.now += 1_000
    parts.learned.classifier()
    assert parts.learned.classifier() is not None


def test_a_store_out_of_reach_or_broken_leaves_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = Parts(route("order"), route("order"))

    def out_of_reach(*_: object) -> bytes:
        raise InfrastructureError("down")

    with monkeypatch.context() as patch:
        patch.setattr(parts.store, "load", out_of_reach)
        assert parts.decide("show my subscription").source is RouteSource.MODEL
    parts.store.save(parts.embedder.model, parts.learned._fingerprint, b"not a classifier")
    parts.now += LOOK_AGAIN_SECONDS
    assert parts.decide("show my subscription").source is RouteSource.MODEL
    assert [name for name, _ in parts.telemetry.events] == ["router.not_loaded"] * 2


def test_an_embedding_of_another_size_leaves_the_model() -> None:
    parts = Parts(route("order"))
    parts.decide("show my subscription")
    parts.embedder._dimensions = 7

    assert parts.decide("show my subscription").source is RouteSource.MODEL


def test_the_examples_that_come_with_the_code_cover_every_label() -> None:
    counts = {label: sum(one.label is label for one in examples()) for label in RouteLabel}

    assert min(counts.values()) >= 100


def test_no_text_is_no_reason_to_embed() -> None:
    parts = Parts(route("faq"))

    decision = parts.router.decide(Window((), "  "), parts.session())

    assert decision.source is RouteSource.MODEL
    assert parts.embedder.calls == []


@pytest.mark.parametrize("text", ["ok thanks", "are you a robto?", "are you a human?"])
@pytest.mark.parametrize("agent", ["faq", "order", "escalation"])
def test_small_talk_is_nobodys_but_faqs_whoever_spoke_last(text: str, agent: str) -> None:
    parts = Parts()

    decision = parts.decide(text, said(agent, "Would you like me to open a ticket?"))

    assert (decision.route.agent, decision.small_talk) == (RouteLabel.FAQ, True)
    assert parts.embedder.embedded == []


@pytest.mark.parametrize(
    "text",
    [
        "compare the plans",
        "which plan is cheapest?",
        "Which plan is best for 10 people?",
        "what's the difference between the plans?",
        "which tier should we take?",
        "is there a free plan?",
        "which plan do I need for the api",
        "tell me about your plans",
    ],
)
def test_which_plans_there_are_is_general(text: str) -> None:
    parts = Parts(sure_from=NOTHING)

    decision = parts.decide(text)

    assert decision.route.agent is RouteLabel.FAQ
    assert decision.source is RouteSource.KEYWORDS


@pytest.mark.parametrize(
    "text",
    [
        "which plan am I on?",
        "is my plan the right plan for 20 people?",
        "do we have the cheapest plan?",
        "what are your plans for tonight?",
        "how much is the professional plan?",
    ],
)
def test_what_may_be_about_the_own_plan_is_left_to_who_knows_more(text: str) -> None:
    parts = Parts(route("order"), sure_from=NOTHING)

    assert parts.decide(text).source is RouteSource.MODEL


@pytest.mark.parametrize(
    "text",
    [
        "someone hacked my account",
        "my account has been compromised",
        "somebody else is using my login",
    ],
)
def test_a_stolen_account_is_a_matter_for_a_person(text: str) -> None:
    decision = Parts(sure_from=NOTHING).decide(text)

    assert decision.route.agent is RouteLabel.ESCALATION
    assert "a matter of safety" in decision.route.reasoning
