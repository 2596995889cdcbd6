"""Reading what a customer had asked before a question, as the agents remembered it then.

The window that the worker makes (`agent_worker.memory.make_window` of what
`PostgresConversationStore.recent_messages` reads) is made here for many questions in one statement.
"""

from frontdesk.domain.memory import CHARACTERS_PER_TOKEN, MAX_CARRIED_ON, WINDOW_TOKENS

MAX_QUESTIONS = 4
"""A search takes two of them along; a chain of follow-ups may have its subject before those."""

EARLIER = """
(WITH RECURSIVE carried_on (id, before, step) AS (
     SELECT c.id, c.previous_conversation_id, 0
       FROM conversations c WHERE c.id = asked.conversation_id
     UNION ALL
     SELECT c.id, c.previous_conversation_id, step + 1
       FROM carried_on JOIN conversations c ON c.id = before WHERE step < %(carried_on)s
 ), latest AS (
     SELECT said.*, step
       FROM carried_on CROSS JOIN LATERAL (
                SELECT role, content, position FROM messages m
                 WHERE m.conversation_id = carried_on.id AND NOT m.internal
                   AND (step > 0 OR m.position < asked.position)
                 ORDER BY m.position DESC LIMIT %(window)s) AS said
      ORDER BY step, position DESC LIMIT %(window)s
 ), remembered AS (
     SELECT role, content, step, position,
            sum(ceil(char_length(content) / %(characters)s)) OVER (ORDER BY step, position DESC)
            + ceil(char_length(asked.text) / %(characters)s) AS tokens
       FROM latest
 ), questions AS (
     SELECT content, step, position FROM remembered
      WHERE role = 'customer' AND tokens <= %(tokens)s
      ORDER BY step, position DESC LIMIT %(questions)s
 )
 SELECT coalesce(array_agg(content ORDER BY step DESC, position), '{}') FROM questions)"""
"""Of a row ``asked`` with text, conversation_id and position: the questions, oldest first."""


def parameters(window_size: int) -> dict[str, object]:
    """Makes the parameters of `EARLIER`.

    Args:
        window_size: How many messages the agents remember, that to be answered included.

    Returns:
        The parameters by their names.
    """
    return {
        "carried_on": MAX_CARRIED_ON,
        "window": window_size - 1,
        "characters": float(CHARACTERS_PER_TOKEN),
        "tokens": WINDOW_TOKENS,
        "questions": MAX_QUESTIONS,
    }
