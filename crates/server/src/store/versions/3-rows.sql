-- Rows for every table of version 3, each column unlike the others.
INSERT INTO secret (value) VALUES (x'5ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7');
INSERT INTO host (id, name, name_key, salt, verifier, host_key, wrapped_by_password, wrapped_by_recovery, asks_both) VALUES
    (3, 'Anna', 'anna', x'a1a1', '$argon2id$anna', x'a2a2', x'a3a3', x'a4a4', 0),
    (7, 'Berta Ö.', 'berta ö.', x'b1b1', '$argon2id$berta', x'b2b2', x'b3b3', x'b4b4', 1);
INSERT INTO session (token_hash, host, expires) VALUES (x'01', 3, 1800000000), (x'02', 7, 1800086400);
INSERT INTO enrolment (token_hash, purpose, name, host, expires) VALUES
    (x'11', 'new', 'Invited', NULL, 1800000001), (x'12', 'reset', NULL, 7, 1800000002);
INSERT INTO meeting (number, id, host, kept, settings, admission, title, record) VALUES
    (1, 'keptkeptkeptkept', 3, 1, '{"lobby":true}', x'c1', CAST('sealed kept title' AS BLOB), x'c3'),
    (2, 'alsokeptalsokept', 7, 1, '{"lobby":false}', x'd1', x'd2', x'd3'),
    (4, 'passingpassingpa', 7, 0, '{"lobby":false}', x'e1', CAST('sealed passing title' AS BLOB), x'e3');
INSERT INTO opening (number, host, begins, ends) VALUES (1, 3, 1800000003, 1800003603), (5, 7, 1800000004, 1800007204);
INSERT INTO passkey (number, credential_id, host, name, credential, wrapped_by_passkey) VALUES
    (1, x'f1f1', 3, x'f2f2', '{"of":"anna"}', x'f3f3'),
    (5, x'f4f4', 7, x'f5f5', '{"of":"berta"}', NULL);
