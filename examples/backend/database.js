// One transaction for each request, with the user who sent it.
import pg from 'pg';

// The pooler gives a server connection to the next transaction of any client, so nothing is
// kept in the session. The identity ends with the transaction. Parameters are always bound.
// PREPARED=1 also names the statements, so that the server keeps their plans. This works
// directly with the server, and through PgBouncer from 1.21 on with max_prepared_statements.
// Earlier ones mix up the names: requests fail with 500, but never get another user's rows.
const named = process.env.PREPARED === '1';
const pool = new pg.Pool({ max: Number(process.env.POOL ?? 20), connectionTimeoutMillis: 5000 });
// When a connection breaks, the query of its request fails. Without a listener the error would
// also end the process.
pool.on('connect', (client) => client.on('error', () => {}));
pool.on('error', (error) => console.error('idle connection:', error.message));

// The HTTP status of a database error; 500 for errors of this program
function statusOf(error) {
	const code = error.code ?? '';
	const own = /^PT(\d{3})$/.exec(code);
	if (own) return Number(own[1]);
	if (code === '42501') return 403;
	if (code === '23505' || code === '23503') return 409;
	if (/^(22|23)/.test(code)) return 400;
	if (code === '57014' || /^(53|08|57P)/.test(code) || isUnreachable(error)) return 503;
	return 500;
}

// The server did not answer: an error of the socket, or of the client library
const isUnreachable = (error) => /^E[A-Z]+$/.test(error.code ?? '') || /^(timeout exceeded|Connection terminated)/.test(error.message);

const isWorthAnotherTry = (error) => error.code === '40001' || error.code === '40P01';

export class HttpError extends Error {
	constructor(status, message, hint) {
		super(message);
		this.status = status;
		this.hint = hint;
	}
}

async function transaction(user, work) {
	const client = await pool.connect();
	let broken;
	try {
		await client.query('BEGIN');
		await client.query('SELECT modelapi_acl.set_session_user($1)', [user]);
		const result = await work((name, text, values) =>
			client.query(named ? { name, text, values } : { text, values }).then((r) => r.rows));
		await client.query('COMMIT');
		return result;
	} catch (error) {
		await client.query('ROLLBACK').catch((e) => { broken = e; });
		throw error;
	} finally {
		client.release(broken);
	}
}

// user: an id, username or email; null if nobody is signed in. work receives a function that
// runs a statement by name, text and parameters. Never put values into the text.
export async function asUser(user, work) {
	for (let tries = 1; ; tries++) {
		try {
			return await transaction(user, work);
		} catch (error) {
			if (error instanceof HttpError) throw error;
			if (isWorthAnotherTry(error) && tries < 5) continue;
			const status = statusOf(error);
			if (status >= 500) console.error(error.code, error.message);
			throw new HttpError(status, status >= 500 ? 'something went wrong' : error.message, error.hint);
		}
	}
}

export const close = () => pool.end();
