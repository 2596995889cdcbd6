"""The languages that are spoken here: told apart, spoken in, and listened to."""

import string

import pytest

from agent_worker.languages import CODES, detect, known, language, languages
from agent_worker.phrases import action_effect
from agent_worker.routing.cues import escalating_cue
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
    assert own.answers.keys() == english.answers.keys() == {"yes", "no", "courtesy"}
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
