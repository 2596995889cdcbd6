"""Nothing of a customer's is changed but what that customer was shown and said yes to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from agent_worker.languages import language, languages
from frontdesk.clock import utc_now
from frontdesk.domain.actions import ActionKind, ActionPolicy, ActionStatus, ProposedAction
from frontdesk.domain.conversation import Handler, MessageRole
from frontdesk.domain.records import Customer, Plan, Subscription, SubscriptionStatus
from frontdesk.domain.task import AgentName, Task, TaskStatus
from frontdesk.principal import Principal, PrincipalKind
from tests.support.actions import EVERYTHING, a_subscription, an_invoice
from tests.support.fake_conversations import FakeConversationStore, a_customer
from tests.support.fake_knowledge import FakeKnowledgeSearch
from tests.support.fake_model import Asked, ScriptedModel, route, text, tools
from tests.support.worker import BACKEND, DAVID, GUEST, JOHN, Desk, a_hit

CANCEL: tuple[str, dict[str, Any]] = ("propose_renewal_cancellation", {})
STAFF = Principal(kind=PrincipalKind.STAFF, subject="https://id.example|staff", email="s@x.example")


@dataclass
class World:
    """A desk, and John's account with it."""

    desk: Desk
    model: ScriptedModel
    store: FakeConversationStore
    policy: ActionPolicy = EVERYTHING

    def ask(self, words: str, by: Principal = JOHN, **changes: Any) -> Task:
        message = self.desk.accept(words, by, **changes)
        assert self.desk.deliver(message, actions=self.policy)
        return self.desk.task(message)

    def propose(self, *wanted: tuple[str, dict[str, Any]], by: Principal = JOHN) -> Task:
        self.model.will(route("order"), tools(*(wanted or (CANCEL,))), text("I can do that."))
        # A detail that the sender did not give would not be proposed.
        said = [str(value) for _, arguments in wanted for value in arguments.values()]
        return self.ask(f"Please change my subscription: {', '.join(said)}", by)

    def say(self, words: str, after: Task, by: Principal = JOHN, **changes: Any) -> Task:
        return self.ask(words, by, conversation_id=after.conversation_id, **changes)

    @property
    def subscription(self) -> Subscription:
        return self.store.records.subscriptions[0]

    @property
    def customer(self) -> Customer:
        return self.store.records.customers[0]

    @property
    def statuses(self) -> list[ActionStatus]:
        return [action.status for action in self.store.records.actions]


@pytest.fixture
def world() -> World:
    store, model = FakeConversationStore(), ScriptedModel()
    for email in ("john@startup.example", "david@agency.example"):
        customer = a_customer(email, phone="+1-555-0101")
        store.records.customers.append(customer)
        store.records.subscriptions.append(a_subscription(customer.id))
        store.records.invoices.append(an_invoice(customer.id, f"INV-{email[0].upper()}"))
    knowledge = FakeKnowledgeSearch((a_hit("Click it."),))
    return World(Desk(model, store, knowledge), model, store)


def proposed(task: Task) -> ProposedAction:
    assert task.proposed_action is not None
    return task.proposed_action


def test_a_proposal_changes_nothing_and_says_what_it_would_do(world: World) -> None:
    before = world.subscription

    task = world.propose()

    action = proposed(task)
    assert world.subscription == before
    assert action.kind is ActionKind.CANCEL_RENEWAL
    assert task.response is not None
    assert action.effect in task.response
    assert "answer **yes**" in task.response
    assert world.store.messages[-1][1].proposed_action == action
    assert world.statuses == [ActionStatus.PROPOSED]
    assert action.expires_at > utc_now()


@pytest.mark.parametrize("words", ["yes", "Yes, please!", "ok do it", "Ja, bitte", "sí", "👍 yes"])
def test_a_plain_yes_confirms_without_asking_the_model(world: World, words: str) -> None:
    first = world.propose()
    asked = len(world.model.asked)

    task = world.say(words, first)

    assert task.status is TaskStatus.COMPLETED
    assert world.subscription.end_date == date.fromisoformat(proposed(first).arguments["ends_on"])
    assert len(world.model.asked) == asked
    assert task.response == f"Done. {proposed(first).effect}"
    assert [(record.kind, record.id) for record in task.records] == [
        ("subscription", world.subscription.id)
    ]
    assert task.proposed_action is None
    assert world.statuses == [ActionStatus.DONE]
    (entry,) = world.store.records.audit
    assert (entry.actor, entry.action) == (JOHN, "subscription.cancel_renewal")
    assert entry.details["after"]["end_date"] == proposed(first).arguments["ends_on"]


