"""What users of a random world try: the reference's name of it, the arguments that the reference
gets, and the SQL."""

import re

from harness import read_lists, read_queries
from random_worlds.world import EXPIRES, TABLES

SQL = read_queries("worlds_attempts")
FORBIDDEN = [statement for (statement,) in read_lists("worlds_forbidden")]
# names of values of draw(), in the order of the reference's arguments
ARGUMENTS = {
	"set_visibility": "api visibility",
	"set_authorization_mode": "api mode",
	"set_setting": "api n",
	"delete_setting": "api s",
	"publish_version": "api",
	"set_version_state": "api",
	"add_collaborator": "api maybe level expires",
	"remove_collaborator": "api maybe",
	"transfer_ownership": "api maybe keep_as",
	"create_token": "api",
	"revoke_token": "api",
	"regenerate_token": "api token_state",
	"delete_model_api": "api",
	"create_model_api": "project yes",
	"add_project_collaborator": "project maybe level expires",
	"remove_project_collaborator": "project maybe",
	"transfer_project": "project maybe keep_as",
	"delete_project": "project",
	"add_organization_member": "organization_id maybe yes",
	"remove_organization_member": "organization_id user_name",
	"delete_organization": "organization_id",
	"create_organization": "lower_new_name",
	"create_project": "yes",
	"create_user": "lower_new_name",
	"set_disabled": "maybe yes",
	"delete_user": "maybe",
	"update_name": "api",
	"update_visibility": "api visibility",
	"update_project": "project",
	"insert_collaborator": "api principal level",
	"update_collaborator": "api principal level",
	"insert_project_collaborator": "project principal level",
	"update_project_collaborator": "project principal level",
	"insert_version": "api",
	"update_version": "api",
	"insert_setting": "api s",
	"update_setting": "api",
	"insert_model_api": "project",
	"insert_project": "",
	"update_member": "organization_id user_id yes",
	"insert_organization": "lower_new_name",
	"update_organization": "organization_id",
	"insert_member": "any_organization_id user_id yes",
	"insert_collaborators": "api principals level",
	"upsert_collaborator": "api user_id level",
	"update_all_grants": "level user_or_all",
	"update_all_visibility": "visibility",
	"insert_log": "api",
	"forbidden": "",
}
assert list(ARGUMENTS) == list(SQL)


def one_attempt(maker):
	"""An attempt in the world of a Maker; at times, two calls in one statement"""
	if maker.random.random() >= 0.08:
		return single_attempt(maker)
	calls = []
	while len(calls) < 2:
		call = single_attempt(maker)
		# those that give one row; and only one of them creates an object
		if (
			call[2].startswith("SELECT modelapi_acl.")
			and "_token" not in call[0]
			and (not calls or not call[0].startswith("create_"))
		):
			calls.append(call)
	(first, a, sql1), (second, b, sql2) = calls
	return "both", ((first, a), (second, b)), sql1 + ", " + sql2.removeprefix("SELECT ")


def single_attempt(maker):
	values = draw(maker)
	name = maker.random.choice(list(SQL))
	arguments = tuple(values[key] for key in ARGUMENTS[name].split())
	return name, arguments, filled(SQL[name], values)


def filled(sql, values):
	return re.sub(r"\{(\w+)\}", lambda match: str(values[match.group(1)]), sql)


def literal(value):
	return "NULL" if value is None else "'%s'" % value


def grant_row(api, kind, holder, level):
	user = holder if kind == "user" else None
	organization = holder if kind == "organization" else None
	return "('%s', %s, %s, '%s')" % (api, literal(user), literal(organization), level)


def draw(maker):
	"""Random values; few of them name an object or a principal that is not there"""
	r, world = maker.random, maker.world
	api = r.choice(list(world.apis) * 6 + [maker.id()])
	model_api = world.apis.get(api)
	names = list(world.names)
	organization = r.choice([n for n in names if n[0] == "o"] * 6 + ["o9"])
	organization_id = world.names.get(organization, (None, "?"))[1]
	user_name = r.choice([n for n in names if n[0] == "u"])
	user_id = world.names[user_name][1]
	name = r.choice(names)
	principal = world.names[name]
	others = [p for p in world.names.values() if p != principal]
	principals = [principal, r.choice(others or [principal])]
	level = r.choice(["viewer", "editor", "owner"])
	expires = r.choice([None, None, None, "future", "past"])
	keep_as = r.choice([None, "viewer", "editor", "owner"])
	new_name = r.choice(["fresh", "fresh", "Fresh", name])
	yes = r.choice([True, False])
	values = {
		"n": "n",
		"s": "s",
		"api": api,
		"project": r.choice(list(world.projects) * 6 + [maker.id()]),
		"organization": organization,
		"organization_id": organization_id,
		"any_organization_id": organization_id if organization_id != "?" else api,
		"user_name": user_name,
		"user_id": user_id,
		"user_or_all": user_id if yes else None,
		"where_user": "WHERE user_id = '%s'" % user_id if yes else "",
		"principal": principal,
		"kind": principal[0],
		"holder": principal[1],
		"principals": principals,
		"rows": ", ".join(grant_row(api, *p, level) for p in principals),
		"maybe": r.choice(names * 6 + ["nobody"]),
		"level": level,
		"expires": expires,
		"when": EXPIRES[expires] or "NULL",
		"keep_as": keep_as,
		"keep_as_literal": literal(keep_as),
		"visibility": r.choice(["public", "private"]),
		"mode": r.choice(["restricted", "unrestricted"]),
		"yes": yes,
		"blank_or_not": " " if yes else "x",
		"disable_or_enable": "disable" if yes else "enable",
		"version": model_api["version"] if model_api else api,
		"token": next(iter(model_api["tokens"])) if model_api else api,
		"token_state": model_api["token_state"] if model_api else "live",
		"new_name": new_name,
		"lower_new_name": new_name.lower(),
		"table": r.choice(list(TABLES)),
	}
	values["forbidden"] = filled(r.choice(FORBIDDEN), values)
	return values
