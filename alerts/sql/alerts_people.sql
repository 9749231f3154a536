-- The people of a team who may still see the venue.
CREATE OR REPLACE FUNCTION alerts_people(of_team bigint) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    SELECT u.id
      FROM alerts_alertteam t
      JOIN accounts_user u ON u.is_active
       AND (u.is_superuser
            OR EXISTS (SELECT FROM accounts_user_venues v
                        WHERE v.user_id = u.id AND v.venue_id = t.venue_id))
     WHERE t.id = of_team
       AND (EXISTS (SELECT FROM alerts_alertteam_members m
                     WHERE m.alertteam_id = t.id AND m.user_id = u.id)
            OR t.has_everyone
               AND (t.venue_id IS NULL AND u.is_superuser
                    OR t.role <> '' AND EXISTS (
                        SELECT FROM accounts_user_groups m JOIN auth_group g ON g.id = m.group_id
                         WHERE m.user_id = u.id AND g.name = t.role)))
$$;
