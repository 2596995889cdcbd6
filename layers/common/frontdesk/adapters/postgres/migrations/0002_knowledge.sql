-- Knowledge: documents with their history, and what is searched of them.
--
--   documents ── document_versions      what the knowledge base said, and says
--       └─ passages ─┬─ embeddings      one row a model     (HNSW, one partial index a model)
--                    └─ postings        one row a lexeme    (BM25, with lexemes and languages)
--
-- Passages exist only of the current version of published documents: what is not to be found has
-- no row to be found by. A publication replaces them in one transaction, and a search is one
-- statement, so none sees half a document or two versions of it.
--
-- A facet is visibility and category as one number, kept beside every vector and posting so that
-- a filtered search needs no join: 0–3 public, 10–13 internal.

CREATE EXTENSION IF NOT EXISTS vector;

CREATE TABLE documents (
    id text PRIMARY KEY,
    source text NOT NULL CHECK (source IN ('s3', 'api')),
    source_key text UNIQUE,
    title text NOT NULL,
    category text NOT NULL CHECK (category IN ('faq', 'documentation', 'troubleshooting', 'policy')),
    visibility text NOT NULL CHECK (visibility IN ('public', 'internal')),
    status text NOT NULL CHECK (status IN ('draft', 'published', 'failed', 'archived')),
    -- The text search configuration its words are stemmed by.
    language text NOT NULL DEFAULT 'english',
    source_url text,
    owner text,
    review_at date,
    metadata jsonb NOT NULL DEFAULT '{}',
    current_version integer NOT NULL DEFAULT 0,
    failure_reason text,
    -- What S3 held when the document last followed it.
    object_version text,
    sequencer text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((source = 's3') = (source_key IS NOT NULL)),
    CHECK ((status = 'failed') = (failure_reason IS NOT NULL))
);
CREATE INDEX documents_listing ON documents (created_at DESC, id DESC);
CREATE INDEX documents_by_status ON documents (status, created_at DESC, id DESC);
CREATE INDEX documents_to_review ON documents (review_at) WHERE review_at IS NOT NULL;

CREATE TABLE document_versions (
    document_id text NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    number integer NOT NULL,
    title text NOT NULL,
    category text NOT NULL,
    visibility text NOT NULL,
    source_url text,
    content text NOT NULL,
    content_hash text NOT NULL,
    object_version text,
    created_by text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (document_id, number)
);

CREATE TABLE passages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    document_id text NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    version integer NOT NULL,
    ordinal integer NOT NULL,
    section text NOT NULL,
    content text NOT NULL,
    -- Of everything that is embedded and indexed; the same hash needs no second embedding.
    content_hash text NOT NULL,
    language text NOT NULL,
    visibility text NOT NULL,
    category text NOT NULL,
    facet smallint NOT NULL GENERATED ALWAYS AS (
        CASE visibility WHEN 'public' THEN 0 WHEN 'internal' THEN 10 END
        + CASE category WHEN 'faq' THEN 0 WHEN 'documentation' THEN 1
                        WHEN 'troubleshooting' THEN 2 WHEN 'policy' THEN 3 END) STORED,
    -- How many lexemes it has, repeated ones counted.
    length integer NOT NULL DEFAULT 0,
    FOREIGN KEY (document_id, version) REFERENCES document_versions (document_id, number)
        ON DELETE CASCADE
);
CREATE INDEX passages_of_document ON passages (document_id, ordinal);
CREATE INDEX passages_by_hash ON passages (content_hash);

