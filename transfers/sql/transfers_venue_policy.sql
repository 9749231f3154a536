-- Each venue has a policy, with the defaults of its columns.
CREATE OR REPLACE FUNCTION transfers_venue_policy() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    policy bigint;
BEGIN
    INSERT INTO transfers_transferpolicy (venue_id) VALUES (NEW.id) RETURNING id INTO policy;
    PERFORM events_record_made('transfers_transferpolicy', 'transfers_historicaltransferpolicy',
                               ARRAY[policy], 'Made with the venue');
    RETURN NULL;
END $$;
