-- The rules of no venue and their first history records. Those of a venue come with the venue.
SELECT alerts_begin_system();
SELECT alerts_record_beginnings(NULL);
