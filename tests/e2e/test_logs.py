"""Logs tell what happened to a message, and nothing of what anybody wrote or is known by."""

from collections.abc import Callable

from tests.support.polling import eventually
from tests.support.stack import JOHN, Caller, Stack


def _logged(stack: Stack) -> str:
    files = [path for path in (stack.data_dir / "logs").rglob("*") if path.is_file()]
    return "\n".join(path.read_text(errors="replace") for path in files)


def test_logs_hold_ids_and_nobodys_words(
    stack: Stack, guest: Callable[[], Caller], john: Caller
) -> None:
    # given words, an address and tokens that stand nowhere else
    asker = guest()
    asked = asker.send(
        "Where do I find the wombat setting?", customer_email="canary@wombat.example.org"
    )
    asker.result(asked["task_id"])
    johns = john.ask("Is my subscription good for a wombat?")
    john.post("/api/chat", {"message": ["wombat"]})
    john.get("/api/conversations", cursor="wombat")

    # when everything is answered and logged
    def logged_both() -> str:
        text = _logged(stack)
        return text if asked["task_id"] in text and johns["task_id"] in text else ""

    log = eventually(logged_both, seconds=10, what="log lines of both tasks")

    # then the logs hold none of them
    secrets = {
        "words": "wombat",
        "address": JOHN,
        "guest token": asked["guest_token"],
        "credential": john.http.headers["authorization"].removeprefix("Bearer "),
    }
    assert [name for name, secret in secrets.items() if secret in log] == []
