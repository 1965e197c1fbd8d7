"""Calls that chance alone makes too rarely: each where a rule shows that seldom matters."""

from reference.rules import ADMINISTRATOR
from reference.tokens import GATEWAY, digest


def rare_calls(world, secrets):
	"""For each function the calls that are possible: (who, whether with an administrator's role,
	name, arguments)"""
	calls = []
	texts = {digest(secret): secret for secret in secrets}
	names = {id: name for name, (_, id) in world.names.items()}

	def add(who, name, *arguments):
		calls.append((who, False, name, arguments))

	for token in world.tokens.values():
		if not token.is_revoked and not world.has_expired(token):
			if token.former:
				of_formers(add, world, token, texts, names)
			of_others(add, world, token)
		if world.lifetime and world.now < (token.expires or 0) < world.moment(world.lifetime):
			who = ADMINISTRATOR if token.api else token.holder
			add(who, "update_token", token.id, None, world.lifetime, None)
		for api in sorted(token.listed or ()) if len(world.apis) > 2 else ():
			add(ADMINISTRATOR, "delete_model_api", api)
	for account, person in world.responsible.items():
		add(ADMINISTRATOR, "delete_user", names[person])
		for name in [names[u] for u, is_disabled in world.users.items() if is_disabled]:
			add(ADMINISTRATOR, "transfer_service_account", names[account], name)
	of_last_owners(add, world, names)
	by_name = {}
	for call in calls:
		by_name.setdefault(call[2], []).append(call)
	return list(by_name.values())


def of_formers(add, world, token, texts, names):
	who = token.shown_to or token.made_by or ADMINISTRATOR
	if token.former in texts:
		add(GATEWAY, "revoke_leaked_token", texts[token.former])
	add(who, "regenerate_token", token.id, 60)
	if token.api:
		add(ADMINISTRATOR, "import_token", token.api, "t1", token.former, 60, None)
	for user in [u for u in (token.former_shown_to, token.shown_to) if u]:
		add(ADMINISTRATOR, "revoke_tokens_of", names[user])


def of_others(add, world, token):
	"""A new secret, with an overlap, for somebody who has not seen one"""
	if not token.api:
		return
	for user in world.users:
		if user not in (token.made_by, token.shown_to) and world.may(
			user, token.api, "revoke_token"
		):
			add(user, "regenerate_token", token.id, 300)


def of_last_owners(add, world, names):
	"""Where a service account is an owner or an admin beside the last person"""
	for api, thing in world.apis.items():
		owners = [g.holder[1] for g in thing["grants"] if g.anchors()]
		persons = [u for u in owners if u not in world.responsible]
		if len(persons) == 1 and len(owners) > 1:
			add(ADMINISTRATOR, "remove_collaborator", api, names[persons[0]])
	for organization, members in world.organizations.items():
		admins = [u for u, is_admin in members.items() if is_admin]
		persons = [u for u in admins if u not in world.responsible]
		if len(persons) == 1 and len(admins) > 1:
			add(ADMINISTRATOR, "remove_organization_member", organization, names[persons[0]])
