// Prisma over modelapi_acl, with the driver adapter of pg.
import { PrismaPg } from '@prisma/adapter-pg';
import client from './generated/index.js';
import { serve } from '../http.js';

// pg reads PGHOST and so on itself, and names no statements, so any pooler works.
const prisma = new client.PrismaClient({ adapter: new PrismaPg({ max: 20 }) });

// Identity: one transaction for each request. $queryRaw cannot read a result of type void.
const asUser = (user, work) => prisma.$transaction(async (tx) => {
	await tx.$executeRaw`SELECT modelapi_acl.set_session_user(${user})`;
	return work(tx);
});

// Without the permission update() gives P2025, as for a missing row. This tells the two apart.
const require = (tx, id, permission) =>
	tx.$executeRaw`SELECT modelapi_acl.require_permission(${id}::uuid, ${permission}::modelapi_acl.permission)`;

const newestFirst = [{ created_at: 'desc' }, { id: 'desc' }];

serve({
	asUser,
	// The server's error is inside one of Prisma's, or stands alone.
	databaseError(error) {
		const cause = error.meta?.driverAdapterError?.cause ?? error.cause;
		if (cause) return { code: cause.originalCode ?? cause.code, message: cause.originalMessage ?? cause.message, hint: cause.hint };
		if (error.code === 'P2025') return { code: 'PT404', message: 'not found' };
		// Prisma itself refuses values that do not fit the schema.
		if (error.name === 'PrismaClientValidationError') return { code: '22023', message: error.message.split('\n').pop() };
	},
	async list(tx, take, skip) {
		const total = await tx.modelApi.count();
		return { total, items: await tx.modelApi.findMany({ orderBy: newestFirst, take, skip }) };
	},
	create: (tx, data) => tx.modelApi.create({ data }),
	createMany: (tx, data) => tx.modelApi.createManyAndReturn({ data }),
	async find(tx, id) {
		const row = await tx.modelApi.findUnique({ where: { id } });
		// Prisma cannot read an array of an enumerated type: cast it to text[].
		const [{ permissions }] = await tx.$queryRaw`SELECT modelapi_acl.my_permissions(${id}::uuid)::text[] AS permissions`;
		return row && { ...row, permissions };
	},
	async replace(tx, id, data) {
		await require(tx, id, 'edit_settings');
		return tx.modelApi.update({ where: { id }, data });
	},
	async change(tx, id, data) {
		await require(tx, id, 'edit_settings');
		// Prisma has no row locks.
		await tx.$queryRaw`SELECT id FROM modelapi_acl.model_apis WHERE id = ${id}::uuid FOR UPDATE`;
		return tx.modelApi.update({ where: { id }, data });
	},
	// Override: delete. The extension deletes by a function.
	async remove(tx, id) {
		await tx.$executeRaw`SELECT modelapi_acl.delete_model_api(${id}::uuid)`;
	},
	setSetting: (tx, model_api_id, name, value) => tx.setting.upsert({
		where: { model_api_id_name: { model_api_id, name } },
		create: { model_api_id, name, value },
		update: { value },
	}),
	setLevel: (tx, model_api_id, user_id, { access_level }) => tx.collaborator.upsert({
		where: { user_id_model_api_id: { user_id, model_api_id } },
		create: { user_id, model_api_id, access_level },
		update: { access_level },
	}),
	async share(tx, id, { principal, access_level = 'viewer' }) {
		await tx.$executeRaw`SELECT modelapi_acl.add_collaborator(${id}::uuid, ${principal}, ${access_level}::modelapi_acl.access_level)`;
	},
});
