"""All actions for PostGraphile, which has another interface."""

import json

from clients.world import MISSING

# mutations and queries
CREATE = """
	mutation($row: ModelApiInput!) {
		createModelApi(input: {modelApi: $row}) { modelApi { id name createdBy visibility } }
	}"""
CREATE_THREE = "mutation($row: ModelApiInput!) { %s }" % " ".join(
	"m%d: createModelApi(input: {modelApi: $row}) { modelApi { id } }" % n for n in range(3)
)
FIND = """
	query($id: UUID!) {
		modelApiById(id: $id) { name description projectByProjectId { name } }
		myPermissions(modelApiId: $id)
	}"""
PAGE = """
	query($first: Int, $offset: Int) {
		allModelApis(first: $first, offset: $offset, orderBy: [CREATED_AT_DESC, ID_DESC]) {
			totalCount
			nodes { id }
		}
	}"""
SHARE = """
	mutation($id: UUID!, $who: String!, $level: AccessLevel) {
		addCollaborator(input: {modelApiId: $id, principal: $who, accessLevel: $level}) {
			clientMutationId
		}
	}"""
SET_SETTING = """
	mutation($id: UUID!, $value: JSON!) {
		setSetting(input: {modelApiId: $id, name: "limits", value: $value}) { clientMutationId }
	}"""
UPDATE = """
	mutation($id: UUID!, $patch: ModelApiPatch!) {
		updateModelApiById(input: {id: $id, modelApiPatch: $patch}) {
			modelApi { description createdBy }
		}
	}"""
REQUIRE_PERMISSION = """
	mutation($id: UUID!) {
		requirePermission(input: {modelApiId: $id, permission: EDIT_SETTINGS}) {
			clientMutationId
		}
	}"""
DELETE = """
	mutation($id: UUID!) {
		deleteModelApi(input: {modelApiId: $id}) { clientMutationId }
	}"""
NOTHING_UPDATED = (
	"No values were updated in collection 'model_apis' because no values you can update were"
	" found matching these criteria."
)


def part(answer, *path):
	"""What the answer holds at a path; where the path ends early, what is there"""
	for name in path:
		answer = answer.get(name) if isinstance(answer, dict) else answer
	return answer


def done(function):
	"""The answer of a function that returns nothing"""
	return {function: {"clientMutationId": None}}


