-- Domain events, the mails that follow from them, and what expires.
--
-- An event is written by a trigger, in the transaction of the change that it tells of: whoever
-- makes the change, none can forget it and none is told of what was rolled back. It carries ids and
-- nobody's words. Whoever committed publishes it afterwards, and housekeeping what was left.

CREATE TABLE domain_events (
    id text PRIMARY KEY,
    position bigint GENERATED ALWAYS AS IDENTITY,
    type text NOT NULL CHECK (type IN
        ('ticket.opened', 'conversation.waiting', 'conversation.replied', 'knowledge.failed')),
    version integer NOT NULL,
    data jsonb NOT NULL,
    occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Until then nobody else publishes it; after that somebody does, a second time perhaps.
    claimed_until timestamptz,
    published_at timestamptz
);
CREATE INDEX domain_events_unpublished ON domain_events (position) WHERE published_at IS NULL;
CREATE INDEX domain_events_published ON domain_events (published_at)
    WHERE published_at IS NOT NULL;

-- How far the owner has read: the latest answer of a person that was handed to the owner.
CREATE TABLE read_receipts (
    conversation_id text PRIMARY KEY REFERENCES conversations (id) ON DELETE CASCADE,
    position bigint NOT NULL,
    read_at timestamptz NOT NULL DEFAULT now()
);

-- Answers that went out by mail, one row an answer.
CREATE TABLE reply_mails (
    message_id text PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    conversation_id text NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    claimed_until timestamptz NOT NULL,
    sent_at timestamptz
);
CREATE INDEX reply_mails_of_conversation ON reply_mails (conversation_id);

DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY['domain_events', 'read_receipts', 'reply_mails'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', table_name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)',
            table_name);
    END LOOP;
    FOREACH table_name IN ARRAY ARRAY['read_receipts', 'reply_mails'] LOOP
        EXECUTE format($policy$CREATE POLICY desk_staff ON %I TO frontdesk_desk
            USING ((SELECT current_setting('frontdesk.staff', true)) = 'on')
            WITH CHECK ((SELECT current_setting('frontdesk.staff', true)) = 'on')$policy$, table_name);
        EXECUTE format($policy$CREATE POLICY agent_one ON %I TO frontdesk_agent
            USING (conversation_id = (SELECT current_setting('frontdesk.conversation_id', true)))
            WITH CHECK (conversation_id =
                (SELECT current_setting('frontdesk.conversation_id', true)))$policy$, table_name);
    END LOOP;
END
$$;
CREATE POLICY own ON read_receipts TO frontdesk_desk
    USING (conversation_id IN (SELECT id FROM conversations
        WHERE owner_subject = (SELECT current_setting('frontdesk.subject', true))))
    WITH CHECK (conversation_id IN (SELECT id FROM conversations
        WHERE owner_subject = (SELECT current_setting('frontdesk.subject', true))));
GRANT SELECT, INSERT, UPDATE ON read_receipts TO frontdesk_desk;
GRANT SELECT ON read_receipts TO frontdesk_agent;
GRANT SELECT ON reply_mails TO frontdesk_desk;
GRANT SELECT, INSERT, UPDATE, DELETE ON reply_mails TO frontdesk_agent;

-- ── What happens, told ──────────────────────────────────────────────────────────────────────────

CREATE FUNCTION tell(p_type text, p_data jsonb) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    INSERT INTO domain_events (id, type, version, data)
        VALUES ('evt_' || replace(gen_random_uuid()::text, '-', ''), p_type, 1, p_data)
    $$;
REVOKE ALL ON FUNCTION tell(text, jsonb) FROM PUBLIC;

CREATE FUNCTION tell_of_ticket() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    PERFORM tell('ticket.opened', jsonb_build_object(
        'ticket_id', NEW.id, 'number', NEW.number, 'category', NEW.category,
        'priority', NEW.priority, 'conversation_id', NEW.conversation_id,
        'customer_id', NEW.customer_id, 'expected_response_at', NEW.expected_response_at,
        'reopened', TG_OP = 'UPDATE'));
    RETURN NULL;
END
$$;
CREATE TRIGGER tickets_opened AFTER INSERT ON tickets
    FOR EACH ROW WHEN (NEW.status NOT IN ('resolved', 'closed'))
    EXECUTE FUNCTION tell_of_ticket();
