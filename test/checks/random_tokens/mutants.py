"""References that are wrong in one rule each. The driver compares them with what came of the same
histories; it must find a difference for each.
"""

import inspect

from reference.rules import ADMINISTRATOR, Denied, World
from reference.token_requests import OTHER, REFUSED_TOKEN, RequestWorld
from reference.tokens import GATEWAY

MUTANTS = []  # classes


def instead_of(method):
	"""Makes a mutant in which a function replaces a method; what is wrong is the function's name"""

	def make(function):
		is_static = isinstance(inspect.getattr_static(RequestWorld, method), staticmethod)
		replaced = staticmethod(function) if is_static else function
		MUTANTS.append(type(function.__name__, (RequestWorld,), {method: replaced}))
		return function

	return make


def in_order(name, *reasons):
	MUTANTS.append(type(name, (RequestWorld,), {"ORDER": ["token_" + r for r in reasons]}))


# Requests with tokens

in_order("superseded_before_revoked", "superseded", "revoked", "suspended", "expired")
in_order("suspended_before_revoked", "suspended", "revoked", "superseded", "expired")
in_order("suspended_before_superseded", "revoked", "suspended", "superseded", "expired")
in_order("expired_before_suspended", "revoked", "superseded", "expired", "suspended")
in_order("revoked_is_accepted", "superseded", "suspended", "expired")
in_order("superseded_is_accepted", "revoked", "suspended", "expired")
in_order("suspended_is_accepted", "revoked", "superseded", "expired")
in_order("expired_is_accepted", "revoked", "superseded", "suspended")


@instead_of("has_expired")
def valid_at_the_moment_of_expiry(self, token):
	return token.expires is not None and token.expires < self.now


@instead_of("overlap_runs")
def overlap_includes_its_end(self, token):
	return token.former_ends >= self.now and not self.has_expired(token)


@instead_of("overlap_runs")
def overlap_outlives_the_token(self, token):
	return token.former_ends > self.now


@instead_of("overlap_runs")
def no_overlap(self, token):
	return False


@instead_of("is_for")
def token_of_any_model_api(token, api):
	return not token.holder or token.listed is None or api in token.listed


@instead_of("is_for")
def list_is_ignored(token, api):
	return token.holder or token.api == api


@instead_of("counts_as_suspended")
def disabled_holder_is_not_suspended(self, token):
	return token.is_suspended


@instead_of("counts_as_suspended")
def holder_with_disabled_responsible_is_suspended(self, token):
	person = self.responsible.get(token.holder)
	return RequestWorld.counts_as_suspended(self, token) or (person and self.users[person])


@instead_of("holder_may_invoke")
def access_of_the_holder_is_not_asked(self, token, api):
	return True


@instead_of("holder_may_invoke")
def holder_needs_only_to_view(self, token, api):
	return self.may(token.holder, api, "view")


@instead_of("holder_may_invoke")
def holder_needs_to_be_an_editor(self, token, api):
	return self.may(token.holder, api, "view_settings")


@instead_of("best")
def expired_grants_count(self, who, grants):
	levels = [g.level for g in grants if self.holds(who, g)]
	return max(levels, key=["viewer", "editor", "owner"].index, default=None)


@instead_of("holds")
def grants_of_organizations_do_not_count(self, who, grant):
	return grant.holder == ("user", who)


@instead_of("judge")
def access_before_the_token_itself(self, token, is_current, api):
	if token.holder and not self.holder_may_invoke(token, api):
		return OTHER, None
	return RequestWorld.judge(self, token, is_current, api)


@instead_of("judge")
def token_of_another_model_api_is_told(self, token, is_current, api):
	return RequestWorld.judge(self, token, is_current, api)[0], token


@instead_of("judge")
def former_secret_is_unknown(self, token, is_current, api):
	reason, told = RequestWorld.judge(self, token, is_current, api)
	return ("unknown_token", None) if reason == "token_superseded" else (reason, told)


@instead_of("fits")
def either_scheme(form, mode):
	return form in ("Basic", "Bearer", "basic", "bearer")


@instead_of("are_same")
def password_alone(name, password):
	return True


@instead_of("has_form")
def any_form(secret):
	return True


@instead_of("has_form")
def none_of_other_systems(secret):
	return secret.startswith("map") and RequestWorld.has_form(secret)


@instead_of("challenge")
def challenge_without_an_error(self, api, reason):
	return RequestWorld.challenge(self, api, reason).replace(REFUSED_TOKEN, "")


@instead_of("given_metadata")
def metadata_of_refused_tokens(token, reason):
	return token.metadata


@instead_of("given_metadata")
def no_metadata(token, reason):
	return None


@instead_of("decide")
def unrestricted_needs_credentials(self, api, form, credentials):
	if api in self.apis and form == "none":
		return "missing_credentials", None
	return RequestWorld.decide(self, api, form, credentials)