def test_the_token_confirms_whatever_the_message_says(world: World) -> None:
    first = world.propose()

    world.say("Cancel the renewal", first, confirm_action=proposed(first).token)

    assert world.subscription.end_date is not None


@pytest.mark.parametrize(
    "words",
    [
        "no",
        "No, thanks",
        "nein danke",
        "never mind",
        "no, wait",
        "Wait!",
        "no, don't do it",
        "not now, thanks",
        "No, I changed my mind",
    ],
)
def test_a_plain_no_drops_it(world: World, words: str) -> None:
    first = world.propose()

    task = world.say(words, first)

    assert task.response == "All right. Nothing has been changed."
    assert world.subscription.end_date is None
    assert world.statuses == [ActionStatus.DROPPED]
    assert "cannot be confirmed" in str(
        world.say("ok", first, confirm_action=proposed(first).token).response
    )
    assert world.subscription.end_date is None


@pytest.mark.parametrize(
    "words",
    [
        "yes but not before March",
        "yes?? are you mad",
        "What happens to my data?",
        "ok and what does starter cost",
        "yes to starter, no to the rest",
    ],
)
def test_whatever_else_is_said_drops_it(world: World, words: str) -> None:
    first = world.propose()
    world.model.will(route("faq"), text("Click it [1]."))

    world.say(words, first)

    assert world.statuses == [ActionStatus.DROPPED]
    world.model.will(route("faq"), text("Click it [1]."))
    world.say("yes", first)
    world.say("yes", first, confirm_action=proposed(first).token)
    assert world.subscription.end_date is None


# What is asked for in a language, what confirms it, what drops it, what leaves it open.
SPOKEN = {
    "de": ("Bitte kündigen Sie mein Abonnement", ["Ja", "ja, bitte!", "Ja gerne", "Bestätigt."],
           ["Nein", "nein danke", "Moment, jetzt nicht"],
           ["Ja, aber erst im März", "vielleicht", "ja nein", "Ja?"]),
    "fr": ("Je voudrais annuler mon abonnement", ["Oui", "oui, s’il vous plaît", "D’accord",
           "Je confirme"], ["Non", "non merci", "non, attendez"],
           ["oui mais pas maintenant", "je crois que oui"]),
    "es": ("Quiero cancelar la suscripción de mi cuenta", ["Sí", "si", "sí, por favor", "Confirmo",
           "vale"], ["No", "no, gracias", "no, espere"],
           ["sí, pero en marzo", "creo que sí", "¿sí?", "tal vez"]),
    "pt": ("Quero cancelar a assinatura da minha conta", ["Sim", "sim, por favor", "Confirmo."],
           ["Não", "não, obrigado", "nao", "agora não"],
           ["sim, mas só em março", "acho que sim", "talvez"]),
    "it": ("Vorrei disdire il mio abbonamento, per favore", ["Sì", "si", "sì, grazie", "Confermo",
           "va bene"], ["No", "no, grazie", "no, aspetti"],
           ["sì ma non ora", "penso di sì", "forse", "sì?"]),
}  # fmt: skip


def each(of: int) -> list[tuple[str, str, str]]:
    return [(code, said[0], words) for code, said in SPOKEN.items() for words in said[of]]


@pytest.mark.parametrize(("code", "asked", "words"), each(1))
def test_a_proposal_is_made_and_confirmed_in_the_customers_language(
    world: World, code: str, asked: str, words: str
) -> None:
    says = language(code)
    world.model.will(tools(CANCEL), text("…"))
    first = world.ask(asked)
    action = proposed(first)

    task = world.say(words, first)

    ends = action.arguments["ends_on"]
    assert action.title == says.titles[ActionKind.CANCEL_RENEWAL]
    assert action.effect == says.effects[ActionKind.CANCEL_RENEWAL].format(
        plan="Professional", ends_on=ends
    )
    assert says.phrases["proposal"].partition("{effect}")[2].partition("{")[0] in str(
        first.response
    )
    assert task.response == says.phrases["done"].format(effect=action.effect)
    assert world.subscription.end_date == date.fromisoformat(ends)


