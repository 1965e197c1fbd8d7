"""The columns that a client's statements named, from the server's log."""

import re

from harness import private_folder

# all columns of model_apis but the id
COLUMNS = {
	"project_id",
	"name",
	"description",
	"visibility",
	"authorization_mode",
	"invocation_mode",
	"created_by",
	"created_at",
	"updated_at",
}
TABLE = r"\s\"?modelapi_acl\"?\.\"?model_apis\"?(?:\s+AS\s+\S+)?\s*"
INSERT = re.compile(r"INSERT INTO" + TABLE + r"\(([^)]*)\)", re.I)
UPDATE = re.compile(r"UPDATE" + TABLE + r"SET(.*?)WHERE", re.I | re.S)


def log_file():
	return private_folder() / "server.log"


def log_size():
	return log_file().stat().st_size


def check_columns(client, since):
	"""An INSERT and an UPDATE have to name every column"""
	with open(log_file(), errors="replace") as file:
		file.seek(since)
		text = file.read()
	inserts = [set(re.findall(r"\w+", names)) for names in INSERT.findall(text)]
	updates = [set(re.findall(r"(\w+)\"? *=", values)) for values in UPDATE.findall(text)]
	for action, name, statements in (
		("create", "an INSERT named every column but the id", inserts),
		("update of a whole row", "an UPDATE named every column but the id", updates),
	):
		client.action(action).equal(
			name, max(statements, key=len, default=set()) & COLUMNS, COLUMNS
		)
