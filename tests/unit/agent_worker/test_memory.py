"""What the agents remember of a conversation."""

from typing import Any

from agent_worker.memory import as_prompt, make_window
from frontdesk.clock import utc_now
from frontdesk.domain.conversation import Message
from frontdesk.domain.ids import new_id
from frontdesk.domain.memory import CHARACTERS_PER_TOKEN, WINDOW_TOKENS
from frontdesk.domain.model import Role


def said(content: str, role: str = "customer", **changes: Any) -> Message:
    defaults = {"id": new_id("msg"), "role": role, "content": content, "created_at": utc_now()}
    return Message.model_validate(defaults | changes)


def test_the_message_itself_comes_last_and_once() -> None:
    messages = [said("one"), said("two", "assistant"), said("three", task_id="task_3")]

    prompt = as_prompt(make_window(messages, task_id="task_3", text="three"))

    assert [(one.role, one.content) for one in prompt] == [
        (Role.USER, "one"),
        (Role.ASSISTANT, "two"),
        (Role.USER, "three"),
    ]


def test_what_does_not_fit_is_forgotten_from_the_beginning() -> None:
    long = "x" * (WINDOW_TOKENS * CHARACTERS_PER_TOKEN // 2)
    messages = [said("first"), said(long), said(long), said("last")]

    window = make_window(messages, task_id="task", text="now")

    assert [message.content for message in window.earlier] == [long, "last"]


def test_notes_of_the_staff_are_never_shown() -> None:
    messages = [said("a note", "staff", internal=True), said("hello", "staff")]

    prompt = as_prompt(make_window(messages, task_id="task", text="now"))

    assert "a note" not in str(prompt)
    assert prompt[0].role is Role.ASSISTANT
    assert prompt[0].content == "(A person of the support team wrote:) hello"


def test_numbers_of_earlier_sources_are_gone() -> None:
    window = make_window(
        [said("Do it [1], so [2, 3].", "assistant", agent="faq")], task_id="t", text="now"
    )

    assert as_prompt(window)[0].content == "Do it, so."
    assert as_prompt(window, tagged=True, clip=5)[0].content == "(faq agent:) Do it"


def test_no_more_than_the_latest_are_shown_where_asked() -> None:
    window = make_window([said("one"), said("two")], task_id="t", text="three")

    assert [one.content for one in as_prompt(window, latest=1)] == ["two", "three"]
