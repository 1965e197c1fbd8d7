"""What tokens depend on: service accounts, users who leave, model APIs that go."""

from reference.rules import ADMINISTRATOR, Denied
from reference.tokens import DAY, MINUTE, TokenWorld


class HolderWorld(TokenWorld):
	# Grants that expire; owners and admins who are persons

	def give(self, grants, holder, level, expires):
		super().give(grants, holder, level, expires)
		for grant in grants:
			if grant.holder == holder:
				grant.until = self.now + DAY * MINUTE

	def keep_owner(self, grants):
		if not any(g.anchors() and g.holder[1] not in self.responsible for g in grants):
			raise Denied("23514")

	def new_owner(self, who, name):
		id = super().new_owner(who, name)
		self.wrong(id in self.responsible)
		return id

	def keep_admin(self, organization, outcome):
		members = self.organizations.get(organization, {})
		if outcome == "ok" and not any(
			is_admin and user not in self.responsible for user, is_admin in members.items()
		):
			return "23514"
		return outcome

	def do_add_organization_member(self, who, organization, name, is_admin):
		outcome = super().do_add_organization_member(who, organization, name, is_admin)
		return self.keep_admin(organization, outcome)

	def do_remove_organization_member(self, who, organization, name):
		outcome = super().do_remove_organization_member(who, organization, name)
		return self.keep_admin(organization, outcome)

	# Service accounts

	def responsible_person(self, name):
		kind, id = self.principal(name)
		self.wrong(kind != "user" or id in self.responsible or self.users[id])
		return id

	def do_create_service_account(self, who, name, responsible, external_id):
		self.must_execute()
		person = self.responsible_person(responsible)
		if name in self.names or name in self.reserved or external_id in self.external_ids:
			return "23505"
		id = self.new[0]
		self.users[id], self.responsible[id] = False, person
		self.names[name] = ("user", id)
		self.external_ids[external_id] = id
		return "ok"

	def do_transfer_service_account(self, who, account, responsible):
		id = self.service_account(who, account)
		self.responsible[id] = self.responsible_person(responsible)
		return "ok"

	# Who leaves, and what goes

	def do_set_disabled(self, who, name, disabled):
		self.must_execute()
		return super().do_set_disabled(ADMINISTRATOR, name, disabled)

	def do_delete_user(self, who, name):
		self.must_execute()
		kind, id = self.names.get(name, (None, None))
		if kind == "user" and id in self.responsible.values():
			return "23514"
		outcome = super().do_delete_user(ADMINISTRATOR, name)
		if outcome != "ok":
			return outcome
		for members in self.organizations:
			if self.keep_admin(members, "ok") != "ok":
				return "23514"
		self.responsible.pop(id, None)
		self.external_ids = {e: u for e, u in self.external_ids.items() if u != id}
		for token in list(self.tokens.values()):
			if token.holder == id:
				self.event(token, "deleted")
				del self.tokens[token.id]
			for column in ("made_by", "shown_to", "former_shown_to", "suspended_by", "revoked_by"):
				if getattr(token, column) == id:
					setattr(token, column, None)
		return outcome

	def do_delete_model_api(self, who, api):
		outcome = super().do_delete_model_api(who, api)
		for token in list(self.tokens.values()):
			if token.api == api:
				self.event(token, "deleted")
				del self.tokens[token.id]
			elif token.listed is not None:
				token.listed.discard(api)
		return outcome

	def do_set_invocation_mode(self, who, api, mode):
		if who != ADMINISTRATOR and not self.signed_in(who):
			return "PT401"
		if not self.may(who, api, "edit_settings"):
			return 0
		self.apis[api]["invocation"] = mode
		return 1
