// One transaction a request, in the name of the one who sent it.
import pg from 'pg';

// The pooler hands a server connection to whoever has a transaction next: nothing is
// kept in a session, and identity ends with the transaction by itself. Parameters are
// bound in every case; PREPARED=1 also gives statements names, so that the server keeps
// their plans: straight to the server, or through PgBouncer from 1.21 on with
// max_prepared_statements set. Before, names clash or are not there: 500, never another's rows.
const named = process.env.PREPARED === '1';
const pool = new pg.Pool({ max: Number(process.env.POOL ?? 20), connectionTimeoutMillis: 5000 });
// A connection that breaks while a request has it fails that request's query; without a
// listener it would end the process as well.
pool.on('connect', (client) => client.on('error', () => {}));
pool.on('error', (error) => console.error('idle connection:', error.message));

// What the database refuses, as HTTP; everything else is our own fault: 500
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

// No answer of the server's: the socket's error, or the client's own
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

// user: an id, username or email, or null for nobody. work gets a function that
// runs a statement: its name, text and parameters; never values in the text.
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
