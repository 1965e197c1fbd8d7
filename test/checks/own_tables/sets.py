"""What the reference permits: the sets by which the policies of the twin tables decide."""

from reference.rules import ADMINISTRATOR, ANONYMOUS, PERMISSIONS, enough

PROJECT_PERMISSIONS = {
	"view_project": "viewer",
	"create_model_api": "editor",
	"view_project_collaborators": "editor",
	"manage_project": "owner",
}
PERMISSIONS_OF = {"model_api": PERMISSIONS, "project": list(PROJECT_PERMISSIONS)}

# of a twin's session: who asks, as the sets name it
ASKER = "twin.asker"
SETS = """
	CREATE TABLE twin.permitted (asker text, permission text, key uuid);
	GRANT SELECT ON twin.permitted TO PUBLIC;
	"""
INDEX = "CREATE UNIQUE INDEX ON twin.permitted (asker, permission, key); ANALYZE twin.permitted"


def name_of(who):
	return "anonymous" if who is ANONYMOUS else who


def rows_of(world):
	"""The rows of twin.permitted"""
	for who in [*world.users, ADMINISTRATOR]:
		for api in world.apis:
			for permission in world.permissions(who, api):
				yield name_of(who), permission, api
		for project in world.projects:
			level = world.project_level(who, project)
			for permission, needed in PROJECT_PERMISSIONS.items():
				if enough(level, needed):
					yield name_of(who), permission, project


def is_permitted(permission, key):
	"""The condition on a twin's row"""
	return (
		"EXISTS (SELECT FROM twin.permitted AS s WHERE s.asker = current_setting('%s')"
		" AND s.permission = '%s' AND s.key = %s)" % (ASKER, permission, key)
	)


def is_administrator():
	return "current_setting('%s') = '%s'" % (ASKER, ADMINISTRATOR)
