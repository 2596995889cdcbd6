"""What a reply promises needs a ticket or a record behind it; offers and quotes promise nothing."""

import pytest

from agent_worker.promises import Backing, empty_promises

PASSAGE = (
    "After a report our team will contact you within one day. You will receive the refund by card."
)
NOTHING = Backing(has_ticket=lambda: False, is_cancelled=False, passages=(PASSAGE,))
TICKET = Backing(has_ticket=lambda: True, is_cancelled=False)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("We will get back to you soon.", "contact"),
        ("Someone will call you.", "contact"),
        ("One of our specialists will look into this.", "contact"),
        ("You'll hear from us tomorrow.", "contact"),
        ("I’ll forward this to the team.", "ticket"),
        ("I have opened a ticket.", "ticket"),
        ("I've refunded the last payment.", "refund"),
        ("Your refund has been processed.", "refund"),
        ("Your refund of 53.41 USD has been approved.", "refund"),
        ("I will issue a refund right away.", "refund"),
        ("You'll be credited the full amount.", "outcome"),
        ("I have cancelled your subscription.", "cancel"),
        ("Your account has been closed.", "cancel"),
        ("I've upgraded you to the big plan.", "change"),
        ("Your e-mail has been updated.", "change"),
        ("If you like: I have refunded you.", "refund"),
        ("Wir melden uns in Kürze bei Ihnen.", "contact"),
        ("Ein Mitarbeiter wird sich darum kümmern.", "contact"),
        ("Ich habe Ihnen den Betrag erstattet.", "refund"),
        ("Ich habe Ihr Abonnement gekündigt.", "cancel"),
        ("Nous allons vous contacter.", "contact"),
        ("J'ai annulé votre abonnement.", "cancel"),
        ("Votre remboursement a été effectué.", "refund"),
        ("He cancelado su suscripción.", "cancel"),
        ("Nuestro equipo se pondrá en contacto con usted.", "contact"),
        ("Cancelei a sua assinatura.", "cancel"),
        ("A nossa equipa vai responder em breve.", "contact"),
        ("Ho annullato il suo abbonamento.", "cancel"),
        ("Un collega la contatterà.", "contact"),
    ],
)
def test_a_promise_without_anything_behind_it_is_found(reply: str, kind: str) -> None:
    [found] = empty_promises(f"I see. {reply}", NOTHING)

    assert (found.kind, found.sentence) == (kind, reply)


@pytest.mark.parametrize(
    "reply",
    [
        "Would you like me to open a ticket, so that a person will look into it?",
        "If you want, I can ask a colleague to call you.",
        "I can open a ticket so that our team will get back to you.",
        "You can cancel your subscription in Settings.",
        "Your subscription renews monthly; the invoice has been paid.",
        "Our team will contact you within one day [1].",
        "You will receive the refund by card [1].",
        "Click **Cancel** and we stop the renewal at the period's end.",
        "Soll ich ein Ticket eröffnen, damit sich jemand bei Ihnen meldet?",
        "Sie können Ihr Abonnement in den Einstellungen kündigen.",
        "Voulez-vous que j'ouvre un ticket ?",
        "¿Quiere que abra un ticket?",
        "Quer que eu abra um ticket?",
        "Vuole che apra un ticket?",
    ],
)
def test_an_offer_an_instruction_or_a_quote_is_no_promise(reply: str) -> None:
    assert empty_promises(reply, NOTHING) == []


def test_a_ticket_stands_behind_what_a_person_will_do() -> None:
    assert empty_promises("I have opened a ticket. A person of our team will reply.", TICKET) == []
    assert empty_promises("I have added this to your ticket.", TICKET) == []


def test_no_ticket_stands_behind_what_only_a_person_could_have_done() -> None:
    found = empty_promises("I have opened a ticket. I have refunded you.", TICKET)

    assert [promise.kind for promise in found] == ["refund"]


def test_a_record_stands_behind_what_it_says() -> None:
    cancelled = Backing(has_ticket=lambda: False, is_cancelled=True)

    assert empty_promises("Your subscription has been cancelled.", cancelled) == []
