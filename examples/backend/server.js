// A small HTTP API over modelapi_acl. It checks nothing itself: the database hides what a user
// may not see, and refuses what a user may not do.
//
//	PORT, and PGHOST, PGPORT, PGUSER, PGDATABASE of the pooler
//	SESSIONS	JSON of session token: username; stands for your sign-in
import http from 'node:http';
import { asUser, close, HttpError } from './database.js';

const sessions = new Map(Object.entries(JSON.parse(process.env.SESSIONS ?? '{}')));
const id = '([0-9a-f-]{36})';

const routes = [
	['GET', /^\/model-apis$/, (run, _, url) =>
		run('list', `SELECT id, name, visibility, created_at FROM modelapi_acl.model_apis
			ORDER BY created_at DESC, id DESC LIMIT $1`, [Math.min(Number(url.searchParams.get('limit')) || 50, 1000)])],
	['GET', /^\/search$/, (run, _, url) =>
		run('search', 'SELECT id, name FROM modelapi_acl.search_model_apis($1) LIMIT 50', [url.searchParams.get('q') ?? ''])],
	['GET', new RegExp(`^/model-apis/${id}$`), async (run, [api]) => {
		const [row] = await run('one', `SELECT m.*, modelapi_acl.my_permissions(m.id)::text[] AS permissions
			FROM modelapi_acl.model_apis m WHERE m.id = $1`, [api]);
		return row ?? notFound();
	}],
	['POST', /^\/organizations$/, async (run, _, __, body) =>
		created(await run('create_organization', 'SELECT modelapi_acl.create_organization($1, $2) AS id', [body.name, body.full_name]))],
	['POST', /^\/projects$/, async (run, _, __, body) =>
		created(await run('create_project', 'SELECT modelapi_acl.create_project($1) AS id', [body.name]))],
	['POST', /^\/model-apis$/, async (run, _, __, body) =>
		created(await run('create', 'SELECT modelapi_acl.create_model_api($1, $2, $3) AS id', [body.project_id, body.name, body.description]))],
	['PATCH', new RegExp(`^/model-apis/${id}$`), async (run, [api], _, body) => {
		const [row] = await run('change', `UPDATE modelapi_acl.model_apis
			SET name = coalesce($2, name), description = coalesce($3, description) WHERE id = $1 RETURNING id, name, description`,
		[api, body.name, body.description]);
		if (row) return row;
		// hidden; or visible, but not to be changed by this user
		const [{ seen }] = await run('may', "SELECT modelapi_acl.has_permission($1, 'view') AS seen", [api]);
		return seen ? forbidden() : notFound();
	}],
	['DELETE', new RegExp(`^/model-apis/${id}$`), (run, [api]) =>
		run('delete', 'SELECT modelapi_acl.delete_model_api($1)', [api]).then(() => done)],
	['POST', new RegExp(`^/model-apis/${id}/collaborators$`), (run, [api], _, body) =>
		run('share', 'SELECT modelapi_acl.add_collaborator($1, $2, $3, $4)', [api, body.principal, body.access_level ?? 'viewer', body.expires_at]).then(() => done)],
	['DELETE', new RegExp(`^/model-apis/${id}/collaborators/([^/]+)$`), (run, [api, principal]) =>
		run('unshare', 'SELECT modelapi_acl.remove_collaborator($1, $2)', [api, principal]).then(() => done)],
	['POST', new RegExp(`^/model-apis/${id}/visibility$`), (run, [api], _, body) =>
		run('visibility', 'SELECT modelapi_acl.set_visibility($1, $2)', [api, body.visibility]).then(() => done)],
	['POST', new RegExp(`^/model-apis/${id}/tokens$`), async (run, [api], _, body) =>
		created(await run('token', 'SELECT id, token FROM modelapi_acl.create_token($1, $2, $3)', [api, body.name, body.expires_at]))],
];

const done = { status: 204 };
function created([row]) { return { status: 201, ...row }; }
function notFound() { throw new HttpError(404, 'there is no such model API'); }
function forbidden() { throw new HttpError(403, 'permission denied'); }

async function readBody(request) {
	const parts = [];
	let length = 0;
	for await (const part of request) {
		if ((length += part.length) > 1_000_000) throw new HttpError(413, 'too long');
		parts.push(part);
	}
	if (length === 0) return {};
	let body;
	try {
		body = JSON.parse(Buffer.concat(parts));
	} catch {
		throw new HttpError(400, 'the body is not JSON');
	}
	if (body === null || typeof body !== 'object') throw new HttpError(400, 'the body is not a JSON object');
	return body;
}

// The user of the request's session; null if nobody is signed in
function userOf(request) {
	const [, session] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
	if (session === undefined) return null;
	if (!sessions.has(session)) throw new HttpError(401, 'the session has ended');
	return sessions.get(session);
}

function decode(part) {
	try {
		return decodeURIComponent(part);
	} catch {
		throw new HttpError(400, 'the address is badly encoded');
	}
}

async function answer(request) {
	const url = URL.canParse(request.url, 'http://localhost') ? new URL(request.url, 'http://localhost') : notFound();
	for (const [method, pattern, work] of routes) {
		const found = request.method === method && pattern.exec(url.pathname);
		if (found) {
			const body = await readBody(request);
			return asUser(userOf(request), (run) => work(run, found.slice(1).map(decode), url, body));
		}
	}
	throw new HttpError(404, 'there is no such page');
}

const server = http.createServer(async (request, response) => {
	let status = 200;
	let body;
	try {
		body = await answer(request);
		if (body?.status) ({ status, ...body } = body);
	} catch (error) {
		status = error.status ?? 500;
		body = { message: status >= 500 ? 'something went wrong' : error.message, hint: error.hint };
		if (!error.status) console.error(error);
	}
	response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
	response.end(status === 204 ? undefined : JSON.stringify(body ?? null));
});
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => console.log('listening'));
process.on('SIGTERM', () => server.close(() => close().then(() => process.exit(0))));
