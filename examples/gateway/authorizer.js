// What nginx's auth_request asks: may this request for a prediction pass? The secret is
// hashed here, and only its SHA-256 goes to the database.
//
//	PORT, and PGHOST, PGPORT, PGUSER, PGDATABASE; the role is a member of
//	modelapi_acl_gateway and can do nothing else
//
// Answers 200 or 401 with X-Authorization-Status (200, 401, 404), the challenge, and
// X-Model-Api, the id that was decided on in its canonical form. Where a token was accepted:
// X-Token-Id, and X-Token-Name with what headers do not take escaped as in a URL. The reason
// is for the log here alone. Any error: 500, which nginx takes as a refusal.
import { createHash, timingSafeEqual } from 'node:crypto';
import http from 'node:http';
import pg from 'pg';

const pool = new pg.Pool({ max: Number(process.env.POOL ?? 10), connectionTimeoutMillis: 1500 });
// without listeners a broken connection would end the process
pool.on('connect', (client) => client.on('error', () => {}));
pool.on('error', (error) => console.error('idle connection:', error.message));
const sha256 = (bytes) => createHash('sha256').update(bytes).digest();

// Scheme and digest of the Authorization headers of a request. What can't be read, or has
// a user name and a password that differ, gets a digest that is none: the database calls
// it malformed, where it matters.
const none = Buffer.alloc(0);
export function credential(headers) {
	if (headers.length === 0 || headers[0] === '') return [null, null];
	const [, scheme] = /^(basic|bearer)(?: |$)/i.exec(headers[0]) ?? [];
	if (scheme === undefined) return ['other', none];
	const [, rest] = /^[a-z]+ +([A-Za-z0-9._~+/-]+=*)$/i.exec(headers[0]) ?? [];
	if (rest === undefined || headers.length > 1) return [scheme, none];
	if (scheme.toLowerCase() === 'bearer') return [scheme, sha256(rest)];
	const pair = Buffer.from(rest, 'base64');
	const colon = pair.indexOf(':');
	if (colon < 0 || pair.toString('base64') !== rest) return [scheme, none];
	const user = sha256(pair.subarray(0, colon));
	const password = sha256(pair.subarray(colon + 1));
	return [scheme, timingSafeEqual(user, password) ? password : none];
}

async function authorize(modelApi, headers) {
	if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(modelApi))
		return { status: 404, reason: 'no_such_model_api' };
	const [scheme, digest] = credential(headers);
	const { rows } = await pool.query(
		`SELECT allowed, status, reason, token_id, token_name, www_authenticate
		FROM modelapi_acl.authorize_invocation($1::uuid, $2::text, $3::bytea)`, [modelApi, scheme, digest]);
	return rows[0];
}

const server = http.createServer(async (request, response) => {
	try {
		const modelApi = (request.headers['x-model-api'] ?? '').toLowerCase();
		const verdict = await authorize(modelApi, request.headersDistinct.authorization ?? []);
		console.log(JSON.stringify({ modelApi, ...verdict }));
		const headers = { 'X-Authorization-Status': verdict.status, 'X-Model-Api': modelApi };
		if (verdict.allowed && verdict.token_id) {
			headers['X-Token-Id'] = verdict.token_id;
			headers['X-Token-Name'] = encodeURIComponent(verdict.token_name);
		}
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
