-- What a channel has reported stays as it was reported; only what became of it is written once more.
CREATE OR REPLACE FUNCTION offline_report_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (SELECT FROM allocations_saleschannel c JOIN events_venue v ON v.id = c.venue_id
                                     WHERE c.id = OLD.channel_id AND v.is_rehearsal) THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'DELETE' OR (NEW.channel_id, NEW.kind, NEW.client_id, NEW.said, NEW.said_at, NEW.series, NEW.tickets)
       IS DISTINCT FROM
       (OLD.channel_id, OLD.kind, OLD.client_id, OLD.said, OLD.said_at, OLD.series, OLD.tickets) THEN
        RAISE EXCEPTION 'Report % stays as it was reported.', OLD.client_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'report_stays';
    END IF;
    RETURN NEW;
END $$;