# Requests by identity


@instead_of("decide_by_identity")
def hidden_is_not_as_missing(self, api, user):
	reason = RequestWorld.decide_by_identity(self, api, user)
	if reason == "no_such_model_api" and api in self.apis:
		return "permission_denied"
	return reason


@instead_of("decide_by_identity")
def missing_before_the_subject(self, api, user):
	if api not in self.apis:
		return "no_such_model_api"
	return RequestWorld.decide_by_identity(self, api, user)


@instead_of("decide_by_identity")
def unrestricted_needs_a_subject(self, api, user):
	return RequestWorld.decide_by_identity(self, api, user) if user else "unknown_subject"


@instead_of("decide_by_identity")
def whoever_views_may_invoke(self, api, user):
	reason = RequestWorld.decide_by_identity(self, api, user)
	return "identity" if reason == "permission_denied" else reason


@instead_of("subject")
def service_account_by_its_id(self, subject):
	return subject if subject in self.users else self.external_ids.get(subject)


@instead_of("subject")
def external_ids_of_service_accounts_do_not_count(self, subject):
	user = RequestWorld.subject(self, subject)
	return None if user in self.responsible else user


@instead_of("subject")
def subject_by_name(self, subject):
	return RequestWorld.subject(self, subject) or self.names.get(subject, (None, None))[1]


@instead_of("subject")
def subject_in_any_case(self, subject):
	return RequestWorld.subject(self, subject.lower())


# Who may do what


@instead_of("sees_token")
def viewers_see_tokens(self, who, token):
	return RequestWorld.sees_token(self, who, token) or (
		token.api and self.may(who, token.api, "view_logs")
	)


@instead_of("sees_token")
def makers_see_their_personal_tokens(self, who, token):
	return RequestWorld.sees_token(self, who, token) or (
		token.holder and self.signed_in(who) and who == token.made_by
	)


@instead_of("sees_token")
def administrators_see_no_personal_tokens(self, who, token):
	return RequestWorld.sees_token(self, who, token) and not (token.holder and who == ADMINISTRATOR)


@instead_of("is_responsible")
def responsible_users_do_not_see(self, who, token):
	return False


@instead_of("made_it")
def makers_may_not(self, who, token):
	return False


@instead_of("may_end")
def editors_end_all_tokens(self, who, token):
	return RequestWorld.may_end(self, who, token) or (
		token.api and self.may(who, token.api, "create_token")
	)


@instead_of("may_end")
def administrators_end_no_personal_tokens(self, who, token):
	return RequestWorld.may_end(self, who, token) and not (token.holder and who == ADMINISTRATOR)


@instead_of("may_change")
def administrators_change_what_is_of_persons(self, who, token):
	return RequestWorld.may_end(self, who, token)


@instead_of("may_change")
def administrators_do_not_change_what_is_of_service_accounts(self, who, token):
	return RequestWorld.may_change(self, who, token) and not (token.holder and who == ADMINISTRATOR)


@instead_of("must_execute")
def who_is_stated_has_no_power(self):
	if not self.has_power or self.actor:
		raise Denied("42501")


@instead_of("token_revoke_leaked_token")
def gateways_report_no_leaks(self, who, secret):
	return "42501" if who == GATEWAY else RequestWorld.token_revoke_leaked_token(self, who, secret)


@instead_of("sees_in_list")
def hidden_model_apis_are_seen_in_lists(self, who, api):
	return True


# Lists and values


@instead_of("check_list")
def list_of_hidden_model_apis(self, who, listed):
	self.wrong(listed is not None and (not listed or None in listed))


@instead_of("check_list")
def list_of_what_one_may_invoke(self, who, listed):
	RequestWorld.check_list(self, who, listed)
	if not all(self.may(who, api, "invoke") for api in listed or ()):
		raise Denied("PT404")


@instead_of("check_list")
def empty_list(self, who, listed):
	RequestWorld.check_list(self, who, listed or None)


@instead_of("check_digest")
def digests_of_former_secrets_are_free(self, secret):
	self.wrong(len(secret) != 64 or any(secret == t.secret for t in self.tokens.values()))


@instead_of("check_digest")
def digests_need_not_be_new(self, secret):
	self.wrong(len(secret) != 64)


@instead_of("check_metadata")
def metadata_of_any_kind(self, metadata):
	try:
		return RequestWorld.check_metadata(self, metadata)
	except Denied:
		return {}


# A token's life


@instead_of("token_regenerate_token")
def regenerating_resumes(self, who, id, overlap):
	outcome = RequestWorld.token_regenerate_token(self, who, id, overlap)
	self.tokens[id].is_suspended, self.tokens[id].suspended_by = False, None
	return outcome


