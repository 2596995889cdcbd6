"""The languages that are spoken here: told apart, spoken in, and listened to."""

import string

import pytest

from agent_worker.languages import CODES, detect, known, language, languages
from agent_worker.phrases import action_effect
from agent_worker.routing.cues import escalating_cue, wants_own_change
from frontdesk.domain.actions import CONTACT_FIELDS, ActionKind, RefusalReason

MATTERS_FOR_A_PERSON = {
    "de": [
        "Ich möchte mit einem Menschen sprechen.",
        "Kann ich bitte mit einem Mitarbeiter reden?",
        "Verbinden Sie mich mit Ihrem Vorgesetzten",
        "Ich will jemanden sprechen, der echt ist",
        "Bitte rufen Sie mich an",
        "Ich will mit keinem Bot schreiben",
        "Das ist eine Frechheit, ich bin wirklich sauer!",
        "Ich möchte mich beschweren",
        "Mein Anwalt wird sich bei Ihnen melden",
        "Alle unsere Daten sind weg",
    ],
    "fr": [
        "Je voudrais parler à un humain",
        "Puis-je parler avec quelqu'un de votre équipe ?",
        "Je veux parler à un responsable",
        "Je souhaite joindre un conseiller",
        "Rappelez-moi s'il vous plaît",
        "Je ne veux pas de robot",
        "C'est inadmissible, je suis furieux !",
        "Je veux déposer une réclamation",
        "Je vais contacter mon avocat",
        "Nous avons perdu toutes nos données",
    ],
    "es": [
        "Quiero hablar con una persona",
        "¿Puedo hablar con un agente?",
        "Necesito hablar con su supervisor",
        "Quiero un humano por favor",
        "Que me llamen hoy",
        "No quiero hablar con un robot",
        "Esto es inaceptable, estoy furioso",
        "Quiero poner una queja",
        "Voy a llamar a mi abogado",
        "Perdimos todos nuestros datos",
    ],
    "pt": [
        "Quero falar com uma pessoa",
        "Posso falar com um atendente?",
        "Preciso falar com o gerente",
        "Quero um humano por favor",
        "Por favor me liguem",
        "Não quero falar com um robô",
        "Isto é inaceitável, estou furioso",
        "Quero fazer uma reclamação",
        "Vou falar com o meu advogado",
        "Perdi todos os meus dados",
    ],
    "it": [
        "Voglio parlare con una persona",
        "Posso parlare con un operatore?",
        "Vorrei parlare con il responsabile",
        "Voglio un operatore per favore",
        "Chiamatemi per favore",
        "Non voglio parlare con un robot",
        "È inaccettabile, sono furioso",
        "Voglio fare un reclamo",
        "Mi rivolgerò al mio avvocato",
        "Abbiamo perso tutti i nostri dati",
    ],
}
CALM = {
    "de": ["Wie lade ich eine Person in mein Projekt ein?", "Wo finde ich meine Rechnung?"],
    "fr": ["Comment inviter une personne dans un projet ?", "Combien coûte le forfait par an ?"],
    "es": ["¿Cómo invito a una persona a mi proyecto?", "¿Dónde está mi factura?"],
    "pt": ["Como convido uma pessoa para o projeto?", "Quanto custa o plano por ano?"],
    "it": ["Come invito una persona nel mio progetto?", "Quanto costa il piano per un anno?"],
    "en": ["Do we do justice to the plan?", "What is the demand for seats?", "Is Marre a plan?"],
}


OWN_CHANGES = {
    "de": [
        "Bitte kündigen Sie mein Abonnement",
        "Ich möchte mein Abo kündigen.",
        "Können Sie bitte die Verlängerung stornieren?",
        "Ich möchte auf den Starter-Tarif wechseln",
        "Ich hätte gern die Rechnung INV-2024-002 erstattet",
        "Bitte ändern Sie meine Telefonnummer auf +49 30 1234567",
    ],
    "fr": [
        "Veuillez annuler mon abonnement",
        "Je souhaite résilier mon abonnement.",
        "Pouvez-vous arrêter le renouvellement ?",
        "Je voudrais passer au forfait Starter",
        "Je voudrais être remboursé de la facture INV-2024-002",
        "Merci de changer mon numéro de téléphone en +33 1 23 45 67 89",
    ],
    "es": [
        "Por favor, cancele mi suscripción",
        "Quiero cancelar la renovación.",
        "¿Puede cancelar mi suscripción?",
        "Quiero cambiar al plan Starter",
        "Quiero un reembolso de la factura INV-2024-002",
        "Por favor, cambie mi número de teléfono a +34 600 123 456",
    ],
    "pt": [
        "Por favor, cancelem a minha assinatura",
        "Quero cancelar a renovação.",
        "Pode cancelar a minha assinatura?",
        "Gostaria de mudar para o plano Starter",
        "Quero o reembolso da fatura INV-2024-002",
        "Por favor, altere o meu número de telefone para +351 21 123 4567",
    ],
    "it": [
        "Per favore, disdica il mio abbonamento",
        "Vorrei annullare il rinnovo.",
        "Può annullare il mio abbonamento?",
        "Vorrei passare al piano Starter",
        "Vorrei il rimborso della fattura INV-2024-002",
        "Vorrei cambiare il mio numero di telefono in +39 06 1234567",
    ],
}
NO_CHANGES = {
    "de": [
        "Wie kündige ich mein Abonnement?",
        "Kann ich mein Abo jederzeit kündigen?",
        "Ich möchte wissen, wie ich auf Starter wechsle",
        "Was kostet der Starter-Tarif?",
        "Ich möchte meine letzte Rechnung sehen",
    ],
    "fr": [
        "Comment annuler mon abonnement ?",
        "Je voudrais savoir si je peux passer au forfait Starter",
        "Quelle est votre politique de remboursement ?",
        "Je voudrais voir ma dernière facture",
    ],
    "es": [
        "¿Cómo cancelo mi suscripción?",
        "¿Cuánto cuesta cambiar al plan Starter?",
        "Quiero saber qué pasa si cancelo mi suscripción",
        "Quiero ver mi última factura",
    ],
    "pt": [
        "Como cancelo a minha assinatura?",
        "Quanto custa mudar para o plano Starter?",
        "Gostaria de saber como cancelar a assinatura",
        "Quero ver a minha última fatura",
    ],
    "it": [
        "Come annullo il mio abbonamento?",
        "Quanto costa passare al piano Starter?",
        "Vorrei sapere come disdire il mio abbonamento",
        "Vorrei vedere la mia ultima fattura",
    ],
}


