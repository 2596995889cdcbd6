from localstack.chat import lines


def test_an_answer_shows_its_sources() -> None:
    task = {
        "status": "completed",
        "agent": "faq",
        "response": "Click **New Project** [1].",
        "citations": [{"number": 1, "title": "Projects", "section": "Steps"}],
    }

    assert lines(task) == ["faq> Click **New Project** [1].", "  [1] Projects, Steps"]


def test_an_escalation_shows_its_ticket() -> None:
    task = {
        "status": "completed",
        "agent": "escalation",
        "response": "Done.",
        "ticket": {"number": "FD-7K2M9", "priority": "high", "status": "open"},
    }

    assert lines(task)[-1] == "  Ticket FD-7K2M9 (high, open)"


def test_a_degraded_answer_says_so() -> None:
    said = lines({"status": "completed", "agent": "faq", "response": "x", "degraded": True})

    assert "out of reach" in said[1]


def test_a_problem_is_shown_as_it_was_worded() -> None:
    problem = {"title": "Too many messages", "status": 429, "detail": "Wait for an answer."}

    assert lines(problem) == ["Too many messages: Wait for an answer."]


def test_a_failed_task_says_why() -> None:
    assert (
        "Conversation closed"
        in lines({"status": "failed", "error": {"title": "Conversation closed"}})[0]
    )
