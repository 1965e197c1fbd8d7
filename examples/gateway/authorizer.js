// What nginx's auth_request asks: may this request for a prediction pass? The secret is
// hashed here, and only its SHA-256 goes to the database.
//
//	PORT, and PGHOST, PGPORT, PGUSER, PGDATABASE; the role is a member of
//	modelapi_acl_gateway and can do nothing else
//
// Answers 200 or 401 with X-Authorization-Status (200, 401, 404) and the challenge. The
// reason is for the log here alone. Any error: 500, which nginx takes as a refusal.
import { createHash, timingSafeEqual } from 'node:crypto';
import http from 'node:http';
import pg from 'pg';

const pool = new pg.Pool({ max: Number(process.env.POOL ?? 10) });
pool.on('error', (error) => console.error('idle connection:', error.message));
const sha256 = (bytes) => createHash('sha256').update(bytes).digest();

// The scheme and the digest of an Authorization header; no digest for what can't be read
// or where user name and password differ: the database denies that where it matters
export function credential(header) {
	if (header === undefined) return [null, null];
	const [, scheme, rest] = /^([A-Za-z]+) +([A-Za-z0-9._~+/-]+=*) *$/.exec(header) ?? [];
	switch (scheme?.toLowerCase()) {
		case 'bearer':
			return ['bearer', sha256(rest)];
		case 'basic': {
			const pair = Buffer.from(rest, 'base64');
			const colon = pair.indexOf(':');
			if (colon < 0 || pair.toString('base64').replace(/=+$/, '') !== rest.replace(/=+$/, '')) return ['basic', null];
			const user = sha256(pair.subarray(0, colon));
			const password = sha256(pair.subarray(colon + 1));
			return ['basic', timingSafeEqual(user, password) ? password : null];
		}
		default:
			return [scheme?.toLowerCase() ?? 'unreadable', null];
	}
}

async function authorize(modelApi, header) {
	if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(modelApi ?? ''))
		return { status: 404, reason: 'no_such_model_api' };
	const [scheme, digest] = credential(header);
	const { rows } = await pool.query(
		`SELECT allowed, status, reason, token_name, www_authenticate
		FROM modelapi_acl.authorize_invocation($1::uuid, $2::text, $3::bytea)`, [modelApi, scheme, digest]);
	return rows[0];
}

const server = http.createServer(async (request, response) => {
	try {
		const verdict = await authorize(request.headers['x-model-api'], request.headers.authorization);
		console.log(JSON.stringify({ modelApi: request.headers['x-model-api'], ...verdict }));
		const headers = { 'X-Authorization-Status': verdict.status };
		if (verdict.www_authenticate) headers['WWW-Authenticate'] = verdict.www_authenticate;
		response.writeHead(verdict.allowed === true ? 200 : 401, headers);
	} catch (error) {
		console.error(error.code ?? '', error.message);
		response.writeHead(500);
	}
	response.end();
});
server.listen(Number(process.env.PORT ?? 3001), '127.0.0.1', () => console.log('listening'));
process.on('SIGTERM', () => server.close(() => pool.end().then(() => process.exit(0))));
