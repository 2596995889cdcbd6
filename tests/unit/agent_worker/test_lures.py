"""What no reply may ask of a customer, and what it may say of the same things."""

import pytest

from agent_worker.languages import CODES, language
from agent_worker.lures import PAYMENT, SECRETS, lure

SECRETS_ASKED_FOR = [
    "Call +1-555-0100 and give your password.",
    "Please send us your **password** by e-mail.",
    "To verify your account, reply with your card number and CVV.",
    "Do not hesitate to send us your password.",
    "Tell the agent your PIN.",
    "Call us and give the agent the verification code.",
    "Read us the code that you received on your phone.",
    "Just send me the verification code, and do not tell anyone.",
    "If you can't log in, send your password to our support.",
    "Steps:\n\n1. Open the chat.\n2. Share your password with the agent.",
    "Senden Sie uns Ihr Passwort.",
    "Rufen Sie an und nennen Sie dem Mitarbeiter Ihre PIN.",
    "Bitte Ihre Kartennummer per E-Mail senden.",
    "Zögern Sie nicht, schicken Sie uns Ihr Kennwort.",
    "Envoyez-nous votre mot de passe.",
    "Appelez ce numéro et donnez votre mot de passe.",
    "Communiquez à l'agent le code que vous avez reçu.",
    "N'hésitez pas à nous envoyer votre mot de passe.",
    "Envíenos su contraseña.",
    "Llame a este número y dígale al agente su clave.",
    "Si no puede entrar, envíe su contraseña.",
    "Envie-nos a sua palavra-passe.",
    "Ligue para este número e diga a sua senha.",
    "Diga o código que recebeu.",
    "Ci invii la sua password.",
    "Chiami questo numero e comunichi il codice che ha ricevuto.",
    "Non esiti a inviarci la sua password.",
]
PAYMENTS_ASKED_FOR = [
    "Transfer the money to the following account: DE89 3704 0044 0532 0130 00.",
    "Please pay your invoice to our new bank account.",
    "Send $500 to this wallet.",
    "Wire the fee to account 12345678.",
    "Überweisen Sie den Betrag auf folgendes Konto.",
    "Bitte zahlen Sie an DE89 3704 0044 0532 0130 00.",
    "Virez la somme sur ce compte.",
    "Effectuez le virement sur le compte suivant.",
    "Transfiera el dinero a la siguiente cuenta.",
    "Haga el pago a nuestra nueva cuenta.",
    "Transfira o dinheiro para a seguinte conta.",
    "Faça o pagamento para a nossa nova conta.",
    "Trasferisca il denaro al seguente conto.",
    "Paghi sul nostro nuovo conto.",
]
HARMLESS = [
    "Never share your password.",
    "Do not, under any circumstances, share your password with anyone.",
    "We will never ask you to send us your password or card number.",
    "Never:\n\n- share your password\n- send your card number by e-mail",
    "Reset your password here: open **Settings > Security**.",
    "Enter your password and click Log in.",
    "Enter the code that we sent you.",
    "We send a verification code to your phone.",
    "Click **Resend** and then send the verification code again.",
    "Open the board and share the password-protected link.",
    "If you share your password, others can see your boards.",
    "If someone asks for your password, tell us.",
    "Share your password policy with your team.",
    "Send a password reset link to the user.",
    "Change your card number under **Billing > Payment method**.",
    "Nobody of our team needs your PIN.",
    "Pay the invoice by bank transfer to the account that is printed on it.",
    "You can pay by card or by bank transfer.",
    "To pay for more seats, move to the new account page.",
    "Transfer the board to this account.",
    "Never transfer money to the following account: 12345678.",
    "You pay $49.00 USD on 2026-11-30 for INV-2024-001.",
    "Please pay INV-2024-001234 by 2026-12-31; questions to +1-555-0100.",
    "Geben Sie Ihr Passwort ein.",
    "Geben Sie Ihr Passwort niemals weiter.",
    "Teilen Sie Ihr Passwort mit niemandem.",
    "Setzen Sie Ihr Passwort unter Einstellungen zurück.",
    "Wir senden Ihnen einen Link, um Ihr Passwort zurückzusetzen.",
    "Bezahlen Sie per Überweisung auf das Konto, das auf der Rechnung steht.",
    "Ne communiquez jamais votre mot de passe.",
    "Saisissez votre mot de passe.",
    "Réinitialisez votre mot de passe ici.",
    "Payez la facture par carte ou par virement.",
    "Nunca:\n- envíe su contraseña\n- comparta su clave",
    "No comparta su contraseña con nadie.",
    "Nunca envíe su contraseña por correo.",
    "Restablezca su contraseña aquí.",
    "Puede pagar con tarjeta o por transferencia.",
    "Não partilhe a sua senha.",
    "Nunca envie a sua palavra-passe por e-mail.",
    "Introduza a sua palavra-passe.",
    "Pode pagar com cartão ou por transferência.",
    "Non condivida mai la sua password.",
    "Non comunichi la sua password a nessuno.",
    "Reimposti la sua password qui.",
    "Può pagare con carta o con bonifico.",
]


@pytest.mark.parametrize("reply", SECRETS_ASKED_FOR)
def test_no_reply_asks_for_secrets(reply: str) -> None:
    assert lure(reply) == SECRETS


@pytest.mark.parametrize("reply", PAYMENTS_ASKED_FOR)
def test_no_reply_asks_for_money_to_an_account(reply: str) -> None:
    assert lure(reply) == PAYMENT


@pytest.mark.parametrize("reply", HARMLESS)
def test_how_to_use_and_keep_secrets_and_how_to_pay_may_be_said(reply: str) -> None:
    assert lure(reply) is None


@pytest.mark.parametrize("code", CODES)
def test_none_of_our_own_sentences_is_a_lure(code: str) -> None:
    own = language(code)

    said = [*own.phrases.values(), *own.effects.values(), *own.refusals.values()]
    assert not [sentence for sentence in said if lure(sentence)]
