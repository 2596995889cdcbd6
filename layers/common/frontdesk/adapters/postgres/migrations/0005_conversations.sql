-- What people do to conversations and tickets over the API, and the figures of a period.

-- Every change of a conversation makes its entity tag another one; `version` is the turns' own and
-- stands still where only the filing changes.
ALTER TABLE conversations ADD COLUMN revision bigint NOT NULL DEFAULT 0;

CREATE FUNCTION count_revision() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.revision := OLD.revision + 1;
    RETURN NEW;
END
$$;
CREATE TRIGGER conversations_revision BEFORE UPDATE ON conversations
    FOR EACH ROW EXECUTE FUNCTION count_revision();

-- Who owns a ticket adds to it, in public and in no other name; that may open it again.
CREATE POLICY own_adds ON ticket_comments FOR INSERT TO frontdesk_desk
    WITH CHECK (NOT internal AND role = 'customer'
        AND author_subject = (SELECT current_setting('frontdesk.subject', true))
        AND ticket_id IN (SELECT id FROM tickets));
CREATE POLICY own_reopens ON tickets FOR UPDATE TO frontdesk_desk
    USING (owner_subject = (SELECT current_setting('frontdesk.subject', true))
        OR customer_id = (SELECT current_setting('frontdesk.customer_id', true)))
    WITH CHECK (owner_subject = (SELECT current_setting('frontdesk.subject', true))
        OR customer_id = (SELECT current_setting('frontdesk.customer_id', true)));

-- An escalation that raises the priority shortens the time to answer.
GRANT UPDATE (expected_response_at) ON tickets TO frontdesk_agent;

-- Figures are counted in indexes alone: besides what is counted, these have what the policies ask
-- for, and the rows themselves are wide.
CREATE INDEX messages_by_time ON messages (created_at)
    INCLUDE (role, internal, conversation_id) WHERE NOT internal;
CREATE INDEX messages_replies ON messages (conversation_id, created_at)
    INCLUDE (role, internal) WHERE role <> 'customer' AND NOT internal;
CREATE INDEX turns_figures ON turns (created_at)
    INCLUDE (conversation_id, status, agent, degraded, llm_calls, input_tokens, output_tokens,
        cost_usd, feedback_rating);
DROP INDEX turns_by_time;
CREATE INDEX turns_rated_down ON turns (conversation_id)
    INCLUDE (feedback_rating) WHERE feedback_rating = 'down';

-- What staff narrow their lists to is rare among ten thousand.
CREATE INDEX conversations_assigned ON conversations (assigned_to, created_at DESC, id DESC)
    WHERE assigned_to IS NOT NULL;
CREATE INDEX conversations_by_handler ON conversations (handler, created_at DESC, id DESC);
CREATE INDEX tickets_by_status ON tickets (status, created_at DESC, id DESC);