CREATE TRIGGER tickets_reopened AFTER UPDATE OF status ON tickets
    FOR EACH ROW WHEN (OLD.status IN ('resolved', 'closed')
        AND NEW.status NOT IN ('resolved', 'closed'))
    EXECUTE FUNCTION tell_of_ticket();

CREATE FUNCTION tell_of_waiting() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    PERFORM tell('conversation.waiting', jsonb_build_object(
        'conversation_id', NEW.id, 'customer_id', NEW.customer_id, 'handler', NEW.handler,
        'waiting_since', NEW.waiting_since));
    RETURN NULL;
END
$$;
CREATE TRIGGER conversations_waiting_from_the_start AFTER INSERT ON conversations
    FOR EACH ROW WHEN (NEW.waiting_for = 'staff')
    EXECUTE FUNCTION tell_of_waiting();
-- Whoever has just taken a conversation over knows that somebody waits in it.
CREATE TRIGGER conversations_waiting_now AFTER UPDATE OF waiting_for ON conversations
    FOR EACH ROW WHEN (NEW.waiting_for = 'staff' AND OLD.waiting_for IS DISTINCT FROM 'staff'
        AND NOT (OLD.handler = 'ai' AND NEW.handler = 'human'))
    EXECUTE FUNCTION tell_of_waiting();

CREATE FUNCTION tell_of_reply() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    PERFORM tell('conversation.replied', jsonb_build_object(
        'conversation_id', NEW.conversation_id, 'message_id', NEW.id));
    RETURN NULL;
END
$$;
CREATE TRIGGER messages_replied AFTER INSERT ON messages
    FOR EACH ROW WHEN (NEW.role = 'staff' AND NOT NEW.internal)
    EXECUTE FUNCTION tell_of_reply();

CREATE FUNCTION tell_of_failure() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    PERFORM tell('knowledge.failed', jsonb_build_object(
        'document_id', NEW.id, 'source', NEW.source));
    RETURN NULL;
END
$$;
CREATE TRIGGER documents_failed_at_once AFTER INSERT ON documents
    FOR EACH ROW WHEN (NEW.status = 'failed')
    EXECUTE FUNCTION tell_of_failure();
-- Another object under the same key that fails as well is another failure.
CREATE TRIGGER documents_failed_now AFTER UPDATE ON documents
    FOR EACH ROW WHEN (NEW.status = 'failed' AND (OLD.status <> 'failed'
        OR OLD.object_version IS DISTINCT FROM NEW.object_version))
    EXECUTE FUNCTION tell_of_failure();

-- ── Publishing: claimed for a while, then settled ───────────────────────────────────────────────

CREATE FUNCTION claim_events(p_limit integer, p_seconds integer)
    RETURNS TABLE (id text, type text, version integer, data jsonb, occurred_at timestamptz)
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    WITH next AS (
        SELECT e.id FROM domain_events e
         WHERE e.published_at IS NULL
           AND (e.claimed_until IS NULL OR e.claimed_until < clock_timestamp())
         ORDER BY e.position LIMIT p_limit FOR UPDATE SKIP LOCKED)
    UPDATE domain_events e
       SET claimed_until = clock_timestamp() + make_interval(secs => p_seconds)
      FROM next WHERE e.id = next.id
    RETURNING e.id, e.type, e.version, e.data, e.occurred_at
    $$;
