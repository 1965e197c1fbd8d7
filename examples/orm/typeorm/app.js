// TypeORM over modelapi_acl.
import { DataSource, EntitySchema } from 'typeorm';
import { serve } from '../http.js';

// ---------- Entities. synchronize is off: the extension makes the tables. ----------

const schema = 'modelapi_acl';
const column = (type, more) => ({ type, ...more });
const enumerated = (name, labels) => column('enum', { enum: labels, enumName: `modelapi_acl.${name}`, default: labels[0] });
// Override: ids. The database makes them. With "generated", INSERT returns them.
const id = column('uuid', { primary: true, generated: 'uuid' });
const time = { createDate: column('timestamptz', { createDate: true }), updateDate: column('timestamptz', { updateDate: true }) };

const ModelApi = new EntitySchema({
	name: 'ModelApi', tableName: 'model_apis', schema,
	columns: {
		id,
		project_id: column('uuid'),
		name: column('text'),
		description: column('text', { nullable: true }),
		visibility: enumerated('visibility', ['private', 'public']),
		authorization_mode: enumerated('authorization_mode', ['restricted', 'unrestricted']),
		invocation_mode: enumerated('invocation_mode', ['sync', 'async']),
		created_by: column('uuid', { nullable: true, default: null }),
		created_at: time.createDate,
		updated_at: time.updateDate,
	},
	relations: { collaborators: { type: 'one-to-many', target: 'Collaborator', inverseSide: 'model_api' } },
});
const Collaborator = new EntitySchema({
	name: 'Collaborator', tableName: 'model_api_collaborators', schema,
	columns: {
		id,
		model_api_id: column('uuid'),
		user_id: column('uuid', { nullable: true }),
		organization_id: column('uuid', { nullable: true }),
		access_level: enumerated('access_level', ['viewer', 'editor', 'owner']),
		expires_at: column('timestamptz', { nullable: true }),
		granted_by: column('uuid', { nullable: true }),
		created_at: time.createDate,
	},
	relations: { model_api: { type: 'many-to-one', target: 'ModelApi', joinColumn: { name: 'model_api_id' } } },
});
const Setting = new EntitySchema({
	name: 'Setting', tableName: 'model_api_settings', schema,
	columns: {
		model_api_id: column('uuid', { primary: true }),
		name: column('text', { primary: true }),
		value: column('jsonb'),
		updated_by: column('uuid', { nullable: true }),
		updated_at: time.updateDate,
	},
});

const { PGHOST, PGPORT, PGUSER, PGDATABASE, PGPASSWORD } = process.env;
const source = new DataSource({
	type: 'postgres', host: PGHOST, port: Number(PGPORT ?? 5432), username: PGUSER, password: PGPASSWORD, database: PGDATABASE,
	entities: [ModelApi, Collaborator, Setting], synchronize: false, installExtensions: false, poolSize: 20,
	// Otherwise TypeORM tries to CREATE EXTENSION "uuid-ossp" for generated: 'uuid'
	uuidExtension: 'pgcrypto',
});
await source.initialize();

// ---------- Identity: one transaction for each request ----------

const asUser = (user, work) => source.transaction(async (manager) => {
	await manager.query('SELECT modelapi_acl.set_session_user($1)', [user]);
	return work(manager);
});

// Without the permission an UPDATE changes 0 rows, and TypeORM does not report it.
const require = (manager, key, permission) => manager.query('SELECT modelapi_acl.require_permission($1, $2)', [key, permission]);

serve({
	asUser,
	databaseError: (error) => error.driverError,	// pg's
	async list(manager, take, skip) {
		const [items, total] = await manager.findAndCount(ModelApi, { order: { created_at: 'DESC', id: 'DESC' }, take, skip });
		return { total, items };
	},
	async create(manager, values) {
		const row = await manager.save(ModelApi, values);
		// The database sets created_by, and save() does not read it back.
		return manager.findOneBy(ModelApi, { id: row.id });
	},
	createMany: (manager, values) => manager.save(ModelApi, values),
	async find(manager, key) {
		const row = await manager.findOneBy(ModelApi, { id: key });
		// pg does not know arrays of an enumerated type: cast it to text[].
		const [{ permissions }] = await manager.query('SELECT modelapi_acl.my_permissions($1)::text[] AS permissions', [key]);
		return row && { ...row, permissions };
	},
	async replace(manager, key, values) {
		await require(manager, key, 'edit_settings');
		await manager.update(ModelApi, { id: key }, values);
		return manager.findOneBy(ModelApi, { id: key });
	},
	async change(manager, key, values) {
		await require(manager, key, 'edit_settings');
		const row = await manager.findOne(ModelApi, { where: { id: key }, lock: { mode: 'pessimistic_write' } });
		return row && manager.save(ModelApi, { ...row, ...values });
	},
	// Override: delete. The extension deletes by a function.
	async remove(manager, key) {
		await manager.query('SELECT modelapi_acl.delete_model_api($1)', [key]);
	},
	async setSetting(manager, model_api_id, name, value) {
		await manager.upsert(Setting, { model_api_id, name, value }, ['model_api_id', 'name']);
		return manager.findOneBy(Setting, { model_api_id, name });
	},
	async setLevel(manager, model_api_id, user_id, { access_level }) {
		await manager.upsert(Collaborator, { model_api_id, user_id, access_level }, ['user_id', 'model_api_id']);
		return manager.findOneBy(Collaborator, { model_api_id, user_id });
	},
	async share(manager, key, { principal, access_level = 'viewer' }) {
		await manager.query('SELECT modelapi_acl.add_collaborator($1, $2, $3)', [key, principal, access_level]);
	},
});
