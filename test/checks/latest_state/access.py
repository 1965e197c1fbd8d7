"""The access of a user, and what it permits: the permission table, as far as writes go."""

import dataclasses

NONE, VIEWER, EDITOR, OWNER = range(4)
LEVELS = [None, "viewer", "editor", "owner"]


@dataclasses.dataclass(frozen=True)
class Access:
	direct: int = NONE  # the level of the user's own grant on the model API
	shared: int = NONE  # the level of the organization's grant on it
	project: int = NONE  # the level of the user's own grant on the project
	project_shared: int = NONE  # the level of the organization's grant on it
	member: bool = True  # of the organization that holds the grants
	admin: bool = False  # of another organization
	belongs: bool = False  # to that organization
	row: bool = False  # whether there is a grant of the user's own, expired or not
	enabled: bool = True
	exists: bool = True  # whether the object of the operation exists
	public: bool = False

	def project_level(self):
		return max(self.project, self.project_shared if self.member else NONE)

	def level(self):
		return max(self.direct, self.shared if self.member else NONE, self.project_level())


# Permissions are functions of an Access.
def on_model(minimum):
	return lambda a: a.enabled and a.exists and a.level() >= minimum


def on_project(minimum):
	return lambda a: a.enabled and a.exists and a.project_level() >= minimum


def may_deploy(a):
	return on_model(OWNER)(a) or on_model(EDITOR)(a) and a.project_level() >= VIEWER


def may_leave_model(a):
	return a.enabled and a.exists and a.row and (a.level() >= VIEWER or a.public)


def may_leave_project(a):
	return a.enabled and a.exists and a.row and a.project_level() >= VIEWER


def is_admin(a):
	return a.enabled and a.exists and a.admin


def is_member(a):
	return a.enabled and a.exists and a.belongs


def is_signed_in(a):
	return a.enabled


def with_own_row(permission):
	"""For a plain UPDATE of the user's own grant: there must be one"""
	return lambda a: permission(a) and a.row
