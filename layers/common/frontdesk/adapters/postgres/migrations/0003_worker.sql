-- A guest who signs in takes along what the guest began: every conversation and ticket of that
-- guest, not only the one the message belongs to. The worker sees one conversation at a time, so
-- this is the one door; it opens for guests' subjects only, which ingest has checked the token of.

CREATE FUNCTION claim_guest(p_guest text, p_owner text, p_customer text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    IF p_guest NOT LIKE 'guest:%' OR p_owner LIKE 'guest:%' THEN
        RAISE EXCEPTION 'only a guest can be claimed, and not by a guest';
    END IF;
    UPDATE conversations
        SET owner_subject = p_owner, customer_id = COALESCE(p_customer, customer_id)
        WHERE owner_subject = p_guest;
    UPDATE tickets
        SET owner_subject = p_owner, customer_id = COALESCE(customer_id, p_customer)
        WHERE owner_subject = p_guest;
END
$$;
REVOKE ALL ON FUNCTION claim_guest(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION claim_guest(text, text, text) TO frontdesk_agent;
