// Answers nginx's auth_request: may this prediction request pass? The secret is hashed here;
// only its SHA-256 goes to the database.
//
//	PORT, and PGHOST, PGPORT, PGUSER, PGDATABASE; the role is a member of
//	modelapi_acl_gateway, or of modelapi_acl_identity_gateway with JWKS, and can do nothing else
//	JWKS, ISSUER, AUDIENCE: a JSON Web Key Set, as a file or a URL, and what the claims "iss" and
//	"aud" must be. Then people and workloads may send a JSON Web Token instead of an access
//	token; its claim "sub" names them.
//
// The answer is 200, 401 or 403, with X-Authorization-Status (200, 401, 403, 404), the challenge,
// and X-Model-Api: the id that was decided on, in its canonical form. For an accepted token also
// X-Token-Id, and X-Token-Name with special characters escaped as in a URL; for an accepted
// subject X-User-Id. The reason goes to this program's log alone. Any error is a 500, which nginx
// treats as a refusal.
//
// POST /leaked-tokens with a secret as its body ends the token. The answer is always 204, so that
// nobody learns whether there was one.
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { createLocalJWKSet, createRemoteJWKSet, jwtVerify } from 'jose';
import pg from 'pg';

const pool = new pg.Pool({ max: Number(process.env.POOL ?? 10), connectionTimeoutMillis: 1500 });
// Without listeners a broken connection would end the process.
pool.on('connect', (client) => client.on('error', () => {}));
pool.on('error', (error) => console.error('idle connection:', error.message));
const sha256 = (bytes) => createHash('sha256').update(bytes).digest();

// Scheme and digest of the Authorization headers of a request. If the header cannot be parsed, or
// user name and password differ, the digest is empty: the database then answers "malformed" if
// the model API needs a token.
const none = Buffer.alloc(0);
export function credential(headers) {
	if (headers.length === 0 || headers[0] === '') return [null, null];
	const [, scheme] = /^(basic|bearer)(?: |$)/i.exec(headers[0]) ?? [];
	if (scheme === undefined) return ['other', none];
	const [, rest] = /^[a-z]+ +([!-9;-~]+)$/i.exec(headers[0]) ?? [];
	if (rest === undefined || headers.length > 1) return [scheme, none];
	if (scheme.toLowerCase() === 'bearer') return [scheme, sha256(rest)];
	const pair = Buffer.from(rest, 'base64');
	const colon = pair.indexOf(':');
	if (colon < 0 || pair.toString('base64') !== rest) return [scheme, none];
	const user = sha256(pair.subarray(0, colon));
	const password = sha256(pair.subarray(colon + 1));
	return [scheme, timingSafeEqual(user, password) ? password : none];
}

// Only asymmetric signatures: who can verify them cannot make them.
const { JWKS, ISSUER: issuer, AUDIENCE: audience } = process.env;
const algorithms = ['EdDSA', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512'];
if (JWKS && !(issuer && audience)) throw new Error('JWKS needs ISSUER and AUDIENCE');
const keys = !JWKS ? undefined : /^https?:/.test(JWKS) ? createRemoteJWKSet(new URL(JWKS), { timeoutDuration: 1000 })
	: createLocalJWKSet(JSON.parse(readFileSync(JWKS, 'utf8')));

// The JSON Web Token of a request, if it has one and no other credential. An access token has no dot.
const jwt = (headers) => headers.length === 1 && /^bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(headers[0])?.[1];

// The subject of a token that is valid now; else null, which names nobody.
async function subject(token) {
	try {
		const { payload } = await jwtVerify(token, keys, { issuer, audience, algorithms, requiredClaims: ['sub', 'exp'] });
		return typeof payload.sub === 'string' ? payload.sub : null;
	} catch (error) {
		// Any other error, such as keys that cannot be fetched, is no verdict on the token.
		if (/^ERR_(JWS|JWT|JOSE_(ALG|NOT)|JWKS_(NO|MULTIPLE))_/.test(error.code)) return null;
		throw error;
	}
}

async function authorizeSubject(modelApi, token) {
	const { rows: [verdict] } = await pool.query(
		`SELECT allowed, status, reason, user_id
		FROM modelapi_acl.authorize_invocation_as($1::uuid, $2::text)`, [modelApi, await subject(token)]);
	if (verdict.status === 401) verdict.www_authenticate = 'Bearer realm="model-api", error="invalid_token"';
	return verdict;
}

async function authorize(modelApi, headers) {
	if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(modelApi))
		return { status: 404, reason: 'no_such_model_api' };
	const token = keys && jwt(headers);
	if (token) return authorizeSubject(modelApi, token);
	const [scheme, digest] = credential(headers);
	const { rows } = await pool.query(
		`SELECT allowed, status, reason, token_id, token_name, www_authenticate
		FROM modelapi_acl.authorize_invocation($1::uuid, $2::text, $3::bytea)`, [modelApi, scheme, digest]);
	return rows[0];
}

// The body of a request; what cannot be a secret is no error.
async function body(request) {
	let text = '';
	for await (const chunk of request.setEncoding('latin1')) if (text.length <= 1024) text += chunk;
	return text.trim();
}

// The secret itself is sent: it has leaked, and opens nothing afterwards.
async function endLeaked(secret) {
	await pool.query('SELECT modelapi_acl.revoke_leaked_token($1::text)', [/^[!-~]{1,255}$/.test(secret) ? secret : '']);
	return { status: 204 };
}

const server = http.createServer(async (request, response) => {
	try {
		if (request.url === '/leaked-tokens') {
			response.writeHead((await endLeaked(await body(request))).status);
			return response.end();
		}
		const modelApi = (request.headers['x-model-api'] ?? '').toLowerCase();
		const verdict = await authorize(modelApi, request.headersDistinct.authorization ?? []);
		console.log(JSON.stringify({ modelApi, ...verdict }));
		const headers = { 'X-Authorization-Status': verdict.status, 'X-Model-Api': modelApi };
		if (verdict.allowed && verdict.token_id) {
			headers['X-Token-Id'] = verdict.token_id;
			headers['X-Token-Name'] = encodeURIComponent(verdict.token_name);
		}
		if (verdict.allowed && verdict.user_id) headers['X-User-Id'] = verdict.user_id;
		if (verdict.www_authenticate) headers['WWW-Authenticate'] = verdict.www_authenticate;
		response.writeHead(verdict.allowed === true ? 200 : verdict.status === 403 ? 403 : 401, headers);
	} catch (error) {
		console.error(error.code ?? '', error.message);
		response.writeHead(500);
	}
	response.end();
});
server.listen(Number(process.env.PORT ?? 3001), '127.0.0.1', () => console.log('listening'));
process.on('SIGTERM', () => server.close(() => pool.end().then(() => process.exit(0))));
