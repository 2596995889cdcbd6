"""A text's language is told by its own words."""

import pytest

from frontdesk.knowledge.language import detect, from_code


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How can you reset the password of an account?", "english"),
        ("Wie kann ich das Passwort für mein Konto zurücksetzen? Das ist nicht schwer.", "german"),
        ("Comment puis-je réinitialiser le mot de passe de votre compte ?", "french"),
        ("¿Cómo puedo restablecer la contraseña de una cuenta para los usuarios?", "spanish"),
        ("Как сбросить пароль учётной записи?", "russian"),
        ("كيف يمكنني إعادة تعيين كلمة المرور؟", "arabic"),
        ("パスワードをリセットする方法", "simple"),
        ("パスワードをリセットする方法はhttps://example.com/resetにあります", "simple"),
        ("Gibt es ein Abo? Ja. Kann ich kündigen? Ja. Gilt das sofort? Ja.", "german"),
        ("12345 +++", "english"),
        ("CloudFlow API v1", "english"),
        ("[Chat](https://chat.example.com/a) [Wiki](https://wiki.example.com/com/b)", "english"),
        ("Team members maintain guides; ask support@example.com or see os/com.txt", "english"),
        ("| Plan | Calls |\n| Free | 10 calls per minute |\n| Pro | 99 per minute |", "english"),
        ("$9 per user per month, $90 per user per year, non-refundable", "english"),
        ("Offices: Los Angeles, Las Vegas, El Paso; Chicago, IL; Des Moines", "english"),
        ("Open 9 am EST. Van rental, die cut stickers", "english"),
        ("Servers die, restart services automatically", "english"),
        ("Die Rechnung kommt monatlich.", "german"),
        ("Die Kunden zahlen jährlich", "german"),
        ("Die Kunden zahlen selbst", "german"),
        ("Kündigung: Passwörter, die ablaufen", "german"),
        ("The servers in Zürich die, and a backup is started.", "english"),
        ("Il prezzo è di 9 euro per utente, e non è rimborsabile con gli sconti.", "italian"),
        ("El reembolso tarda 5 días. Los clientes pueden pedirlo por correo.", "spanish"),
        ("Comment annuler mon abonnement ?", "french"),
        ("Hoe kan ik mijn abonnement opzeggen? Dat kan met een mail van uw adres.", "dutch"),
        (
            "Ann Lee, Bo Yu, Cy Os, Dan Wu, Ed Roy, Flo Bel, Gus Hal, Ida Man, Jo Ree, K Lo, L Ka",
            "english",
        ),
    ],
)
def test_language_is_detected(text: str, language: str) -> None:
    assert detect(text) == language


def test_codes() -> None:
    assert from_code("pt-BR") == "portuguese"
    assert from_code("German") == "german"
    assert from_code("tlh") is None
