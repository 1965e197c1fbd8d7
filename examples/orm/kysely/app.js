// Kysely over modelapi_acl, with pg.
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { serve } from '../http.js';

// pg reads PGHOST and so on itself. Kysely names no statements, so any pooler works.
const pool = new pg.Pool({ max: 20 });
pool.on('error', (error) => console.error('idle connection:', error.message));
const db = new Kysely({ dialect: new PostgresDialect({ pool }) }).withSchema('modelapi_acl');

// Identity: one transaction for each request
const asUser = (user, work) => db.transaction().execute(async (tx) => {
	await sql`SELECT modelapi_acl.set_session_user(${user})`.execute(tx);
	return work(tx.withSchema('modelapi_acl'));
});

// Without the permission an UPDATE changes 0 rows, as for a missing row. This tells the two apart.
const require = (tx, id, permission) => sql`SELECT modelapi_acl.require_permission(${id}, ${permission})`.execute(tx);

const byId = (tx, id) => tx.selectFrom('model_apis').selectAll().where('id', '=', id);
const update = (tx, id, values) => tx.updateTable('model_apis').set(values).where('id', '=', id).returningAll().executeTakeFirst();

serve({
	asUser,
	databaseError: (error) => error,	// pg's own
	async list(tx, limit, offset) {
		const { total } = await tx.selectFrom('model_apis').select((e) => e.fn.countAll().as('total')).executeTakeFirst();
		const items = await tx.selectFrom('model_apis').selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc')
			.limit(limit).offset(offset).execute();
		// bigint arrives as text
		return { total: Number(total), items };
	},
	// The database makes the id: values() leaves it out.
	create: (tx, values) => tx.insertInto('model_apis').values(values).returningAll().executeTakeFirst(),
	createMany: (tx, values) => tx.insertInto('model_apis').values(values).returningAll().execute(),
	async find(tx, id) {
		const row = await byId(tx, id).executeTakeFirst();
		// pg does not know arrays of an enumerated type: cast it to text[].
		const { rows: [{ permissions }] } = await sql`SELECT modelapi_acl.my_permissions(${id})::text[] AS permissions`.execute(tx);
		return row ? { ...row, permissions } : null;
	},
	async replace(tx, id, values) {
		await require(tx, id, 'edit_settings');
		return update(tx, id, values);
	},
	async change(tx, id, values) {
		await require(tx, id, 'edit_settings');
		await byId(tx, id).forUpdate().executeTakeFirst();
		return update(tx, id, values);
	},
	// Override: delete. The extension deletes by a function.
	async remove(tx, id) {
		await sql`SELECT modelapi_acl.delete_model_api(${id})`.execute(tx);
	},
	setSetting: (tx, model_api_id, name, value) => tx.insertInto('model_api_settings')
		.values({ model_api_id, name, value: JSON.stringify(value) })
		.onConflict((conflict) => conflict.columns(['model_api_id', 'name']).doUpdateSet((e) => ({ value: e.ref('excluded.value') })))
		.returningAll().executeTakeFirst(),
	setLevel: (tx, model_api_id, user_id, { access_level }) => tx.insertInto('model_api_collaborators')
		.values({ model_api_id, user_id, access_level })
		.onConflict((conflict) => conflict.columns(['user_id', 'model_api_id']).doUpdateSet((e) => ({ access_level: e.ref('excluded.access_level') })))
		.returningAll().executeTakeFirst(),
	async share(tx, id, { principal, access_level = 'viewer' }) {
		await sql`SELECT modelapi_acl.add_collaborator(${id}, ${principal}, ${access_level})`.execute(tx);
	},
});
