"""A small HTTP API in Django over modelapi_acl: models, middleware, views, all in one file.

The header X-User stands for your sign-in: replace it by your own authentication.
Database: PGHOST, PGPORT, PGUSER, PGDATABASE, of PgBouncer in transaction mode, or of the server.
"""

import json
import os
import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.conf import settings

settings.configure(
	SECRET_KEY=os.environ.get("SECRET_KEY", "replace me"),
	ALLOWED_HOSTS=["*"],
	ROOT_URLCONF=__name__,
	MIDDLEWARE=["__main__.Identity"],
	DATABASES={
		"default": {
			"ENGINE": "django.db.backends.postgresql",
			"HOST": os.environ.get("PGHOST"),
			"PORT": os.environ.get("PGPORT"),
			"USER": os.environ.get("PGUSER"),
			"NAME": os.environ.get("PGDATABASE"),
			# A pooler may run the next statement in another server connection.
			"DISABLE_SERVER_SIDE_CURSORS": True,
		}
	},
	DEFAULT_AUTO_FIELD="django.db.models.AutoField",
	USE_TZ=True,
)
django.setup()

from django.core.exceptions import ValidationError
from django.db import Error, connection, models, transaction
from django.http import Http404, HttpResponse, JsonResponse
from django.urls import path

# ----------
# Models: managed = False, because the extension makes the tables
# ----------


class DatabaseId(models.UUIDField):
	"""Override: ids. The database makes the id and INSERT returns it: no default=uuid4"""

	db_returning = True


class ModelApi(models.Model):
	id = DatabaseId(primary_key=True)
	project_id = models.UUIDField()
	name = models.TextField()
	description = models.TextField(null=True)
	visibility = models.TextField(default="private")
	authorization_mode = models.TextField(default="restricted")
	invocation_mode = models.TextField(default="sync")
	created_by = models.UUIDField(null=True)
	created_at = models.DateTimeField(auto_now_add=True)
	updated_at = models.DateTimeField(auto_now=True)

	class Meta:
		app_label = "example"
		managed = False
		# Django adds the outer quotes of the name.
		db_table = 'modelapi_acl"."model_apis'

	def delete(self, *arguments, **named):
		"""Override: delete. Deletion is a function of the extension"""
		call("SELECT modelapi_acl.delete_model_api(%s)", self.id)


class Collaborator(models.Model):
	id = DatabaseId(primary_key=True)
	model_api = models.ForeignKey(ModelApi, models.DO_NOTHING, related_name="collaborators")
	user_id = models.UUIDField(null=True)
	organization_id = models.UUIDField(null=True)
	access_level = models.TextField(default="viewer")
	expires_at = models.DateTimeField(null=True)
	granted_by = models.UUIDField(null=True)
	created_at = models.DateTimeField(auto_now_add=True)

	class Meta:
		app_label = "example"
		managed = False
		db_table = 'modelapi_acl"."model_api_collaborators'


def call(sql, *arguments):
	with connection.cursor() as cursor:
		cursor.execute(sql, arguments)
		return cursor.fetchone()[0]


# ----------
# Identity and errors
# ----------


class Identity:
	"""One transaction for each request, with the user who sent it"""

	def __init__(self, get_response):
		self.get_response = get_response

	def __call__(self, request):
		try:
			with transaction.atomic():
				call("SELECT modelapi_acl.set_session_user(%s)", request.headers.get("X-User"))
				response = self.get_response(request)
				if response.status_code >= 400:
					transaction.set_rollback(True)
				return response
		except Error as error:  # of set_session_user, or of COMMIT
			return refusal(error)

	def process_exception(self, request, error):
		return refusal(error)


