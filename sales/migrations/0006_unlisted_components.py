from django.db import migrations

from common.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("sales", "0005_cancellation"), ("allocations", "0009_channel_contact")]

    operations = [
        run_sql(
            __file__,
            undo="""
            CREATE OR REPLACE FUNCTION sales_component_frozen() RETURNS trigger
            LANGUAGE plpgsql AS $$
            DECLARE
                booked bigint := CASE WHEN TG_OP = 'INSERT' THEN NEW.item_id ELSE OLD.item_id END;
            BEGIN
                PERFORM FROM events_event
                  WHERE id = (SELECT event_id FROM events_item WHERE id = booked)
                    FOR NO KEY UPDATE;
                PERFORM FROM allocations_stock
                  WHERE pool_id IN (SELECT pool_id FROM events_component WHERE item_id = booked)
                    AND kind = 'CHANNEL' ORDER BY id FOR UPDATE;
                IF EXISTS (SELECT FROM sales_bookingline WHERE item_id = booked) THEN
                    RAISE EXCEPTION
                        'Item % has been sold: what it consists of can no longer change.', booked
                        USING ERRCODE = 'check_violation',
                              CONSTRAINT = 'component_frozen_once_sold';
                END IF;
                RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
            END $$;
            """,
        )
    ]