CREATE FUNCTION settle_events(p_ids text[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    UPDATE domain_events SET published_at = clock_timestamp(), claimed_until = NULL
     WHERE id = ANY(p_ids)
    $$;
CREATE FUNCTION release_events(p_ids text[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    UPDATE domain_events SET claimed_until = NULL WHERE id = ANY(p_ids) AND published_at IS NULL
    $$;
CREATE FUNCTION oldest_unpublished_event() RETURNS timestamptz
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    SELECT occurred_at FROM domain_events WHERE published_at IS NULL ORDER BY position LIMIT 1
    $$;
-- With a person who is erased: ids say little, and yet they go.
CREATE FUNCTION forget_events(p_ids text[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    DELETE FROM domain_events
     WHERE data ->> 'conversation_id' = ANY(p_ids) OR data ->> 'ticket_id' = ANY(p_ids)
    $$;
REVOKE ALL ON FUNCTION claim_events(integer, integer), settle_events(text[]),
    release_events(text[]), oldest_unpublished_event(), forget_events(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION claim_events(integer, integer), settle_events(text[]),
    release_events(text[]) TO frontdesk_agent, frontdesk_desk;
GRANT EXECUTE ON FUNCTION oldest_unpublished_event() TO frontdesk_agent;
GRANT EXECUTE ON FUNCTION forget_events(text[]) TO frontdesk_desk;

-- ── Guests' addresses, asked for when a ticket is made ──────────────────────────────────────────

GRANT UPDATE (contact_email) ON tickets TO frontdesk_agent;

-- ── Erasure: the desk asks too, where it would make a conversation of what ingest knows ─────────

GRANT EXECUTE ON FUNCTION is_erased(text, text[], text[], timestamptz) TO frontdesk_desk;

-- ── Retention: what nobody has touched for so long ──────────────────────────────────────────────
--
-- Housekeeping has the agent's role, which can delete nothing. These doors open for what is old
-- only, whoever asks, and for a share at a time. To do it twice is to do it once.

CREATE FUNCTION refuse_what_is_young(p_before timestamptz, p_days integer) RETURNS void
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    IF p_before IS NULL OR p_before > now() - make_interval(days => p_days) THEN
        RAISE invalid_parameter_value USING MESSAGE = 'too young to expire';
    END IF;
END
$$;

-- Conversations that rest: nobody waits for staff, and no ticket of theirs is worked on.
CREATE FUNCTION expire_conversations(p_before timestamptz, p_limit integer) RETURNS SETOF text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
DECLARE
    expired text[];
BEGIN
    PERFORM refuse_what_is_young(p_before, 7);
    SELECT array_agg(old.id) INTO expired FROM (
        SELECT c.id FROM conversations c
         WHERE c.updated_at < p_before AND c.waiting_for IS DISTINCT FROM 'staff'
           AND NOT EXISTS (SELECT 1 FROM tickets t WHERE t.conversation_id = c.id
                AND (t.status NOT IN ('resolved', 'closed') OR t.updated_at >= p_before))
         ORDER BY c.updated_at LIMIT p_limit FOR UPDATE SKIP LOCKED) AS old;
    DELETE FROM tickets WHERE conversation_id = ANY(expired);
    DELETE FROM conversations WHERE id = ANY(expired);
    RETURN QUERY SELECT unnest(expired);
END
$$;

CREATE FUNCTION expire_tickets(p_before timestamptz, p_limit integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
DECLARE
    expired integer;
BEGIN
    PERFORM refuse_what_is_young(p_before, 7);
    DELETE FROM tickets WHERE id IN (
        SELECT id FROM tickets
         WHERE conversation_id IS NULL AND status IN ('resolved', 'closed')
           AND updated_at < p_before
         ORDER BY updated_at LIMIT p_limit FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS expired = ROW_COUNT;
    RETURN expired;
END
$$;

CREATE FUNCTION expire_audit(p_before timestamptz, p_limit integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
DECLARE
    expired integer;
BEGIN
    PERFORM refuse_what_is_young(p_before, 30);
    DELETE FROM audit_log WHERE id IN (
        SELECT id FROM audit_log WHERE occurred_at < p_before
         ORDER BY occurred_at LIMIT p_limit FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS expired = ROW_COUNT;
    RETURN expired;
END
$$;

CREATE FUNCTION expire_events(p_before timestamptz, p_limit integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
DECLARE
    expired integer;
BEGIN
    PERFORM refuse_what_is_young(p_before, 1);
    DELETE FROM domain_events WHERE id IN (
        SELECT id FROM domain_events WHERE published_at < p_before
         ORDER BY published_at LIMIT p_limit FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS expired = ROW_COUNT;
    RETURN expired;
END
$$;
REVOKE ALL ON FUNCTION expire_conversations(timestamptz, integer),
    expire_tickets(timestamptz, integer), expire_audit(timestamptz, integer),
    expire_events(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION expire_conversations(timestamptz, integer),
    expire_tickets(timestamptz, integer), expire_audit(timestamptz, integer),
    expire_events(timestamptz, integer) TO frontdesk_agent;
CREATE INDEX conversations_at_rest ON conversations (updated_at);
