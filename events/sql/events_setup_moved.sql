-- Refuses that a row moves to another owner. The trigger says in two words what may not move and from where,
-- and its own name is the name of the refusal.
CREATE OR REPLACE FUNCTION events_setup_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A % cannot be moved to another %.', TG_ARGV[0], TG_ARGV[1]
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END $$;
