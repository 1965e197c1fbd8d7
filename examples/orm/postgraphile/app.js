// PostGraphile 4 over modelapi_acl: GraphQL at /graphql.
//
// The header X-User, a user's id or external_id, stands for the "sub" of a
// verified token: replace it before anybody else can reach the program.
// Database: PGHOST, PGPORT, PGUSER, PGDATABASE. The login role is a member of
// modelapi_acl_authenticator, so that its claims are believed, and of modelapi_acl_user.
//
// Through a pooler in transaction mode: POSTGRAPHILE_PREPARED_STATEMENT_CACHE_SIZE=0
import http from 'node:http';
import utils from 'graphile-utils';
import pg from 'pg';
import { postgraphile } from 'postgraphile';

// Smart tags. They cannot be in comments, which belong to the extension.
// Functions that create a row are left out if the table's mutation has the same name.
const omit = { tags: { omit: true } };
const tags = utils.makeJSONPgSmartTagsPlugin({
	version: 1,
	config: {
		procedure: {
			'modelapi_acl.create_model_api': omit,
			'modelapi_acl.create_organization': omit,
			'modelapi_acl.create_project': omit,
			'modelapi_acl.new_id': omit,
			'modelapi_acl.pre_request': omit,
		},
	},
});

const pool = new pg.Pool({ max: 20 });
pool.on('error', (error) => console.error('idle connection:', error.message));

const server = http.createServer(postgraphile(pool, 'modelapi_acl', {
	// Without this, tables of extensions are left out.
	includeExtensionResources: true,
	// Leaves out what the login role may not do: deletes, updates of ids.
	ignoreRBAC: false,
	// Offers filters and orders by indexed columns only, and does not warn about the others.
	ignoreIndexes: false,
	hideIndexWarnings: true,
	legacyRelations: 'omit',
	setofFunctionsContainNulls: false,
	dynamicJson: true,
	appendPlugins: [tags],
	extendedErrors: ['errcode', 'hint'],
	disableQueryLog: true,
	graphiql: false,
	// Identity: PostGraphile sets these in each request's transaction.
	pgSettings: (request) => ({
		role: 'modelapi_acl_user',
		...(request.headers['x-user'] && { 'request.jwt.claims': JSON.stringify({ sub: request.headers['x-user'] }) }),
	}),
}));
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
