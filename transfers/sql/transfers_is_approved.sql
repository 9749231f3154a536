-- Whether this transaction carries out a change of an event that another person has approved.
CREATE OR REPLACE FUNCTION transfers_is_approved(of_event bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM transfers_changerequest
         WHERE id = nullif(current_setting('finlo.change_request', true), '')::bigint
           AND event_id = of_event AND status = 'APPROVED');
END $$;
