INSERT INTO events_commit (kind, target_id, at)
SELECT 'TRANSFER', id, greatest(requested_at, decided_at, ended_at) FROM transfers_transfer;

CREATE CONSTRAINT TRIGGER transfers_transfer_commit AFTER INSERT OR UPDATE ON transfers_transfer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION events_note_commit('TRANSFER');
