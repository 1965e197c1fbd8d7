"""The calls of the feed by which clients take its first rows."""

from harness import read_queries

COLUMNS = [
	"position",
	"event_id",
	"change_id",
	"committed_at",
	"occurred_at",
	"actor_id",
	"action",
	"object_type",
	"object_id",
	"project_id",
	"model_api_id",
]
LIST = ", ".join(c + "::text" if c in ("event_id", "change_id") else c for c in COLUMNS)
FORMS = read_queries("change_feed")
# conditions of a client's own, by what they are called
FILTERS = {
	"": "true",
	", no row without an event": "event_id IS NOT NULL",
	", settings alone": "action LIKE 'setting.%%'",
	", few": "action = 'collaborator.removed'",
	", of one model API": "model_api_id = %(api)s",
	", all but versions": "object_type IS DISTINCT FROM 'model_api_version'",
}
