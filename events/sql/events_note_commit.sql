-- Says when the last change of a row was committed, for whoever asks what has changed since a moment.
-- Deferred, so that it runs at the commit: a moment that is noted with the change itself can lie
-- long before anybody else sees that change, and who has looked in between would miss it.
CREATE OR REPLACE FUNCTION events_note_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events_commit (kind, target_id, at) VALUES (TG_ARGV[0], NEW.id, clock_timestamp())
        ON CONFLICT (kind, target_id) DO UPDATE SET at = excluded.at
     -- Once a transaction is enough, however often it has changed the row.
     WHERE events_commit.at < now();
    RETURN NULL;
END $$;