class GraphQL:
	def __init__(self, client):
		self.client, self.action = client, client.action
		self.world, self.ids = client.world, client.ids
		self.values = {
			"projectId": client.project,
			"name": "first",
			"description": "d",
			"visibility": "PRIVATE",
			"authorizationMode": "RESTRICTED",
			"invocationMode": "SYNC",
		}

	def ask(self, user, query, **variables):
		"""The data, or the first error's SQLSTATE and message"""
		content = {"query": query, "variables": variables}
		_, answer = self.client.post(user and self.ids.get(user, user), "/graphql", content)
		if answer.get("errors"):
			error = answer["errors"][0]
			return error.get("errcode"), error.get("message")
		return answer.get("data")

	def code(self, *arguments, **variables):
		"""The data, or the first error's SQLSTATE"""
		answer = self.ask(*arguments, **variables)
		return answer[0] if isinstance(answer, tuple) else answer

	def check_all(self):
		id = self.check_create()
		self.check_bulk_create()
		self.check_find(id)
		self.check_pages()
		self.check_functions(id)
		self.check_update(id)
		self.check_delete(id)

	def check_create(self):
		"""Returns the id of the model API that the other functions use"""
		action, ana = self.action("create"), self.ids["ana"]
		row = part(self.ask("ana", CREATE, row=self.values), "createModelApi", "modelApi")
		id = row["id"] if isinstance(row, dict) else MISSING
		expected = {"id": id, "name": "first", "createdBy": ana, "visibility": "PRIVATE"}
		action.equal("create", row, expected)
		time = "2001-01-01T00:00:00Z"
		values = dict(
			self.values, name="second", createdBy=self.ids["ben"], createdAt=time, updatedAt=time
		)
		answer = self.ask("ana", CREATE, row=values)
		creator = part(answer, "createModelApi", "modelApi", "createdBy")
		action.equal("create with every column but the id", creator, ana)
		values = self.values
		action.equal("as nobody", self.code(None, CREATE, row=values), "PT401")
		action.equal("as an unknown user", self.code("nobody", CREATE, row=values), "PT401")
		action.equal("in a hidden project", self.code("ben", CREATE, row=values), "42501")
		values = dict(values, name=" ")
		action.equal("a blank name", self.code("ana", CREATE, row=values), "22023")
		return id

	def check_bulk_create(self):
		action = self.action("bulk create")
		made = self.ask("ana", CREATE_THREE, row=dict(self.values, name="bulk"))
		if isinstance(made, dict):
			made = sorted(part(row, "modelApi", "id") for row in made.values())
		stored = self.world.column(
			"SELECT id::text FROM modelapi_acl.model_apis WHERE project_id = %s AND name = 'bulk'",
			self.client.project,
		)
		action.equal("three mutations in one request", made, sorted(stored))
		action.equal("all of them", len(made), 3)

	def check_find(self, id):
		action = self.action("find")
		answer = self.ask("ana", FIND, id=id)
		project = {"name": self.client.name}
		action.equal(
			"with its project",
			part(answer, "modelApiById"),
			{"name": "first", "description": "d", "projectByProjectId": project},
		)
		action.equal(
			"with the user's permissions",
			[permission.lower() for permission in part(answer, "myPermissions")],
			self.world.permissions("ana", id),
		)
		for user in ("ben", None):
			action.equal(
				"a hidden and a missing one, as %s" % (user or "nobody"),
				[self.ask(user, FIND, id=key) for key in (id, MISSING)],
				[{"modelApiById": None, "myPermissions": []}] * 2,
			)

	def check_pages(self):
		expected = self.world.created_by("ana")
		pages = [
			part(self.ask("ana", PAGE, first=2, offset=offset), "allModelApis")
			for offset in range(0, len(expected), 2)
		]
		listed = [node["id"] for page in pages for node in part(page, "nodes")]
		self.action("page").equal("pages of two", listed, expected)
		action = self.action("count")
		counts = [part(page, "totalCount") for page in pages]
		action.equal("of all rows", counts, [len(expected)] * len(pages))
		action.equal(
			"0 for users who see no row",
			[self.ask(user, PAGE) for user in ("ben", None)],
			[{"allModelApis": {"totalCount": 0, "nodes": []}}] * 2,
		)

	def check_functions(self, id):
		action = self.action("functions")

		def share(user, principal, **more):
			return self.code(user, SHARE, id=id, who=principal, **more)

		action.equal("share a hidden one", share("ben", "cai"), "PT404")
		shared = share("ana", "ben", level="VIEWER")
		action.equal("share", shared, done("addCollaborator"))
		action.equal("share without the permission", share("ben", "cai"), "42501")
		action.equal("an unknown principal", share("ana", "nobody"), "22023")
		for value in ({"a": 1}, {"a": 2}):
			answer = self.code("ana", SET_SETTING, id=id, value=value)
			action.equal("a setting", answer, done("setSetting"))
		stored = self.world.rows(
			"SELECT name, value FROM modelapi_acl.model_api_settings WHERE model_api_id = %s", id
		)
		action.equal("the setting that is stored", stored, [("limits", {"a": 2})])

	def check_update(self, id):
		action, ana = self.action("update of a whole row"), self.ids["ana"]
		now = self.world.rows("SELECT now()::text")[0][0]
		patch = dict(self.values, description="other", createdBy=ana, createdAt=now, updatedAt=now)
		answer = self.ask("ana", UPDATE, id=id, patch=patch)
		row = part(answer, "updateModelApiById", "modelApi")
		action.equal("a whole row", row, {"description": "other", "createdBy": ana})
		other = dict(patch, projectId=self.client.other_project)
		refusal = self.ask("ana", UPDATE, id=id, patch=other)
		if isinstance(refusal, tuple):
			refusal = refusal[0], "project_id" in refusal[1]
		action.equal("another project", refusal, ("42501", True))
		action.equal("as nobody", self.code(None, UPDATE, id=id, patch=patch), "PT401")
		refusals = [
			json.dumps(self.ask("cai", UPDATE, id=key, patch=patch)).replace(key, "")
			for key in (id, MISSING)
		]
		action.equal(
			"a hidden one: as a missing one", refusals, [json.dumps([None, NOTHING_UPDATED])] * 2
		)
		action.equal(
			"requirePermission gives the reason",
			[self.code(user, REQUIRE_PERMISSION, id=id) for user in ("ana", "ben", "cai", None)],
			[done("requirePermission"), "42501", "PT404", "PT401"],
		)

	def check_delete(self, id):
		action = self.action("delete")
		action.equal(
			"delete",
			[self.code(user, DELETE, id=id) for user in ("ben", "cai", "ana")],
			["42501", "PT404", done("deleteModelApi")],
		)
		action.true("and the row is gone", not self.world.exists(id))
