-- Ingest knows a conversation's owner from its projection, so whoever claims a guest's conversations
-- has to tell it of each. The worker sees one conversation at a time: this is the door to their names,
-- the latest first. It tells the same when it is asked again.

CREATE FUNCTION taken_along(p_guest text, p_owner text, p_most integer) RETURNS SETOF text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    SELECT c.id FROM conversations c
     WHERE p_guest LIKE 'guest:%' AND c.owner_subject = p_owner
       AND EXISTS (SELECT FROM messages m WHERE m.conversation_id = c.id
                    AND m.role = 'customer' AND m.author_subject = p_guest)
     ORDER BY c.created_at DESC, c.id DESC LIMIT p_most
$$;
REVOKE ALL ON FUNCTION taken_along(text, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION taken_along(text, text, integer) TO frontdesk_agent;
