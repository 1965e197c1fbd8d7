-- Two email addresses are the same if they are equal in NFC, ignoring the case of ASCII letters,
-- in every locale. An invitation never reaches another mailbox.
\getenv setup PG_ABS_SRCDIR
\set setup :setup '/setup/world.sql'
\set ECHO none
\i :setup
\set ECHO all

CREATE FUNCTION test.u(VARIADIC codes int[]) RETURNS text LANGUAGE sql AS $$ SELECT string_agg(chr(c), '' ORDER BY o) FROM unnest(codes) WITH ORDINALITY t(c, o) $$;
-- kate; kate with KELVIN SIGN; ilya with dotted capital I; rene composed and decomposed; Greek
SELECT test.remember('kate', modelapi_acl.create_user('kate', 'Kate@example.com')) \g /dev/null
SELECT test.remember('ilya', modelapi_acl.create_user('ilya', 'ilya@example.com')) \g /dev/null
SELECT test.remember('dotted', modelapi_acl.create_user('dotted', test.u(304) || 'lya@example.com')) \g /dev/null
SELECT test.remember('rene', modelapi_acl.create_user('rene', test.u(114, 101, 110, 101, 769) || '@example.com')) \g /dev/null
SELECT test.remember('sigma', modelapi_acl.create_user('sigma', test.u(931) || '@example.com')) \g /dev/null

-- Stored in NFC, with the case as given
SELECT test.name(user_id), email = normalize(email, NFC) AS is_nfc, length(email) FROM modelapi_acl.user_identities
WHERE test.name(user_id) IN ('kate', 'ilya', 'dotted', 'rene', 'sigma') ORDER BY 1;

-- The user that each spelling finds
SELECT what, test.name(p.user_id) FROM (VALUES
	(1, 'kate@example.com', 'kate@example.com'),
	(2, 'KATE@EXAMPLE.COM', 'KATE@EXAMPLE.COM'),
	(3, 'with KELVIN SIGN', test.u(8490) || 'ate@example.com'),
	(4, 'full width', test.u(65355) || 'ate@example.com'),
	(5, 'ILYA', 'ILYA@example.com'),
	(6, 'with a dotted I', test.u(304) || 'LYA@example.com'),
	(7, 'with I and a dot above', 'I' || test.u(775) || 'lya@example.com'),
	(8, 'with i and a dot above', 'i' || test.u(775) || 'lya@example.com'),
	(9, 'with a dotless i', test.u(305) || 'lya@example.com'),
	(10, 'rene composed', test.u(114, 101, 110, 233) || '@example.com'),
	(11, 'rene decomposed', test.u(114, 101, 110, 101, 769) || '@EXAMPLE.com'),
	(12, 'RENE composed, in capitals', test.u(82, 69, 78, 201) || '@example.com'),
	(13, 'capital sigma', test.u(931) || '@example.com'),
	(14, 'sigma', test.u(963) || '@example.com'),
	(15, 'long', repeat(test.u(233), 5000) || '@example.com')
) AS v (place, what, email) LEFT JOIN LATERAL modelapi_acl_internal.find_principal(v.email) AS p ON true ORDER BY place;

-- The same address is refused; another address is accepted
SELECT a AS attempt, test.mask(test.try(a)) AS outcome FROM (VALUES
	(1, $$SELECT modelapi_acl.create_user('x', 'KATE@example.COM')$$),
	(2, $$SELECT modelapi_acl.create_user('x', test.u(114, 101, 110, 233) || '@example.com')$$),
	(3, $$SELECT modelapi_acl.create_user('x', test.u(963) || '@example.com')$$),
	(4, $$SELECT modelapi_acl.create_user('x', test.u(305) || 'lya@example.com')$$),
	(5, $$SELECT modelapi_acl.create_user('x', test.u(8490) || 'ate@example.com')$$),
	(6, $$SELECT modelapi_acl.create_user('x', 'a' || test.u(894) || 'b@example.com')$$),
	(7, $$SELECT modelapi_acl.create_user('x', 'a' || test.u(8203) || 'b@example.com')$$),
	(8, $$SELECT modelapi_acl.create_user('x', 'a' || test.u(8238) || 'b@example.com')$$),
	(9, $$SELECT modelapi_acl.update_user('ilya', NULL, test.u(304) || 'lya@EXAMPLE.com')$$),
	(10, $$SELECT modelapi_acl.update_user('dotted', NULL, 'I' || test.u(775) || 'lya@EXAMPLE.com')$$),
	(11, $$SELECT modelapi_acl.update_user('kate', NULL, test.u(8490) || 'ate@example.com')$$)
) v(place, a) ORDER BY place;

-- An invitation to an address that looks like Kate's finds nobody
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT test.try($$SELECT modelapi_acl.add_collaborator(test.id('churn'), test.u(8490) || 'ate@example.com', 'owner')$$);
SELECT test.try($$SELECT modelapi_acl.transfer_ownership(test.id('churn'), test.u(8490) || 'ate@example.com')$$);
COMMIT;
SELECT test.try($$SELECT modelapi_acl.set_session_user(test.u(8490) || 'ate@example.com')$$);
SELECT test.name(modelapi_acl.set_session_user(test.u(114, 101, 110, 233) || '@example.com'));

-- Another spelling of the same address is no change
BEGIN;
SELECT modelapi_acl.update_user('rene', NULL, test.u(114, 101, 110, 101, 769) || '@example.com');
SELECT count(*) FROM modelapi_acl.audit_events WHERE action = 'user.email_changed';
ROLLBACK;
