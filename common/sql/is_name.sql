-- Whether a text is in the one form of a name: composed letters, single spaces and none at the ends, and
-- nothing that nobody sees. Its Python twin is common/names.py, which also says where a joiner belongs.
CREATE OR REPLACE FUNCTION is_name(name text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT name IS NFC NORMALIZED
       AND name !~ '^ | $|  '
       AND name !~ ('[\u0001-\u001f\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f'
                    '\u2000-\u200b\u200e\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0d'
                    '\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a'
                    '\U000e0000-\U000e0fff]')
$$;