@pytest.mark.parametrize(
    "message", [message for messages in OWN_CHANGES.values() for message in messages]
)
def test_a_change_of_ones_own_account_is_heard_in_every_language(message: str) -> None:
    assert wants_own_change(message)
    assert escalating_cue(message) is None


@pytest.mark.parametrize(
    "message",
    [message for messages in [*NO_CHANGES.values(), *CALM.values()] for message in messages],
)
def test_who_asks_how_demands_no_change(message: str) -> None:
    assert not wants_own_change(message)


@pytest.mark.parametrize(
    "message", [message for messages in MATTERS_FOR_A_PERSON.values() for message in messages]
)
def test_a_matter_for_a_person_is_heard_in_every_language(message: str) -> None:
    assert escalating_cue(message) is not None


@pytest.mark.parametrize("message", [message for messages in CALM.values() for message in messages])
def test_a_calm_question_is_no_matter_for_a_person(message: str) -> None:
    assert escalating_cue(message) is None


@pytest.mark.parametrize(
    ("code", "message"),
    [(code, message) for code, messages in CALM.items() for message in messages],
)
def test_a_short_message_tells_its_language(code: str, message: str) -> None:
    found = detect(message)

    assert found is not None
    assert found.code == code


@pytest.mark.parametrize("message", ["", "ok", "INV-2024-001", "??", "no", "John Smith"])
def test_what_says_too_little_is_of_no_language(message: str) -> None:
    assert detect(message) is None


@pytest.mark.parametrize(
    ("tag", "code"), [("de-AT", "de"), ("PT_br", "pt"), ("en", "en"), ("nl", None), (None, None)]
)
def test_a_tag_names_a_language_if_it_is_spoken_here(tag: str | None, code: str | None) -> None:
    found = known(tag)

    assert (found.code if found else None) == code


SENTENCES = ("phrases", "titles", "effects", "contact", "refusals")


@pytest.mark.parametrize("code", CODES)
def test_every_language_says_everything_that_is_said(code: str) -> None:
    english, own = language("en"), language(code)

    assert own.promises.keys() == english.promises.keys()
    assert own is english or own.changes.keys() == {"demand", "question", *ActionKind}
    assert own.answers.keys() == english.answers.keys() == {"yes", "no", "courtesy", "in_vain"}
    for section in SENTENCES:
        said, model = getattr(own, section), getattr(english, section)
        assert said.keys() == model.keys()
        for name, phrase in said.items():
            assert _fields(phrase) == _fields(model[name]), name
    others = [one for one in languages() if one is not own]
    assert all(own.phrases["unsure"] != one.phrases["unsure"] for one in others)
    assert all(own.effects["change_plan"] != one.effects["change_plan"] for one in others)


def test_every_action_and_every_refusal_has_its_words() -> None:
    english = language("en")

    assert english.titles.keys() == english.effects.keys() == set(ActionKind)
    assert english.contact.keys() - {"removed"} == set(CONTACT_FIELDS)
    assert english.refusals.keys() == set(RefusalReason)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (
            ActionKind.CHANGE_PLAN,
            {"from_plan": "professional", "plan": "starter", "effective_on": "2026-11-30"},
        ),
        (ActionKind.CANCEL_RENEWAL, {"plan": "starter", "ends_on": "2026-11-30"}),
        (
            ActionKind.REQUEST_REFUND,
            {"invoice_number": "INV-7", "amount": "53.41", "currency": "EUR"},
        ),
        (ActionKind.UPDATE_CONTACT, {"phone": "+1 555 0199", "company_name": "A {b} Ltd"}),
    ],
)
def test_what_is_confirmed_is_said_whole_in_every_language(
    code: str, kind: ActionKind, arguments: dict[str, str]
) -> None:
    effect = action_effect(kind, arguments, language(code))

    assert all(value.lower() in effect.lower() for value in arguments.values())
    if kind is ActionKind.REQUEST_REFUND:
        assert "53.41 EUR" in effect


@pytest.mark.parametrize("code", CODES)
def test_a_detail_that_is_taken_out_is_said_to_be(code: str) -> None:
    effect = action_effect(ActionKind.UPDATE_CONTACT, {"phone": ""}, language(code))

    assert language(code).contact["removed"] in effect


def _fields(phrase: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(phrase) if field}