@instead_of("token_regenerate_token")
def regenerating_keeps_the_maker(self, who, id, overlap):
	outcome = RequestWorld.token_regenerate_token(self, who, id, overlap)
	self.tokens[id].shown_to = None
	return outcome


@instead_of("forbids_overlap")
def overlaps_may_follow_each_other(self, token):
	return False


@instead_of("forbids_overlap")
def a_former_secret_forbids_overlap(self, token):
	return token.former is not None


@instead_of("end_of_overlap")
def overlap_beyond_the_lifetime(self, token, overlap):
	return self.moment(overlap)


@instead_of("end_of_overlap")
def lifetime_of_a_former_secret_from_now(self, token, overlap):
	return self.moment(min(overlap, self.lifetime or overlap))


@instead_of("shortened")
def regenerating_outlives_the_lifetime(self, expires):
	return expires


@instead_of("shortened")
def regenerating_lengthens(self, expires):
	return expires if self.lifetime is None else self.moment(self.lifetime)


@instead_of("beyond_lifetime")
def no_expiry_is_within_the_lifetime(self, expires, made):
	return expires is not None and RequestWorld.beyond_lifetime(self, expires, made)


@instead_of("beyond_lifetime")
def lifetime_from_the_change(self, expires, made):
	return RequestWorld.beyond_lifetime(self, expires, self.now)


@instead_of("beyond_lifetime")
def no_lifetime(self, expires, made):
	return False


@instead_of("is_later")
def shortening_needs_the_lifetime(expires, than):
	return True


@instead_of("new_expiry")
def expiry_in_the_past(self, token, minutes):
	return self.moment(minutes)


@instead_of("is_own_suspension")
def every_suspension_may_be_undone(token):
	return True


@instead_of("is_own_suspension")
def own_suspensions_need_power(token):
	return False


@instead_of("has_power_over")
def owners_have_no_power(self, who, token):
	return who == ADMINISTRATOR


@instead_of("revoke")
def revoking_again_is_an_event(self, token):
	token.is_revoked, token.revoked_by = True, self.actor
	self.event(token, "revoked")


# Ending many


@instead_of("end_overlap")
def leaked_former_secret_stays(self, token):
	pass


@instead_of("leaked")
def leaked_former_secret_ends_the_token(self, secret):
	for token in self.tokens.values():
		if secret == token.former and not token.is_revoked:
			self.revoke(token)
			return "ok"
	return RequestWorld.leaked(self, secret)


@instead_of("leaked")
def unknown_secrets_are_no_event(self, secret):
	outcome = RequestWorld.leaked(self, secret)
	self.happened = [event for event in self.happened if event[1]]
	return outcome


def known_without(column):
	def is_known_to(self, user, token):
		columns = {"made_by", "shown_to", "holder"} - {column}
		return user in [getattr(token, c) for c in columns]

	is_known_to.__name__ = "tokens_of_a_user_without_" + column
	instead_of("is_known_to")(is_known_to)


known_without("made_by")
known_without("shown_to")
known_without("holder")


@instead_of("token_revoke_tokens_of")
def former_secrets_that_a_user_knows_stay(self, who, name):
	for token in self.tokens.values():
		token.former_shown_to = None
	return RequestWorld.token_revoke_tokens_of(self, who, name)


@instead_of("token_revoke_tokens_of")
def suspended_tokens_of_a_user_stay(self, who, name):
	suspended = {id: t for id, t in self.tokens.items() if t.is_suspended}
	for id in suspended:
		del self.tokens[id]
	try:
		return RequestWorld.token_revoke_tokens_of(self, who, name)
	finally:
		self.tokens.update(suspended)


# Service accounts, and who leaves


@instead_of("keep_owner")
def service_account_as_last_owner(self, grants):
	if not any(grant.anchors() for grant in grants):
		raise Denied("23514")


@instead_of("keep_admin")
def service_account_as_last_admin(self, organization, outcome):
	return outcome


@instead_of("new_owner")
def transfer_to_a_service_account(self, who, name):
	return World.new_owner(self, who, name)


@instead_of("responsible_person")
def disabled_responsible_user(self, name):
	kind, id = self.principal(name)
	self.wrong(kind != "user" or id in self.responsible)
	return id


@instead_of("responsible_person")
def service_account_as_responsible_user(self, name):
	kind, id = self.principal(name)
	self.wrong(kind != "user" or self.users[id])
	return id


@instead_of("do_delete_user")
def responsible_user_leaves_without_successor(self, who, name):
	_, id = self.names.get(name, (None, None))
	mine = {account for account, person in self.responsible.items() if person == id}
	for account in mine:
		self.responsible[account] = next(u for u in self.users if u != id)
	return RequestWorld.do_delete_user(self, who, name)


@instead_of("is_for")
def lists_of_what_is_gone_mean_all(token, api):
	return RequestWorld.is_for(token, api) or token.listed == set()
