-- Questions that the knowledge does not answer are few among many turns, and what tells them is
-- inside of documents that are slow to open. The conditions are those of the query, word for word
-- (adapters/postgres/unanswered_questions.py): otherwise the index is of no use to it.
CREATE INDEX turns_unanswered ON turns (created_at DESC, id DESC)
    WHERE status = 'completed' AND agent = 'faq' AND NOT degraded
      AND coalesce(result #>> '{route,agent}', 'faq') <> 'out_of_scope'
      AND coalesce(jsonb_array_length(result -> 'citations'), 0) = 0
      AND trace -> 'tool_calls' @> '[{"name": "search_knowledge_base"}]';