@pytest.mark.parametrize(("code", "asked", "words"), each(2))
def test_a_no_in_the_customers_language_drops_it(
    world: World, code: str, asked: str, words: str
) -> None:
    world.model.will(tools(CANCEL), text("…"))
    first = world.ask(asked)

    task = world.say(words, first)

    assert task.response == language(code).phrases["declined"]
    assert world.subscription.end_date is None
    assert world.statuses == [ActionStatus.DROPPED]


@pytest.mark.parametrize(("code", "asked", "words"), each(3))
def test_who_hesitates_confirms_nothing(world: World, code: str, asked: str, words: str) -> None:
    world.model.will(tools(CANCEL), text("…"))
    first = world.ask(asked, language=code)
    world.model.will(route("order"), text("…"))

    world.say(words, first, language=code)

    assert world.subscription.end_date is None
    assert world.statuses == [ActionStatus.DROPPED]


@pytest.mark.parametrize("code", SPOKEN)
def test_a_refusal_is_in_the_customers_language(world: World, code: str) -> None:
    says = language(code)
    world.model.will(route("order"), tools(CANCEL), text("…"))
    first = world.ask("Abo?", language=code)
    gone = {"end_date": date(2027, 1, 31)}
    world.store.records.subscriptions[0] = world.subscription.model_copy(update=gone)

    task = world.say("ok", first, language=code)
    late = world.say("ok", first, language=code, confirm_action=proposed(first).token)

    reason = says.refusals["ending"].format(day="2027-01-31")
    assert task.response == f"{says.phrases['not_done']} {reason}"
    assert late.response == says.phrases["not_confirmable"]
    world.model.will(route("order"), tools(CANCEL), text("…"))
    world.say("Abo?", first, language=code)
    assert reason in world.model.asked[-1].messages[-1].content


def test_what_is_done_is_what_was_shown_whatever_it_was_called(world: World) -> None:
    first = world.propose(("propose_plan_change", {"plan": "starter"}))
    world.store.records.subscriptions[0] = world.subscription.model_copy(
        update={"plan": Plan.ENTERPRISE}
    )

    task = world.say("yes", first)

    assert "Your account has changed since" in str(task.response)
    assert world.subscription.next_plan is None
    assert world.statuses == [ActionStatus.REFUSED]


def test_a_refund_is_not_asked_for_over_another_amount(world: World) -> None:
    first = world.propose(("propose_refund_request", {"invoice_number": "INV-J"}))
    changed = {"currency": "EUR"}
    invoice = world.store.records.invoices[0]
    world.store.records.invoices[0] = invoice.model_copy(update=changed)

    world.say("yes", first)

    assert world.statuses == [ActionStatus.REFUSED]
    assert world.store.records.tickets == []


def test_a_token_is_good_once(world: World) -> None:
    first = world.propose(("propose_plan_change", {"plan": "starter"}))
    token = proposed(first).token
    world.say("yes", first, confirm_action=token)
    done = world.subscription

    again = world.say("yes", first, confirm_action=token)

    assert "cannot be confirmed any more" in str(again.response)
    assert world.subscription == done
    assert len(world.store.records.audit) == 1


def test_nobody_else_confirms_it(world: World) -> None:
    first = world.propose()
    token = proposed(first).token

    # David in a conversation of his own, and a guest, with John's token.
    for by in (DAVID, GUEST):
        task = world.ask("yes", by, confirm_action=token)
        assert "cannot be confirmed any more" in str(task.response)

    assert [one.end_date for one in world.store.records.subscriptions] == [None, None]
    assert world.statuses == [ActionStatus.PROPOSED]


def test_another_token_confirms_nothing(world: World) -> None:
    first = world.propose()

    task = world.say("yes", first, confirm_action="act_" + "0" * 32)

    assert "cannot be confirmed any more" in str(task.response)
    assert world.subscription.end_date is None
    assert world.statuses == [ActionStatus.DROPPED]


def test_an_expired_proposal_confirms_nothing(world: World) -> None:
    first = world.propose()
    message = world.desk.accept("yes", conversation_id=first.conversation_id)
    later = utc_now() + timedelta(minutes=16)

    assert world.desk.deliver(message, actions=EVERYTHING, clock=lambda: later)

    assert "cannot be confirmed any more" in str(world.desk.task(message).response)
    assert world.subscription.end_date is None
    assert world.statuses == [ActionStatus.DROPPED]


