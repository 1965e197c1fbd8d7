"""A small HTTP API with SQLAlchemy 1.4, in the style of 2.0, and psycopg2 over modelapi_acl.

The header X-User stands for your sign-in: replace it by your own authentication.
Database: PGHOST, PGPORT, PGUSER, PGDATABASE, of PgBouncer in transaction mode, or of the server.
"""

import json
import os
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import (
	Column,
	DateTime,
	Enum,
	FetchedValue,
	ForeignKey,
	Text,
	create_engine,
	event,
	func,
	select,
	text,
	update,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, declarative_base, relationship

# psycopg2 reads PGHOST and so on itself
engine = create_engine("postgresql+psycopg2://", future=True, pool_size=20, pool_pre_ping=True)
Base = declarative_base()
SCHEMA = {"schema": "modelapi_acl"}


def enum(name, *labels):
	return Enum(*labels, name=name, schema="modelapi_acl", create_type=False)


# ----------
# Models. FetchedValue: the database sets it, and SQLAlchemy reads it back.
# ----------


class ModelApi(Base):
	__tablename__ = "model_apis"
	__table_args__ = SCHEMA
	__mapper_args__ = {"eager_defaults": True}
	id = Column(
		UUID, primary_key=True, server_default=FetchedValue()
	)  # Override: ids. The database makes them.
	project_id = Column(UUID, nullable=False)
	name = Column(Text, nullable=False)
	description = Column(Text)
	visibility = Column(enum("visibility", "public", "private"), nullable=False, default="private")
	authorization_mode = Column(
		enum("authorization_mode", "restricted", "unrestricted"),
		nullable=False,
		default="restricted",
	)
	invocation_mode = Column(
		enum("invocation_mode", "sync", "async"), nullable=False, default="sync"
	)
	created_by = Column(UUID, server_default=FetchedValue())
	created_at = Column(DateTime(timezone=True), server_default=FetchedValue())
	updated_at = Column(
		DateTime(timezone=True), server_default=FetchedValue(), server_onupdate=FetchedValue()
	)
	collaborators = relationship("Collaborator", back_populates="model_api", passive_deletes="all")


class Collaborator(Base):
	__tablename__ = "model_api_collaborators"
	__table_args__ = SCHEMA
	__mapper_args__ = {"eager_defaults": True}
	id = Column(UUID, primary_key=True, server_default=FetchedValue())
	model_api_id = Column(UUID, ForeignKey(ModelApi.id), nullable=False)
	user_id = Column(UUID)
	organization_id = Column(UUID)
	access_level = Column(
		enum("access_level", "viewer", "editor", "owner"), nullable=False, default="viewer"
	)
	expires_at = Column(DateTime(timezone=True))
	granted_by = Column(UUID, server_default=FetchedValue())
	created_at = Column(DateTime(timezone=True), server_default=FetchedValue())
	model_api = relationship(ModelApi, back_populates="collaborators")


class Setting(Base):
	__tablename__ = "model_api_settings"
	__table_args__ = SCHEMA
	model_api_id = Column(UUID, ForeignKey(ModelApi.id), primary_key=True)
	name = Column(Text, primary_key=True)
	value = Column(JSONB, nullable=False)
	updated_by = Column(UUID, server_default=FetchedValue())
	updated_at = Column(DateTime(timezone=True), server_default=FetchedValue())


# ----------
# Identity: every transaction of the session states the user first
# ----------


def session_of(user):
	session = Session(engine, future=True)

	@event.listens_for(session, "after_begin")
	def state_user(session, transaction, connection):
		connection.execute(text("SELECT modelapi_acl.set_session_user(:user)"), {"user": user})

	return session


def shown(row):
	return {column.name: getattr(row, column.name) for column in row.__table__.columns}


class NotFound(Exception):
	pass


def found(row):
	if row is None:
		raise NotFound
	return row


# ----------
# Actions
# ----------


def list_model_apis(session, body, limit=50, offset=0):
	total = session.scalar(select(func.count()).select_from(ModelApi))
	page = (
		select(ModelApi)
		.order_by(ModelApi.created_at.desc(), ModelApi.id.desc())
		.limit(int(limit))
		.offset(int(offset))
	)
	return {"total": total, "items": [shown(row) for row in session.scalars(page)]}


def create(session, body):
	row = ModelApi(**body)
	session.add(row)
	session.flush()
	return shown(row)


def create_many(session, body):
	rows = [ModelApi(**values) for values in body]
	session.add_all(rows)
	session.flush()
	return [shown(row) for row in rows]


def find(session, body, id):
	row = found(session.get(ModelApi, id))
	# psycopg2 does not know arrays of an enumerated type: cast it to text[].
	permissions = session.scalar(
		text("SELECT modelapi_acl.my_permissions(:id)::text[]"), {"id": id}
	)
	return dict(shown(row), permissions=permissions)


def replace(session, body, id):
	"""Every column that came, whether it changed or not"""
	require(session, id, "edit_settings")
	session.execute(
		update(ModelApi)
		.where(ModelApi.id == id)
		.values(**body)
		.execution_options(synchronize_session=False)
	)
	return shown(found(session.get(ModelApi, id, populate_existing=True)))


def change(session, body, id):
	require(session, id, "edit_settings")
	row = found(session.get(ModelApi, id, with_for_update=True))
	for name, value in body.items():
		setattr(row, name, value)
	session.flush()
	return shown(row)


def require(session, id, permission):
	"""An UPDATE that changes 0 rows may go unnoticed: this names the missing permission"""
	session.execute(
		text("SELECT modelapi_acl.require_permission(:id, :permission)"),
		{"id": id, "permission": permission},
	)


def delete(session, body, id):
	"""Override: delete. The extension deletes by a function."""
	session.execute(text("SELECT modelapi_acl.delete_model_api(:id)"), {"id": id})


def set_setting(session, body, id, name):
	row = insert(Setting).values(model_api_id=id, name=name, value=body)
	row = row.on_conflict_do_update(
		index_elements=[Setting.model_api_id, Setting.name], set_={"value": row.excluded.value}
	)
	session.execute(row)
	return shown(session.get(Setting, (id, name), populate_existing=True))


def set_level(session, body, id, user_id):
	"""An upsert by a natural key"""
	row = insert(Collaborator).values(model_api_id=id, user_id=user_id, **body)
	row = row.on_conflict_do_update(
		index_elements=["user_id", "model_api_id"], set_={name: row.excluded[name] for name in body}
	)
	key = session.scalar(row.returning(Collaborator.id))
	return shown(session.get(Collaborator, key, populate_existing=True))


def share(session, body, id):
	session.execute(
		text("SELECT modelapi_acl.add_collaborator(:id, :principal, :level)"),
		{"id": id, "principal": body["principal"], "level": body.get("access_level", "viewer")},
	)


# ----------
# HTTP
# ----------

ID = "([0-9a-f-]{36})"
ROUTES = [
	(method, re.compile(pattern + "$"), status, handle)
	for method, pattern, status, handle in (
		("GET", "/model-apis", 200, list_model_apis),
		("POST", "/model-apis", 201, create),
		("POST", "/model-apis/bulk", 201, create_many),
		("GET", "/model-apis/" + ID, 200, find),
		("PUT", "/model-apis/" + ID, 200, replace),
		("PATCH", "/model-apis/" + ID, 200, change),
		("DELETE", "/model-apis/" + ID, 204, delete),
		("PUT", "/model-apis/%s/settings/(\\w+)" % ID, 200, set_setting),
		("POST", "/model-apis/%s/collaborators" % ID, 204, share),
		("PUT", "/model-apis/%s/collaborators/%s" % (ID, ID), 200, set_level),
	)
]


def status_of(code):
	if code.startswith("PT"):
		return int(code[2:])
	if code == "42501":
		return 403
	if code in ("23505", "23503"):
		return 409
	return 400 if code[:2] in ("22", "23") else 500


class Handler(BaseHTTPRequestHandler):
	def handle_request(self):
		url = urlsplit(self.path)
		body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "null")
		query = {name: values[0] for name, values in parse_qs(url.query).items()}
		for method, pattern, status, handle in ROUTES:
			match = pattern.match(url.path)
			if method == self.command and match:
				with session_of(self.headers.get("X-User")) as session, session.begin():
					return status, handle(session, body, *match.groups(), **query)
		raise NotFound

	def answer(self):
		try:
			status, content = self.handle_request()
		except NotFound:
			status, content = 404, {"message": "not found"}
		except (ValueError, TypeError) as error:  # no JSON, or no such column
			status, content = 400, {"message": str(error)}
		except DBAPIError as error:  # error.orig is psycopg2's
			status = status_of(error.orig.pgcode or "")
			diagnostics = error.orig.diag
			content = {"message": diagnostics.message_primary, "hint": diagnostics.message_hint}
			if status >= 500:
				print(repr(error), file=sys.stderr)
				content = {"message": "something went wrong"}
		text = json.dumps(content, default=str).encode() if status != 204 else b""
		self.send_response(status)
		self.send_header("Content-Type", "application/json")
		self.send_header("Content-Length", str(len(text)))
		self.end_headers()
		self.wfile.write(text)

	def log_message(self, *arguments):
		pass

	do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer


if __name__ == "__main__":
	ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", 8080))), Handler).serve_forever()
