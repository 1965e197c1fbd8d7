"""The tables, and their rows in COPY's text format."""

import json

# in the order in which they are loaded, with the columns that identify a row
KEYS = {
	"modelapi_acl.users": ("id",),
	"modelapi_acl.user_identities": ("user_id",),
	"modelapi_acl.organizations": ("id",),
	"modelapi_acl.organization_members": ("organization_id", "user_id"),
	"modelapi_acl_internal.principal_names": ("name",),
	"modelapi_acl.projects": ("id",),
	"modelapi_acl.project_collaborators": ("id",),
	"modelapi_acl.model_apis": ("id",),
	"modelapi_acl.model_api_collaborators": ("id",),
	"modelapi_acl.model_api_versions": ("id",),
	"modelapi_acl.model_api_settings": ("model_api_id", "name"),
	"modelapi_acl.model_api_logs": ("id",),
	"modelapi_acl.access_tokens": ("id",),
	"modelapi_acl_internal.token_hashes": ("token_id",),
	"modelapi_acl.personal_tokens": ("id",),
	"modelapi_acl.personal_token_model_apis": ("token_id", "model_api_id"),
	"modelapi_acl_internal.personal_token_hashes": ("token_id",),
	"modelapi_acl_internal.token_counts": ("token_id",),
	"modelapi_acl_internal.invocation_counts": ("model_api_id", "hour", "reason"),
	"modelapi_acl_internal.counting": ("is_only_row",),
	"modelapi_acl.audit_events": ("id",),
	"modelapi_acl_internal.changes": ("change_id",),
	"modelapi_acl_internal.object_counters": ("object_id", "of_versions"),
}
TABLES = [table for table in KEYS if table.startswith("modelapi_acl.")]
# views, and the tables whose rows they show
VIEWS = {
	"access_reviews": None,
	"token_usage": "modelapi_acl_internal.token_counts",
	"invocation_usage": "modelapi_acl_internal.invocation_counts",
	"usage_status": None,
}
LEVELS = ["viewer", "editor", "owner"]
# columns of type jsonb
JSON = {
	("modelapi_acl.model_api_settings", "value"),
	("modelapi_acl.model_api_versions", "source"),
	("modelapi_acl.access_tokens", "metadata"),
	("modelapi_acl.personal_tokens", "metadata"),
	("modelapi_acl.audit_events", "old"),
	("modelapi_acl.audit_events", "new"),
}


def literal(value):
	"""A value in COPY's text format"""
	if value is None:
		return "\\N"
	if isinstance(value, bool):
		return "t" if value else "f"
	text = value if isinstance(value, str) else str(value)
	return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def copy_text(table, rows):
	lines = [
		"\t".join(
			literal(json.dumps(v) if (table, c) in JSON and v is not None else v)
			for c, v in row.items()
		)
		for row in rows
	]
	return "\n".join(lines) + ("\n" if lines else "")
