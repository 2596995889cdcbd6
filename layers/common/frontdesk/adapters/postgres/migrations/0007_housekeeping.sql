-- Redrive: a failed turn makes way for another one.
--
-- A turn is committed once a task, and the agent's role can neither change nor delete one. What
-- failed has no reply and carried out nothing, so it may go where people bring its task back to
-- life; one that answered, or left the message to a person, never does.

CREATE FUNCTION withdraw_failed_turn(p_task text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    DELETE FROM turns
        WHERE task_id = p_task AND status = 'failed'
            AND conversation_id = current_setting('frontdesk.conversation_id', true);
    RETURN FOUND;
END
$$;
REVOKE ALL ON FUNCTION withdraw_failed_turn(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION withdraw_failed_turn(text) TO frontdesk_agent;
