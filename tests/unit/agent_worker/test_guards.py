"""What may not leave in a reply."""

import pytest

from agent_worker.guards import LINK_REMOVED, SAFE_ANSWER, OutboundGuard
from agent_worker.prompting import PromptLibrary

SECRET = "a-very-secret-value-1234"


@pytest.fixture
def guard() -> OutboundGuard:
    prompts = PromptLibrary(company_name="Acme", company_profile="Plans.")
    return OutboundGuard(
        link_hosts={"acme.example"}, secrets=lambda: [SECRET], prompt_lines=prompts.own_lines()
    )


@pytest.mark.parametrize(
    "reply",
    [
        "Open the settings and click **Save**.",
        "See [our guide](https://docs.acme.example/guide) [1].",
        "Write to [us](mailto:help@acme.example).",
        "Go to https://acme.example/login, then log in.",
        "Send `Authorization: Bearer <your-token>`; `PUT /tasks/:id`.",
        "Export your data: JSON or CSV. Ratio 3:1, at 10:30.",
        "a < b and b > c",
    ],
)
def test_a_harmless_reply_is_sent_as_it_is(guard: OutboundGuard, reply: str) -> None:
    checked = guard.check(reply)

    assert checked.text == reply
    assert checked.blocked is None
    assert checked.links_removed == 0


@pytest.mark.parametrize(
    ("reply", "sent"),
    [
        ("Click [here](https://evil.example/x).", "Click here."),
        ("Click [here](https://acme.example.evil.example/).", "Click here."),
        ("Click [here](https://acme.example@evil.example/).", "Click here."),
        ("Click [here](https://evil.example\\@acme.example/).", "Click here."),
        ('Click [here](https://evil.example "title").', "Click here."),
        ("Click [here](javascript:alert(1)).", "Click here)."),
        ("Click [here](data:text/html;base64,AAAA).", "Click here."),
        ("Click [here](//evil.example).", "Click here."),
        ("![pixel](https://evil.example/p.png?d=1) Hello", "pixel Hello"),
        ("Go to https://evil.example/a.", f"Go to {LINK_REMOVED}."),
        ("Go to HTTP://EVIL.example", f"Go to {LINK_REMOVED}"),
        ("Go to www.evil.example now", f"Go to {LINK_REMOVED} now"),
        ("Go to <https://evil.example>", f"Go to {LINK_REMOVED}"),
        ("Run <javascript:alert(1)>", f"Run {LINK_REMOVED}"),
        ('<img src="https://evil.example/p.png">Hello', "Hello"),
        ('<a href="https://evil.example">Hello</a>', "Hello"),
        ("See [this][1].\n\n[1]: https://evil.example", "See [this][1]."),
        ("ftp://evil.example/file", LINK_REMOVED),
    ],
)
def test_links_to_other_places_are_taken_out(guard: OutboundGuard, reply: str, sent: str) -> None:
    checked = guard.check(reply)

    assert checked.text == sent
    assert checked.links_removed > 0


def test_what_a_removal_leaves_is_looked_at_again(guard: OutboundGuard) -> None:
    nested = "[![a](https://evil.example/a.png)](https://evil.example)"

    assert "evil" not in guard.check(nested).text


def test_endless_nesting_ends_in_the_safe_answer(guard: OutboundGuard) -> None:
    nested = "[" * 50 + "x" + "](https://evil.example)" * 50

    assert "evil" not in guard.check(nested).text


@pytest.mark.parametrize(
    "reply",
    [
        f"The key is {SECRET}.",
        f"The key is {' '.join(SECRET)}.",
        "The key is a-very-\u200bsecret-value-1234.",
        "Use sk-proj-abcdefghijklmnopqrstuvwxyz.",
        "postgresql://frontdesk_agent:hunter2@db:5432/frontdesk",
        "AKIAIOSFODNN7EXAMPLE is it.",
    ],
)
def test_secrets_are_not_sent(guard: OutboundGuard, reply: str) -> None:
    checked = guard.check(reply)

    assert (checked.text, checked.blocked) == (SAFE_ANSWER, "secret")
    assert guard.leaks(reply)


@pytest.mark.parametrize(
    "reply",
    [
        "Please send us your pass\u200bword.",
        "Please send us your **password**.",
        "Open the settings.\n\nTransfer the fee to our new account.",
    ],
)
def test_customers_are_not_asked_for_secrets_or_money(guard: OutboundGuard, reply: str) -> None:
    checked = guard.check(reply)

    assert checked.text == SAFE_ANSWER
    assert checked.blocked is not None


def test_our_instructions_are_not_sent(guard: OutboundGuard) -> None:
    prompts = PromptLibrary(company_name="Acme", company_profile="Plans.")
    instructions = prompts.render(
        "faq", {"today": "2026-01-01", "caller": "a guest", "language": "English"}
    )
    some = "\n".join(instructions.splitlines()[8:20])

    assert guard.check(f"They are:\n> {some.upper()}").blocked == "prompt"


def test_the_companys_own_words_may_be_said(guard: OutboundGuard) -> None:
    assert guard.check("You are talking to Acme's support team.").blocked is None
