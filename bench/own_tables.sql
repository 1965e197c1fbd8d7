-- Tables of an application, for bench/own_tables, beside the data of generate.sql: four
-- deployments for each model API, under a policy; one comment for each, without a policy; and
-- twenty invoices for each project, under a policy. Their rows are in order of time, not of
-- model API or project.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET synchronous_commit = off;
SET maintenance_work_mem = '512MB';
SELECT model_apis, projects FROM bench.sizes \gset

CREATE TABLE bench.deployments (id bigint, model_api_id uuid NOT NULL, created_at timestamptz NOT NULL,
	status text NOT NULL, image text NOT NULL);
INSERT INTO bench.deployments
	SELECT n, bench.id('model_api', 1 + (n * 48611) % :model_apis), timestamptz '2025-01-01' + n * interval '5 seconds',
		(ARRAY['running', 'stopped', 'failed'])[1 + n % 3], 'registry.example.com/model:' || n
	FROM generate_series(1, 4 * :model_apis::bigint) n;
ALTER TABLE bench.deployments ADD PRIMARY KEY (id);
CREATE INDEX ON bench.deployments (model_api_id);
CREATE INDEX ON bench.deployments (created_at);

CREATE TABLE bench.comments (id bigint, model_api_id uuid NOT NULL, created_at timestamptz NOT NULL, body text NOT NULL);
INSERT INTO bench.comments
	SELECT n, bench.id('model_api', 1 + (n * 48611) % :model_apis), timestamptz '2025-01-01' + n * interval '20 seconds', 'comment ' || n
	FROM generate_series(1, :model_apis::bigint) n;
ALTER TABLE bench.comments ADD PRIMARY KEY (id);
CREATE INDEX ON bench.comments (model_api_id);
CREATE INDEX ON bench.comments (created_at);

CREATE TABLE bench.invoices (id bigint, project_id uuid NOT NULL, created_at timestamptz NOT NULL, amount numeric NOT NULL);
INSERT INTO bench.invoices
	SELECT n, bench.id('project', 1 + (n * 7919) % :projects), timestamptz '2025-01-01' + n * interval '20 seconds', n % 1000
	FROM generate_series(1, 20 * :projects::bigint) n;
ALTER TABLE bench.invoices ADD PRIMARY KEY (id);
CREATE INDEX ON bench.invoices (project_id);
CREATE INDEX ON bench.invoices (created_at);

GRANT USAGE ON SCHEMA bench TO modelapi_acl_user;
GRANT SELECT ON bench.deployments, bench.comments, bench.invoices TO modelapi_acl_user;
SELECT modelapi_acl.protect_table('bench.deployments') \g /dev/null
SELECT modelapi_acl.protect_table('bench.invoices', 'project_id', 'view_project') \g /dev/null
-- VACUUM marks pages all-visible once the commits before it are on disk
CHECKPOINT;
VACUUM (ANALYZE, FREEZE) bench.deployments, bench.comments, bench.invoices;
CHECKPOINT;
