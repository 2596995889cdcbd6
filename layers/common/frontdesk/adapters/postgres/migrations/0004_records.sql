-- Erasure: what was erased stays erased, whatever was still on its way.
--
-- A tombstone is a keyed digest of what named the person: conversations, subjects, addresses. The
-- key never leaves the database, and neither role can read key or digests: the desk can set
-- tombstones, the worker can ask for one, through the functions below and no other way.

CREATE TABLE tombstone_key (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    key bytea NOT NULL
);
INSERT INTO tombstone_key (key)
    VALUES (decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));

CREATE TABLE tombstones (
    digest bytea PRIMARY KEY,
    erased_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY['tombstone_key', 'tombstones'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', table_name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)',
            table_name);
    END LOOP;
END
$$;

-- HMAC-SHA-256 (RFC 2104) in its plain form: the key is 32 bytes, the block 64.
CREATE FUNCTION tombstone_digest(p_kind text, p_name text) RETURNS bytea
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
DECLARE
    inner_pad bytea := decode(repeat('36', 64), 'hex');
    outer_pad bytea := decode(repeat('5c', 64), 'hex');
    secret bytea;
BEGIN
    SELECT key INTO STRICT secret FROM tombstone_key;
    FOR i IN 0 .. length(secret) - 1 LOOP
        inner_pad := set_byte(inner_pad, i, get_byte(inner_pad, i) # get_byte(secret, i));
        outer_pad := set_byte(outer_pad, i, get_byte(outer_pad, i) # get_byte(secret, i));
    END LOOP;
    RETURN sha256(outer_pad
        || sha256(inner_pad || convert_to(p_kind || ':' || lower(p_name), 'UTF8')));
END
$$;
REVOKE ALL ON FUNCTION tombstone_digest(text, text) FROM PUBLIC;

CREATE FUNCTION entomb(p_kind text, p_names text[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    INSERT INTO tombstones (digest)
        SELECT DISTINCT tombstone_digest(p_kind, name) FROM unnest(p_names) AS name
        ON CONFLICT (digest) DO UPDATE SET erased_at = clock_timestamp()
    $$;
REVOKE ALL ON FUNCTION entomb(text, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entomb(text, text[]) TO frontdesk_desk;

-- A conversation never comes back; a person may, with what is sent after the erasure.
CREATE FUNCTION is_erased(p_conversation text, p_subjects text[], p_emails text[],
        p_sent_at timestamptz) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    SELECT EXISTS (SELECT 1 FROM tombstones
            WHERE digest = tombstone_digest('conversation', p_conversation))
        OR EXISTS (SELECT 1 FROM tombstones
            WHERE erased_at >= p_sent_at AND digest IN (
                SELECT tombstone_digest('subject', name) FROM unnest(p_subjects) AS name
                UNION ALL
                SELECT tombstone_digest('email', name) FROM unnest(p_emails) AS name))
    $$;
REVOKE ALL ON FUNCTION is_erased(text, text[], text[], timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION is_erased(text, text[], text[], timestamptz) TO frontdesk_agent;

-- Conversations and tickets of guests who left an address, to find them by it.
CREATE INDEX conversations_of_contact ON conversations (lower(contact_email))
    WHERE contact_email IS NOT NULL;
CREATE INDEX tickets_of_contact ON tickets (lower(contact_email)) WHERE contact_email IS NOT NULL;

-- An invoice's subscription is the same customer's. The column list lets the invoice of a
-- subscription that goes keep its customer.
ALTER TABLE subscriptions ADD CONSTRAINT subscriptions_of_their_customer UNIQUE (id, customer_id);
ALTER TABLE invoices ADD CONSTRAINT invoices_same_customer
    FOREIGN KEY (subscription_id, customer_id) REFERENCES subscriptions (id, customer_id)
    ON DELETE SET NULL (subscription_id) NOT VALID;

-- Listings that are narrowed to one customer, and the audit log by who and what.
CREATE INDEX subscriptions_of_customer_listing
    ON subscriptions (customer_id, created_at DESC, id DESC);
CREATE INDEX invoices_of_customer_listing ON invoices (customer_id, created_at DESC, id DESC);
CREATE INDEX audit_log_of_actor ON audit_log (actor_subject, occurred_at DESC, id DESC);
CREATE INDEX audit_log_of_action ON audit_log (action, occurred_at DESC, id DESC);
CREATE INDEX subscriptions_of_status ON subscriptions (status, created_at DESC, id DESC);
CREATE INDEX invoices_of_status ON invoices (status, created_at DESC, id DESC);

-- What refers to what is erased is found by these; without them each deleted row reads a table.
CREATE INDEX conversations_of_previous ON conversations (previous_conversation_id)
    WHERE previous_conversation_id IS NOT NULL;
CREATE INDEX invoices_of_subscription ON invoices (subscription_id)
    WHERE subscription_id IS NOT NULL;
