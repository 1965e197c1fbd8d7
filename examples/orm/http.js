// The HTTP part of the programs in this folder: routes, and the HTTP status of database errors.
//
// The header X-User stands for your sign-in and is not verified. Replace it by sessions or verified
// tokens before anybody else can reach the program.
import http from 'node:http';

const id = '([0-9a-f-]{36})';

// The handler for each route. It gets a transaction in which the user is stated.
const routes = [
	['GET', /^\/model-apis$/, 200, (app, tx, _, body, query) =>
		app.list(tx, Math.min(Number(query.get('limit') ?? 50), 1000), Number(query.get('offset') ?? 0))],
	['POST', /^\/model-apis$/, 201, (app, tx, _, body) => app.create(tx, body)],
	['POST', /^\/model-apis\/bulk$/, 201, (app, tx, _, body) => app.createMany(tx, body)],
	['GET', RegExp(`^/model-apis/${id}$`), 200, (app, tx, [key]) => app.find(tx, key)],
	['PUT', RegExp(`^/model-apis/${id}$`), 200, (app, tx, [key], body) => app.replace(tx, key, body)],
	['PATCH', RegExp(`^/model-apis/${id}$`), 200, (app, tx, [key], body) => app.change(tx, key, body)],
	['DELETE', RegExp(`^/model-apis/${id}$`), 204, (app, tx, [key]) => app.remove(tx, key)],
	['PUT', RegExp(`^/model-apis/${id}/settings/(\\w+)$`), 200, (app, tx, [key, name], body) => app.setSetting(tx, key, name, body)],
	['POST', RegExp(`^/model-apis/${id}/collaborators$`), 204, (app, tx, [key], body) => app.share(tx, key, body)],
	['PUT', RegExp(`^/model-apis/${id}/collaborators/${id}$`), 200, (app, tx, [key, user], body) => app.setLevel(tx, key, user, body)],
];

// error: the driver's, which has the SQLSTATE, the message and the hint
export function statusOf(error) {
	const code = error?.code ?? '';
	const own = /^PT(\d{3})$/.exec(code);
	if (own) return Number(own[1]);
	if (code === '42501') return 403;
	if (code === '23505' || code === '23503') return 409;
	if (/^(22|23)/.test(code)) return 400;
	return 500;
}

// app: the handlers; asUser(user, work), which runs work in a transaction with the user stated;
// databaseError(error), which finds the driver's error inside the library's
export function serve(app) {
	const server = http.createServer(async (request, response) => {
		const answer = (status, content) => {
			response.writeHead(status, { 'Content-Type': 'application/json' });
			response.end(content === undefined || status === 204 ? '' : JSON.stringify(content));
		};
		try {
			const url = new URL(request.url, 'http://localhost');
			let text = '';
			for await (const chunk of request) text += chunk;
			for (const [method, path, status, handle] of routes) {
				const found = request.method === method && path.exec(url.pathname);
				if (!found) continue;
				const body = text ? JSON.parse(text) : undefined;
				const content = await app.asUser(request.headers['x-user'] ?? null, (tx) => handle(app, tx, found.slice(1), body, url.searchParams));
				return (content ?? null) === null && status !== 204 ? answer(404, { message: 'not found' }) : answer(status, content);
			}
			answer(404, { message: 'not found' });
		} catch (error) {
			if (error instanceof SyntaxError) return answer(400, { message: 'no JSON' });
			const cause = app.databaseError(error) ?? error;
			const status = statusOf(cause);
			if (status >= 500) console.error(error);
			answer(status, status >= 500 ? { message: 'something went wrong' } : { message: cause.message, hint: cause.hint });
		}
	});
	server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1');
	process.on('SIGTERM', () => process.exit(0));
}
