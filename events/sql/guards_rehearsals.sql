-- What sets a rehearsal apart (docs/go-live.md).

CREATE OR REPLACE TRIGGER events_rehearsal_stays BEFORE UPDATE OF is_rehearsal ON events_venue
    FOR EACH ROW WHEN (NEW.is_rehearsal <> OLD.is_rehearsal) EXECUTE FUNCTION events_rehearsal_stays();

CREATE OR REPLACE TRIGGER events_rehearsal_has_no_people BEFORE INSERT OR UPDATE ON accounts_user_venues
    FOR EACH ROW EXECUTE FUNCTION events_rehearsal_stays();
