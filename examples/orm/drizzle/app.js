// Drizzle over modelapi_acl, with pg.
import { count, desc, eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { jsonb, pgSchema, primaryKey, text, timestamp, unique, uuid } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { serve } from '../http.js';

// ---------- Tables. Keep drizzle-kit away from them: schemaFilter: ['public'] ----------

const schema = pgSchema('modelapi_acl');
const visibility = schema.enum('visibility', ['public', 'private']);
const authorizationMode = schema.enum('authorization_mode', ['restricted', 'unrestricted']);
const invocationMode = schema.enum('invocation_mode', ['sync', 'async']);
const accessLevel = schema.enum('access_level', ['viewer', 'editor', 'owner']);
// Override: ids. The database makes them: INSERT sends DEFAULT.
const id = () => uuid().primaryKey().defaultRandom();
const time = () => timestamp({ withTimezone: true });

const modelApis = schema.table('model_apis', {
	id: id(),
	project_id: uuid().notNull(),
	name: text().notNull(),
	description: text(),
	visibility: visibility().notNull().default('private'),
	authorization_mode: authorizationMode().notNull().default('restricted'),
	invocation_mode: invocationMode().notNull().default('sync'),
	created_by: uuid(),
	created_at: time().notNull().defaultNow(),
	updated_at: time().notNull().defaultNow(),
});
const collaborators = schema.table('model_api_collaborators', {
	id: id(),
	model_api_id: uuid().notNull().references(() => modelApis.id),
	user_id: uuid(),
	organization_id: uuid(),
	access_level: accessLevel().notNull().default('viewer'),
	expires_at: time(),
	granted_by: uuid(),
	created_at: time().notNull().defaultNow(),
}, (table) => [unique().on(table.user_id, table.model_api_id), unique().on(table.organization_id, table.model_api_id)]);
const settings = schema.table('model_api_settings', {
	model_api_id: uuid().notNull().references(() => modelApis.id),
	name: text().notNull(),
	value: jsonb().notNull(),
	updated_by: uuid(),
	updated_at: time().notNull().defaultNow(),
}, (table) => [primaryKey({ columns: [table.model_api_id, table.name] })]);

// pg reads PGHOST and so on itself. Drizzle names no statements by default, so any pooler works.
const pool = new pg.Pool({ max: 20 });
pool.on('error', (error) => console.error('idle connection:', error.message));
const db = drizzle(pool);

// ---------- Identity: one transaction for each request ----------

const asUser = (user, work) => db.transaction(async (tx) => {
	await tx.execute(sql`SELECT modelapi_acl.set_session_user(${user})`);
	return work(tx);
});

// Without the permission an UPDATE changes 0 rows, as for a missing row. This tells the two apart.
const require = (tx, key, permission) => tx.execute(sql`SELECT modelapi_acl.require_permission(${key}, ${permission})`);

// JSON has times as text; Drizzle expects a Date.
const withTimes = ({ created_at, updated_at, ...values }) => ({
	...values,
	...(created_at && { created_at: new Date(created_at) }),
	...(updated_at && { updated_at: new Date(updated_at) }),
});
const first = (rows) => rows[0] ?? null;
const byId = (key) => eq(modelApis.id, key);

serve({
	asUser,
	databaseError: (error) => error.cause,	// pg's, in a DrizzleQueryError
	async list(tx, limit, offset) {
		const [{ total }] = await tx.select({ total: count() }).from(modelApis);
		const items = await tx.select().from(modelApis).orderBy(desc(modelApis.created_at), desc(modelApis.id)).limit(limit).offset(offset);
		return { total, items };
	},
	create: async (tx, values) => first(await tx.insert(modelApis).values(withTimes(values)).returning()),
	createMany: (tx, values) => tx.insert(modelApis).values(values.map(withTimes)).returning(),
	async find(tx, key) {
		const row = first(await tx.select().from(modelApis).where(byId(key)));
		// pg does not know arrays of an enumerated type: cast it to text[].
		const { rows: [{ permissions }] } = await tx.execute(sql`SELECT modelapi_acl.my_permissions(${key})::text[] AS permissions`);
		return row && { ...row, permissions };
	},
	async replace(tx, key, values) {
		await require(tx, key, 'edit_settings');
		return first(await tx.update(modelApis).set(withTimes(values)).where(byId(key)).returning());
	},
	async change(tx, key, values) {
		await require(tx, key, 'edit_settings');
		await tx.select().from(modelApis).where(byId(key)).for('update');
		return first(await tx.update(modelApis).set(withTimes(values)).where(byId(key)).returning());
	},
	// Override: delete. The extension deletes by a function.
	async remove(tx, key) {
		await tx.execute(sql`SELECT modelapi_acl.delete_model_api(${key})`);
	},
	setSetting: async (tx, model_api_id, name, value) => first(await tx.insert(settings).values({ model_api_id, name, value })
		.onConflictDoUpdate({ target: [settings.model_api_id, settings.name], set: { value } }).returning()),
	setLevel: async (tx, model_api_id, user_id, { access_level }) => first(await tx.insert(collaborators).values({ model_api_id, user_id, access_level })
		.onConflictDoUpdate({ target: [collaborators.user_id, collaborators.model_api_id], set: { access_level } }).returning()),
	async share(tx, key, { principal, access_level = 'viewer' }) {
		await tx.execute(sql`SELECT modelapi_acl.add_collaborator(${key}, ${principal}, ${access_level})`);
	},
});