def refusal(error):
	"""What the database refuses, as HTTP. error.__cause__ is psycopg2's."""
	if isinstance(error, Http404):
		return JsonResponse({"message": "not found"}, status=404)
	if isinstance(error, (ValidationError, ValueError, TypeError, KeyError)):
		return JsonResponse({"message": str(error)}, status=400)
	code = getattr(error.__cause__, "pgcode", None) or ""
	if code.startswith("PT"):
		status = int(code[2:])
	elif code == "42501":
		status = 403
	elif code in ("23505", "23503"):
		status = 409
	elif code[:2] in ("22", "23"):
		status = 400
	else:
		print(repr(error), file=sys.stderr)
		return JsonResponse({"message": "something went wrong"}, status=500)
	diagnostics = error.__cause__.diag
	return JsonResponse(
		{"message": diagnostics.message_primary, "hint": diagnostics.message_hint}, status=status
	)


# ----------
# Views
# ----------


def shown(row):
	return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def find(model_apis, id):
	row = model_apis.filter(id=id).first()
	if row is None:
		raise Http404
	return row


def model_apis(request):
	if request.method == "POST":
		row = ModelApi.objects.create(**json.loads(request.body))
		row.refresh_from_db()  # reads created_by and the times, which the database set
		return JsonResponse(shown(row), status=201)
	limit, offset = int(request.GET.get("limit", 50)), int(request.GET.get("offset", 0))
	rows = ModelApi.objects.order_by("-created_at", "-id")
	return JsonResponse(
		{"total": rows.count(), "items": [shown(row) for row in rows[offset : offset + limit]]}
	)


def bulk(request):
	rows = ModelApi.objects.bulk_create([ModelApi(**values) for values in json.loads(request.body)])
	return JsonResponse([shown(row) for row in rows], status=201, safe=False)


def model_api(request, id):
	if request.method == "DELETE":
		ModelApi(id=id).delete()
		return HttpResponse(status=204)
	if request.method in ("PUT", "PATCH"):
		# Without the permission an UPDATE changes 0 rows, and save() would then try an INSERT.
		call("SELECT modelapi_acl.require_permission(%s, 'edit_settings')", id)
		row = find(
			ModelApi.objects.select_for_update() if request.method == "PATCH" else ModelApi.objects,
			id,
		)
		for name, value in json.loads(request.body).items():
			setattr(row, name, value)
		row.save(force_update=True)  # every column
		return JsonResponse(shown(row))
	row = find(ModelApi.objects, id)
	return JsonResponse(
		dict(shown(row), permissions=call("SELECT modelapi_acl.my_permissions(%s)::text[]", id))
	)


def setting(request, id, name):
	"""Django has no composite keys yet: a setting is written by its function"""
	call("SELECT modelapi_acl.set_setting(%s, %s, %s)", id, name, request.body.decode())
	return JsonResponse({"name": name, "value": json.loads(request.body)})


def collaborators(request, id):
	body = json.loads(request.body)
	call(
		"SELECT modelapi_acl.add_collaborator(%s, %s, %s)",
		id,
		body["principal"],
		body.get("access_level", "viewer"),
	)
	return HttpResponse(status=204)


def collaborator(request, id, user_id):
	"""Upsert by a natural key"""
	row, _ = Collaborator.objects.update_or_create(
		model_api_id=id, user_id=user_id, defaults=json.loads(request.body)
	)
	row.refresh_from_db()
	return JsonResponse(shown(row))


urlpatterns = [
	path("model-apis", model_apis),
	path("model-apis/bulk", bulk),
	path("model-apis/<uuid:id>", model_api),
	path("model-apis/<uuid:id>/settings/<slug:name>", setting),
	path("model-apis/<uuid:id>/collaborators", collaborators),
	path("model-apis/<uuid:id>/collaborators/<uuid:user_id>", collaborator),
]

if __name__ == "__main__":
	from django.core.wsgi import get_wsgi_application

	class Server(ThreadingMixIn, WSGIServer):
		daemon_threads = True

	class Quiet(WSGIRequestHandler):
		def log_message(self, *arguments):
			pass

	make_server(
		"127.0.0.1", int(os.environ.get("PORT", 8080)), get_wsgi_application(), Server, Quiet
	).serve_forever()