CREATE TABLE embedding_models (
    name text PRIMARY KEY,
    dimensions integer NOT NULL CHECK (dimensions BETWEEN 1 AND 4000),
    -- Searches use the active one; a building one is being filled beside it.
    status text NOT NULL CHECK (status IN ('building', 'active', 'retired')),
    index_name text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX embedding_models_one_active ON embedding_models (status)
    WHERE status = 'active';

CREATE TABLE embeddings (
    passage_id bigint NOT NULL REFERENCES passages (id) ON DELETE CASCADE,
    facet smallint NOT NULL,
    model text NOT NULL REFERENCES embedding_models (name) ON DELETE CASCADE,
    -- Without dimension: each model has its own, and an index on the expression that gives it.
    embedding vector NOT NULL,
    PRIMARY KEY (passage_id, model)
);
-- Where a filter leaves few, all of them are compared.
CREATE INDEX embeddings_by_facet ON embeddings (model, facet);

CREATE TABLE languages (
    -- A text search configuration that published passages are stemmed by.
    name text PRIMARY KEY,
    passages bigint NOT NULL DEFAULT 0,
    total_length bigint NOT NULL DEFAULT 0
);

CREATE TABLE lexemes (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    language text NOT NULL REFERENCES languages (name),
    lexeme text NOT NULL,
    -- In how many passages it is: BM25 needs it for every word of every question.
    passages integer NOT NULL DEFAULT 0,
    UNIQUE (language, lexeme)
) WITH (fillfactor = 80);

CREATE TABLE postings (
    lexeme_id integer NOT NULL REFERENCES lexemes (id),
    passage_id bigint NOT NULL REFERENCES passages (id) ON DELETE CASCADE,
    facet smallint NOT NULL,
    frequency smallint NOT NULL,
    length smallint NOT NULL,
    PRIMARY KEY (lexeme_id, facet, passage_id) INCLUDE (frequency, length)
);
CREATE INDEX postings_of_passage ON postings (passage_id);

-- The functions' roles own nothing, so they cannot make an index. They can ask for the one index
-- that a model needs, and for nothing else.
CREATE FUNCTION register_embedding_model(p_name text, p_dimensions integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
DECLARE
    known integer;
    made_index text := 'embeddings_' || left(encode(sha256(convert_to(p_name, 'UTF8')), 'hex'), 16);
BEGIN
    SELECT dimensions INTO known FROM embedding_models WHERE name = p_name;
    IF FOUND THEN
        RETURN known;
    END IF;
    IF p_name !~ '^[[:graph:]]{1,200}$' OR p_dimensions NOT BETWEEN 1 AND 4000 THEN
        RAISE invalid_parameter_value USING MESSAGE = 'not an embedding model';
    END IF;
    -- One registration at a time: the first model becomes the active one, and only one can.
    PERFORM pg_advisory_xact_lock(hashtext('frontdesk.embedding_models'));
    INSERT INTO embedding_models (name, dimensions, status, index_name)
        SELECT p_name, p_dimensions,
            CASE WHEN EXISTS (SELECT FROM embedding_models WHERE status = 'active')
                THEN 'building' ELSE 'active' END,
            made_index
        ON CONFLICT (name) DO NOTHING;
    SELECT dimensions INTO known FROM embedding_models WHERE name = p_name;
    EXECUTE format(
        'CREATE INDEX IF NOT EXISTS %I ON embeddings'
        ' USING hnsw ((embedding::halfvec(%s)) halfvec_cosine_ops)'
        ' WITH (m = 24, ef_construction = 128) WHERE model = %L',
        made_index, known, p_name);
    RETURN known;
END
$$;

-- Makes a model the one that searches use, where every passage has its embedding; else changes
-- nothing and returns false. Publications hold the same lock shared, so none slips in between.
CREATE FUNCTION activate_embedding_model(p_name text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('frontdesk.embedding_models'));
    IF NOT EXISTS (SELECT FROM embedding_models WHERE name = p_name) OR EXISTS (
        SELECT FROM passages p WHERE NOT EXISTS (
            SELECT FROM embeddings e WHERE e.passage_id = p.id AND e.model = p_name))
    THEN
        RETURN false;
    END IF;
    UPDATE embedding_models SET status = 'retired', changed_at = now()
        WHERE status = 'active' AND name <> p_name;
    UPDATE embedding_models SET status = 'active', changed_at = now()
        WHERE name = p_name AND status <> 'active';
    RETURN true;
END
$$;

-- Removes a model that is no longer searched, with its vectors and its index.
CREATE FUNCTION drop_embedding_model(p_name text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
DECLARE
    made_index text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('frontdesk.embedding_models'));
    SELECT index_name INTO made_index FROM embedding_models
        WHERE name = p_name AND status <> 'active';
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    EXECUTE format('DROP INDEX IF EXISTS %I', made_index);
    DELETE FROM embeddings WHERE model = p_name;
    DELETE FROM embedding_models WHERE name = p_name;
    RETURN true;
END
$$;

REVOKE ALL ON FUNCTION register_embedding_model(text, integer), activate_embedding_model(text),
    drop_embedding_model(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION register_embedding_model(text, integer)
    TO frontdesk_agent, frontdesk_desk;
GRANT EXECUTE ON FUNCTION activate_embedding_model(text), drop_embedding_model(text)
    TO frontdesk_agent;

-- The agents see what customers may see. Ingest, which has the same role, says that it is ingest
-- (frontdesk.ingest); it then sees everything, and only then can anything be written.
DO $$
DECLARE
    table_name text;
    is_public text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY['documents', 'document_versions', 'passages', 'embeddings',
            'postings'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', table_name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)',
            table_name);
        EXECUTE format($policy$CREATE POLICY desk_staff ON %I TO frontdesk_desk
            USING ((SELECT current_setting('frontdesk.staff', true)) = 'on')
            WITH CHECK ((SELECT current_setting('frontdesk.staff', true)) = 'on')$policy$, table_name);
    END LOOP;
    FOREACH table_name IN ARRAY ARRAY['documents', 'document_versions', 'passages', 'embeddings',
            'postings'] LOOP
        is_public := CASE WHEN table_name IN ('embeddings', 'postings')
            THEN 'facet < 10' ELSE $sql$visibility = 'public'$sql$ END;
        EXECUTE format('CREATE POLICY agent_reads ON %I FOR SELECT TO frontdesk_agent USING (%s)',
            table_name, is_public);
        EXECUTE format($policy$CREATE POLICY agent_ingests ON %I TO frontdesk_agent
            USING ((SELECT current_setting('frontdesk.ingest', true)) = 'on')
            WITH CHECK ((SELECT current_setting('frontdesk.ingest', true)) = 'on')$policy$, table_name);
    END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON documents, passages, embeddings, postings
    TO frontdesk_agent, frontdesk_desk;
-- History is written once.
GRANT SELECT, INSERT ON document_versions TO frontdesk_agent, frontdesk_desk;
GRANT SELECT, INSERT, UPDATE ON languages, lexemes TO frontdesk_agent, frontdesk_desk;
GRANT SELECT ON embedding_models TO frontdesk_agent, frontdesk_desk;
