-- For an exporter of metrics: a role that reads as an administrator, and where the consumers of
-- the change feed keep their positions.
CREATE ROLE metrics LOGIN IN ROLE modelapi_acl_admin;
ALTER ROLE metrics SET default_transaction_read_only = on;
ALTER ROLE metrics SET statement_timeout = '5s';

CREATE SCHEMA metrics;
CREATE TABLE metrics.feed_positions (
	consumer text PRIMARY KEY,
	position text NOT NULL		-- of the last row that the consumer has dealt with
);
GRANT USAGE ON SCHEMA metrics TO metrics;
GRANT SELECT ON metrics.feed_positions TO metrics;
