"""The ways in which access ends, as data.

A holder, a person or a service account, has access to one model API by one path. A loss takes it:
`take` is run by `by`, then every credential is refused with one of its reasons. `back` restores the
access, by the same. A text that begins with a name and a parenthesis is a call of a function.

by: "owner", who owns the model API, its project and the organization; "holder"; or None, the
superuser, who is an administrator
"""

from dataclasses import dataclass, field

OTHER, HIDDEN = "token_of_other_model_api", "no_such_model_api"
# what credentials get without access: a token, an identity to which the model API is hidden
WITHOUT = {"token": OTHER, "listed": OTHER, "identity": HIDDEN, "id": HIDDEN}


@dataclass
class Loss:
	title: str
	path: str  # of the access: see PATHS
	take: str
	by: str | None = "owner"
	# the reason of each credential; those that are not named go on
	reasons: dict = field(default_factory=lambda: WITHOUT)
	back: str = ""
	# whether all is made anew afterwards
	ends_place: bool = False
	holders: tuple = ("person", "machine")


# how access comes about, and how it is removed
PATHS = {
	"direct": ("add_collaborator(%(api)s, %(holder)s)", "remove_collaborator(%(api)s, %(holder)s)"),
	"organization": (
		"add_collaborator(%(api)s, %(organization)s)",
		"remove_collaborator(%(api)s, %(organization)s)",
	),
	"project": (
		"add_project_collaborator(%(project)s, %(holder)s)",
		"remove_project_collaborator(%(project)s, %(holder)s)",
	),
	"project_organization": (
		"add_project_collaborator(%(project)s, %(organization)s)",
		"remove_project_collaborator(%(project)s, %(organization)s)",
	),
}
TOKENS = ("token", "listed")
UNKNOWN = dict.fromkeys(TOKENS, "unknown_token") | {
	"identity": "unknown_subject",
	"id": "unknown_subject",
}
DISABLED = dict.fromkeys(TOKENS, "token_suspended") | {
	"identity": "unknown_subject",
	"id": "unknown_subject",
}
ADD_MEMBER = "add_organization_member(%(organization)s, %(holder)s)"
REMOVE_MEMBER = "remove_organization_member(%(organization)s, %(holder)s)"
# as a restore may write it; no user may
EXPIRE = (
	"SET row_security = off;"
	" UPDATE modelapi_acl.%s SET expires_at = clock_timestamp() WHERE %s;"
	" RESET row_security"
)
MODEL_API_GRANT = "model_api_id = %(api)s AND access_level = 'viewer'"
PROJECT_GRANT = "project_id = %(project)s AND access_level = 'viewer'"
UPDATE_TOKEN = "UPDATE modelapi_acl.personal_tokens SET %s WHERE id = %%(token id)s"

LOSSES = [Loss(path + ": removed", path, take, back=give) for path, (give, take) in PATHS.items()]
LOSSES += [
	Loss(
		path + ": expires",
		path,
		EXPIRE % ((table + "_collaborators"), grant),
		None,
		back=PATHS[path][0],
	)
	for path, table, grant in [
		("direct", "model_api", MODEL_API_GRANT),
		("organization", "model_api", MODEL_API_GRANT),
		("project", "project", PROJECT_GRANT),
		("project_organization", "project", PROJECT_GRANT),
	]
]
LOSSES += [
	Loss("given until a moment that has come", "direct", "SELECT pg_sleep_until(%(until)s)", None),
	Loss("a member is removed", "organization", REMOVE_MEMBER, back=ADD_MEMBER),
	Loss("a member is removed, project", "project_organization", REMOVE_MEMBER, back=ADD_MEMBER),
	Loss("a person leaves", "organization", REMOVE_MEMBER, "holder", holders=("person",)),
	Loss(
		"the organization is deleted",
		"organization",
		"delete_organization(%(organization)s)",
		ends_place=True,
	),
	Loss(
		"a person gives ownership away",
		"owner",
		"transfer_ownership(%(api)s, %(owner)s, NULL)",
		"holder",
		holders=("person",),
	),
	Loss(
		"disabled", "direct", "disable_user(%(holder)s)", None, DISABLED, "enable_user(%(holder)s)"
	),
	Loss("the holder is deleted", "direct", "delete_user(%(holder)s)", None, UNKNOWN, "", True),
	Loss(
		"the model API is deleted",
		"direct",
		"delete_model_api(%(api)s)",
		"owner",
		dict.fromkeys(WITHOUT, HIDDEN),
		"",
		True,
	),
	Loss(
		"no longer unrestricted",
		"none, unrestricted",
		"set_authorization_mode(%(api)s, 'restricted')",
	),
	Loss(
		"no longer public",
		"none, public and unrestricted",
		"UPDATE modelapi_acl.model_apis SET visibility = 'private', authorization_mode ="
		" 'restricted' WHERE id = %(api)s",
	),
	Loss(
		"another subject",
		"direct",
		"update_user(%(holder)s, external_id => %(holder)s || ' of ' || gen_random_uuid())",
		None,
		{"identity": "unknown_subject"},
		"update_user(%(holder)s, external_id => %(subject)s)",
	),
	Loss(
		"the token is suspended",
		"direct",
		"suspend_token(%(token id)s)",
		None,
		{"token": "token_suspended"},
		"resume_token(%(token id)s)",
	),
	Loss(
		"the token is revoked",
		"direct",
		"revoke_token(%(token id)s)",
		None,
		{"token": "token_revoked"},
		UPDATE_TOKEN % "revoked_at = NULL",
	),
	Loss(
		"the token expires",
		"direct",
		UPDATE_TOKEN % "expires_at = clock_timestamp()",
		None,
		{"token": "token_expired"},
		UPDATE_TOKEN % "expires_at = NULL",
	),
	Loss(
		"the token has leaked",
		"direct",
		"revoke_leaked_token(%(token)s)",
		None,
		{"token": "token_revoked"},
		UPDATE_TOKEN % "revoked_at = NULL",
	),
	Loss(
		"the token is deleted",
		"direct",
		"DELETE FROM modelapi_acl.personal_tokens WHERE id = %(token id)s",
		None,
		{"token": "unknown_token"},
		"",
		True,
	),
	Loss(
		"the list changes",
		"direct",
		"DELETE FROM modelapi_acl.personal_token_model_apis WHERE token_id = %(listed id)s",
		None,
		{"listed": OTHER},
		"INSERT INTO modelapi_acl.personal_token_model_apis VALUES (%(listed id)s, %(api)s)",
	),
	# nothing is lost: the account's own access counts, not that of whoever answers for it
	Loss(
		"the responsible user is disabled",
		"direct",
		"disable_user(%(responsible)s)",
		None,
		{},
		"enable_user(%(responsible)s)",
		holders=("machine",),
	),
	Loss("lowered", "editor", PATHS["direct"][0], reasons={}, back=PATHS["direct"][1]),
]