def test_a_yes_that_was_sent_before_the_proposal_confirms_nothing(world: World) -> None:
    first = world.propose()
    world.model.will(route("order"), text("What do you mean?"))
    message = world.desk.accept("yes", conversation_id=first.conversation_id)
    early = message.model_copy(update={"accepted_at": utc_now() - timedelta(minutes=1)})

    assert world.desk.deliver(early, actions=EVERYTHING)

    assert world.subscription.end_date is None


def test_what_the_policy_has_come_to_forbid_is_not_done(world: World) -> None:
    first = world.propose()
    gone = {"status": SubscriptionStatus.CANCELLED}
    world.store.records.subscriptions[0] = world.subscription.model_copy(update=gone)

    task = world.say("yes", first)

    assert "I could not do this, and nothing has been changed." in str(task.response)
    assert "cancelled" in str(task.response)
    assert world.subscription.end_date is None
    assert task.records == ()
    assert world.statuses == [ActionStatus.REFUSED]


def test_a_second_wish_replaces_the_first(world: World) -> None:
    first = world.propose()
    world.model.will(
        route("order"),
        tools(("propose_plan_change", {"plan": "starter"})),
        text("I can do that."),
    )
    second = world.say("No wait, change my plan to starter instead", first)

    world.say("yes", second)

    assert world.subscription.end_date is None
    assert world.subscription.next_plan == "starter"
    assert world.statuses == [ActionStatus.DROPPED, ActionStatus.DONE]


def test_one_action_a_turn(world: World) -> None:
    first = world.propose(CANCEL, ("propose_plan_change", {"plan": "starter"}))

    assert proposed(first).kind is ActionKind.CANCEL_RENEWAL
    assert len(world.store.records.actions) == 1


def test_a_confirmed_refund_makes_a_ticket_for_a_person(world: World) -> None:
    first = world.propose(("propose_refund_request", {"invoice_number": "INV-J"}))
    assert world.store.records.tickets == []

    task = world.say("yes", first)

    (ticket,) = world.store.records.tickets
    assert task.ticket is not None
    assert ticket.number in str(task.response)
    assert ticket.category == "billing"
    assert "INV-J" in ticket.subject
    assert {record.kind for record in task.records} == {"invoice", "ticket"}
    again = world.propose(("propose_refund_request", {"invoice_number": "INV-J"}))
    assert again.proposed_action is None


def test_a_refused_refund_makes_no_ticket(world: World) -> None:
    first = world.propose(("propose_refund_request", {"invoice_number": "INV-J"}))
    world.store.records.invoices[0] = an_invoice(world.customer.id, "INV-J", status="void")

    task = world.say("yes", first)

    assert world.store.records.tickets == []
    assert task.ticket is None
    assert "nothing has been changed" in str(task.response)


def test_contact_details_are_updated(world: World) -> None:
    first = world.propose(("propose_contact_update", {"phone": "+1 555 0199"}))

    world.say("yes", first)

    assert world.customer.phone == "+1 555 0199"
    assert world.store.records.customers[1].phone == "+1-555-0101"


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (("propose_refund_request", {"invoice_number": "INV-D"}), "not_allowed"),
        (("propose_plan_change", {"plan": "professional"}), "not_allowed"),
        (("propose_plan_change", {"plan": "starter", "customer_id": "cus"}), "invalid_call"),
        (("propose_plan_change", {"plan": "free; DROP TABLE"}), "invalid_call"),
        (("propose_contact_update", {"email": "x@y.example"}), "invalid_call"),
    ],
)
def test_the_model_proposes_only_what_the_policy_allows(
    world: World, wanted: tuple[str, dict[str, Any]], reason: str
) -> None:
    task = world.propose(wanted)

    assert task.proposed_action is None
    assert world.store.records.actions == []
    assert reason in world.model.asked[-1].messages[-1].content


@pytest.mark.parametrize("by", [GUEST, STAFF])
def test_guests_and_staff_are_offered_no_action(world: World, by: Principal) -> None:
    task = world.propose(by=by)

    assert task.proposed_action is None
    assert not any("propose" in name for name in world.model.asked[-1].offered)


def test_a_customer_without_a_record_gets_nothing(world: World) -> None:
    stranger = Principal(
        kind=PrincipalKind.CUSTOMER, subject="https://id.example|new", email="new@x.example"
    )

    assert world.propose(by=stranger).proposed_action is None


