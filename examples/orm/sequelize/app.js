// Sequelize 6 over modelapi_acl.
import { DataTypes, Sequelize, ValidationError } from 'sequelize';
import { serve } from '../http.js';

const { PGHOST, PGPORT, PGUSER, PGDATABASE, PGPASSWORD } = process.env;
const sequelize = new Sequelize(PGDATABASE, PGUSER, PGPASSWORD, {
	dialect: 'postgres', host: PGHOST, port: PGPORT, logging: false, pool: { max: 20 },
	// No SET at connect: with a pooler in transaction mode it would apply to other clients.
	keepDefaultTimezone: true,
	dialectOptions: { clientMinMessages: 'ignore' },
	define: { schema: 'modelapi_acl', freezeTableName: true, underscored: true, createdAt: 'created_at', updatedAt: 'updated_at' },
});

// ---------- Models. sync() is never called: the extension makes the tables. ----------

const column = (type, more) => ({ type, ...more });
// Override: ids. The database makes them: no defaultValue.
const id = column(DataTypes.UUID, { primaryKey: true });

const ModelApi = sequelize.define('model_apis', {
	id,
	project_id: column(DataTypes.UUID, { allowNull: false }),
	name: column(DataTypes.TEXT, { allowNull: false }),
	description: column(DataTypes.TEXT),
	visibility: column(DataTypes.ENUM('public', 'private'), { defaultValue: 'private' }),
	authorization_mode: column(DataTypes.ENUM('restricted', 'unrestricted'), { defaultValue: 'restricted' }),
	invocation_mode: column(DataTypes.ENUM('sync', 'async'), { defaultValue: 'sync' }),
	created_by: column(DataTypes.UUID),
});
const Collaborator = sequelize.define('model_api_collaborators', {
	id,
	model_api_id: column(DataTypes.UUID, { allowNull: false }),
	user_id: column(DataTypes.UUID),
	organization_id: column(DataTypes.UUID),
	access_level: column(DataTypes.ENUM('viewer', 'editor', 'owner'), { defaultValue: 'viewer' }),
	expires_at: column(DataTypes.DATE),
	granted_by: column(DataTypes.UUID),
}, { updatedAt: false });
const Setting = sequelize.define('model_api_settings', {
	model_api_id: column(DataTypes.UUID, { primaryKey: true }),
	name: column(DataTypes.TEXT, { primaryKey: true }),
	value: column(DataTypes.JSONB, { allowNull: false }),
	updated_by: column(DataTypes.UUID),
}, { createdAt: false });
ModelApi.hasMany(Collaborator, { foreignKey: 'model_api_id' });
Collaborator.belongsTo(ModelApi, { foreignKey: 'model_api_id' });

// ---------- Identity: one transaction for each request ----------

const query = (transaction, sql, bind) => sequelize.query(sql, { bind, transaction, plain: true, type: 'SELECT' });

const asUser = (user, work) => sequelize.transaction(async (transaction) => {
	await query(transaction, 'SELECT modelapi_acl.set_session_user($1)', [user]);
	return work(transaction);
});

// Without the permission an UPDATE changes 0 rows, and Sequelize does not report it.
const require = (transaction, key, permission) =>
	query(transaction, 'SELECT modelapi_acl.require_permission($1, $2)', [key, permission]);

serve({
	asUser,
	databaseError(error) {
		// The original is pg's error.
		if (error.original) return error.original;
		if (error instanceof ValidationError) return { code: '22023', message: error.message };
	},
	async list(transaction, limit, offset) {
		const { count, rows } = await ModelApi.findAndCountAll({ order: [['created_at', 'DESC'], ['id', 'DESC']], limit, offset, transaction });
		return { total: count, items: rows };
	},
	create: (transaction, values) => ModelApi.create(values, { transaction }),
	createMany: (transaction, values) => ModelApi.bulkCreate(values, { transaction, validate: true }),
	async find(transaction, key) {
		const row = await ModelApi.findByPk(key, { transaction });
		// pg does not know arrays of an enumerated type: cast it to text[].
		return row && { ...row.get(), ...(await query(transaction, 'SELECT modelapi_acl.my_permissions($1)::text[] AS permissions', [key])) };
	},
	async replace(transaction, key, values) {
		await require(transaction, key, 'edit_settings');
		const [, [row]] = await ModelApi.update(values, { where: { id: key }, returning: true, transaction });
		return row ?? null;
	},
	async change(transaction, key, values) {
		await require(transaction, key, 'edit_settings');
		const row = await ModelApi.findByPk(key, { lock: transaction.LOCK.UPDATE, transaction });
		return row && row.update(values, { transaction });
	},
	// Override: delete. The extension deletes by a function.
	async remove(transaction, key) {
		await query(transaction, 'SELECT modelapi_acl.delete_model_api($1)', [key]);
	},
	async setSetting(transaction, model_api_id, name, value) {
		const [row, made] = await Setting.findOrCreate({ where: { model_api_id, name }, defaults: { value }, transaction });
		return made ? row : row.update({ value }, { transaction });
	},
	async setLevel(transaction, model_api_id, user_id, { access_level }) {
		const [row] = await Collaborator.upsert({ model_api_id, user_id, access_level }, { conflictFields: ['user_id', 'model_api_id'], transaction });
		return row;
	},
	async share(transaction, key, { principal, access_level = 'viewer' }) {
		await query(transaction, 'SELECT modelapi_acl.add_collaborator($1, $2, $3)', [key, principal, access_level]);
	},
});
