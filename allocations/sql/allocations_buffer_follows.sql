-- What a plan, new drawing terms or a release leave of the safety buffer of a row, which is worked out again at once. A
-- plan and new terms divide the pool anew: what the row has is then its own. A row whose time of release has come has
-- nothing unsold but its buffer.
CREATE OR REPLACE FUNCTION allocations_buffer_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_released boolean := NEW.kind = 'RELEASE_BACK' AND NEW.terms #>> '{before,releases_at}' IS NOT NULL
                           AND NEW.terms #>> '{after,releases_at}' IS NULL;
BEGIN
    UPDATE allocations_safetybuffer
       SET lent = CASE WHEN is_released THEN NEW.quantity - NEW.held - NEW.sold
                       WHEN NEW.kind = 'RELEASE_BACK' THEN lent
                       ELSE 0 END,
           due_at = NEW.at
     WHERE stock_id = NEW.stock_id
       AND (is_released OR NEW.delta_quantity <> 0 OR NEW.delta_drawn <> 0
            OR NEW.terms #> '{before,draws_on_id}' <> NEW.terms #> '{after,draws_on_id}');
    RETURN NULL;
END $$;