def test_a_service_passes_its_customers_word_on(world: World) -> None:
    world.model.will(route("order"), tools(CANCEL), text("I can do that."))
    first = world.ask("Cancel my renewal", BACKEND, customer_email="john@startup.example")

    world.say("yes", first, by=BACKEND, customer_email="john@startup.example")

    assert world.subscription.end_date is not None


def test_nothing_is_offered_where_actions_are_off(world: World) -> None:
    world.policy = ActionPolicy()

    task = world.propose()

    assert task.proposed_action is None
    assert not any("propose" in name for name in world.model.asked[-1].offered)


def test_nothing_is_done_where_actions_were_switched_off_meanwhile(world: World) -> None:
    first = world.propose()
    world.policy = ActionPolicy()

    task = world.say("yes", first)

    assert "nothing has been changed" in str(task.response)
    assert world.subscription.end_date is None


def test_a_person_who_takes_over_keeps_the_action_from_being_done(world: World) -> None:
    first = world.propose()
    world.store.change(first.conversation_id, handler=Handler.HUMAN)

    task = world.say("yes", first)
    world.store.change(first.conversation_id, handler=Handler.AI)
    world.model.will(route("order"), text("What do you mean?"))
    later = world.say("yes", first)

    assert task.status is TaskStatus.HANDED_OFF
    assert later.status is TaskStatus.COMPLETED
    assert world.subscription.end_date is None


def test_a_proposal_that_a_person_took_over_from_is_never_made(world: World) -> None:
    def take_over(asked: Asked) -> Any:
        conversation_id = world.store.messages[-1][0]
        world.store.change(conversation_id, handler=Handler.HUMAN)
        return text("I can do that.")

    world.model.will(route("order"), tools(CANCEL), take_over)
    task = world.ask("Please cancel my renewal")

    assert task.status is TaskStatus.HANDED_OFF
    assert task.proposed_action is None
    assert world.store.records.actions == []
    assert [message.role for _, message in world.store.messages] == [MessageRole.CUSTOMER]


def test_a_confirmation_delivered_twice_is_done_once(world: World) -> None:
    first = world.propose()
    message = world.desk.accept("yes", conversation_id=first.conversation_id)
    world.desk.deliver(message, actions=EVERYTHING)
    done = world.subscription

    world.desk.deliver(message, times_before=1, actions=EVERYTHING)

    assert world.subscription == done
    assert len(world.store.records.audit) == 1


@pytest.mark.parametrize("say", [lambda task: "yes", lambda task: "no"])
def test_a_settled_turn_says_in_its_trace_what_it_settled(
    world: World, say: Callable[[Task], str]
) -> None:
    first = world.propose()

    task = world.say(say(first), first)

    trace = world.store.turns[task.task_id][0].trace
    assert proposed(first).token in {trace["confirmed_action"], trace["dropped_action"]}


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("I don't know. Would you like me to open a ticket?", "no"),
        ("Soll ich ein Ticket eröffnen?", "Nein, lass es"),
        ("I have nothing on that.", "no thanks"),
        ("Ten of them.", "no"),
        ("Would that help?", "non merci"),
    ],
)
def test_a_plain_no_to_an_offer_is_taken_and_nothing_is_looked_up(reply: str, answer: str) -> None:
    model = ScriptedModel(route("faq"), text(reply))
    desk = Desk(model)
    first = desk.ask("Do you fly to Mars?")

    task = desk.ask(answer, conversation_id=first.conversation_id)

    model.verify()
    assert task.response in {one.phrases["anything_else"] for one in languages()}
    assert (task.agent, task.ticket) == (AgentName.FAQ, None)


@pytest.mark.parametrize(("by", "answer"), [(JOHN, "no"), (GUEST, "nein")])
def test_a_plain_no_after_a_ticket_is_nothing_for_it(by: Principal, answer: str) -> None:
    model = ScriptedModel(text("A person will answer."))
    desk = Desk(model)
    first = desk.ask("I want to talk to a human", by)
    assert first.ticket is not None

    task = desk.ask(answer, by, conversation_id=first.conversation_id)

    model.verify()
    assert task.response in {one.phrases["anything_else"] for one in languages()}
    assert (task.agent, task.ticket) == (AgentName.FAQ, None)


def test_a_no_to_another_question_is_the_models() -> None:
    model = ScriptedModel(route("faq"), text("Did that work?"), text("Then try another browser."))
    desk = Desk(model)
    first = desk.ask("The page is empty")

    task = desk.ask("no", conversation_id=first.conversation_id)

    assert task.response == "Then try another browser."
