-- A conversation that has rested for so long may get a message in the very moment it expires: the
-- tasks table knows of it before Postgres does. So what rests is held and named first, and deleted
-- once the tasks table has let go of it.

CREATE FUNCTION has_ticket_in_work(p_conversation text, p_before timestamptz) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT EXISTS (SELECT FROM tickets t WHERE t.conversation_id = p_conversation
                    AND (t.status NOT IN ('resolved', 'closed') OR t.updated_at >= p_before))
$$;

CREATE FUNCTION resting_conversations(p_before timestamptz, p_limit integer) RETURNS SETOF text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    PERFORM refuse_what_is_young(p_before, 7);
    RETURN QUERY
        SELECT c.id FROM conversations c
         WHERE c.updated_at < p_before AND c.waiting_for IS DISTINCT FROM 'staff'
           AND NOT has_ticket_in_work(c.id, p_before)
         ORDER BY c.updated_at LIMIT p_limit FOR UPDATE SKIP LOCKED;
END
$$;

-- Of those that are named, what rests: nothing young is deleted, whoever names it.
CREATE FUNCTION expire_conversations(p_ids text[], p_before timestamptz) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
DECLARE
    resting text[];
BEGIN
    PERFORM refuse_what_is_young(p_before, 7);
    SELECT array_agg(c.id) INTO resting FROM conversations c
     WHERE c.id = ANY(p_ids) AND c.updated_at < p_before AND c.waiting_for IS DISTINCT FROM 'staff'
       AND NOT has_ticket_in_work(c.id, p_before);
    DELETE FROM tickets WHERE conversation_id = ANY(resting);
    DELETE FROM conversations WHERE id = ANY(resting);
    RETURN coalesce(cardinality(resting), 0);
END
$$;

REVOKE ALL ON FUNCTION has_ticket_in_work(text, timestamptz),
    resting_conversations(timestamptz, integer),
    expire_conversations(text[], timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION resting_conversations(timestamptz, integer),
    expire_conversations(text[], timestamptz) TO frontdesk_agent;
