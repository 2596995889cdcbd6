"""An answer most of whose statements are of no passage is found; a paraphrase is not."""

import pytest

from agent_worker.statements import unsupported_statements

PASSAGE = """Mobile app. The app works offline: changes are kept on the device and are synchronised
when the connection is back. Notifications are switched on under Settings, and every project can be
muted on its own."""


@pytest.mark.parametrize(
    "reply",
    [
        "You can work offline; your changes are synchronised once the connection is back [1].",
        "Yes: whatever you change without a connection stays on your device until it synchronises.",
        "Go to Settings to switch notifications on. Mute single projects if you prefer.",
        "I don't know the answer to that. Would you like me to open a ticket?",
        "Hello, and welcome! How can I help you?",
        "Sure.",
        "Die App arbeitet ohne Verbindung und gleicht die Änderungen später mit dem Server ab.",
    ],
)
def test_what_the_passages_say_may_be_said_in_other_words(reply: str) -> None:
    assert unsupported_statements(reply, [PASSAGE]) == []


@pytest.mark.parametrize(
    "reply",
    [
        "The desktop client encrypts everything with keys that are stored in Switzerland [1].",
        "Administrators export billing reports through the finance console every quarter.",
    ],
)
def test_what_no_passage_says_is_found(reply: str) -> None:
    assert unsupported_statements(reply, [PASSAGE]) == [reply.replace(" [1]", "  ")]


def test_one_statement_too_many_does_not_condemn_the_answer() -> None:
    reply = (
        "Changes are kept on the device and synchronised when the connection is back. "
        "Notifications are switched on under Settings. "
        "Astronauts recommend quarterly backup rehearsals."
    )
    assert unsupported_statements(reply, [PASSAGE]) == []
