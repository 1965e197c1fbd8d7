-- Sent with a bound parameter, in the extended protocol. Read by secrets_in_logs.py.

-- name: bound
SELECT reason FROM modelapi_acl.authorize_invocation('{api}', {header});

-- name: bound, and an error afterwards
SELECT 1 / (count(*) - 1) FROM modelapi_acl.authorize_invocation('{api}', {header});

-- name: bound, and a timeout
SELECT reason, pg_sleep(1) FROM modelapi_acl.authorize_invocation('{api}', {header});

-- name: bound, in a common table expression
WITH a AS MATERIALIZED (SELECT reason
FROM modelapi_acl.authorize_invocation('{api}', {header})) SELECT * FROM a;

-- name: bound, through a function of one's own
SELECT test.forward('{api}', {header});

-- name: bound, and the function fails
SELECT test.forward('{api}', {header}) / 0;

-- name: bound, for a model API that isn't there
SELECT reason FROM modelapi_acl.authorize_invocation(gen_random_uuid(), {header});

-- name: bound as the wrong type
SELECT ({header})::uuid;

-- name: the digest, bound
SELECT reason
FROM modelapi_acl.authorize_invocation('{api}', 'bearer', decode({digest}, 'hex'));

-- name: the digest, bound, and an error
SELECT 1 / (count(*) - 1)
FROM modelapi_acl.authorize_invocation('{api}', 'bearer', decode({digest}, 'hex'));
