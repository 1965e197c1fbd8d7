#!/usr/bin/python3
"""Faults of the examples, which run for real: the backend in Node behind PgBouncer in transaction
mode, and nginx with auth_request in front of a model endpoint, called by curl and by the code that
request_examples returns. Nothing is random.

	LONG=1	also the code in R and Java
"""

from examples.credentials import test_credentials
from examples.gateway import Gateway
from examples.identity import test_identity
from examples.leaks import test_leaks
from examples.logs import test_logs
from examples.paths import test_paths, test_unknown_paths
from examples.prepared import test_prepared
from examples.request_examples import test_request_examples
from examples.requests import test_backend
from examples.world import GATEWAY, World
from harness import Programs, attempt, run_check, scratch_folder


def test_gateway(check, world):
	gateway = Gateway(world)
	(project,) = world.as_ana("SELECT modelapi_acl.create_project('models')::text")
	api, secrets = test_credentials(check, gateway, project)
	test_unknown_paths(check, gateway, api)
	secrets += test_paths(check, gateway, project)
	test_identity(check, gateway, project)
	secrets += test_request_examples(check, gateway, project)
	test_logs(check, gateway, secrets)
	test_leaks(check, gateway, project)
	test_role(check, world.database)
	gateway.stop_authorizer()
	check.equal("gateway: without the authorizer nothing passes", gateway.predict(api).status, 503)
	gateway.start_authorizer(PGPORT="1")
	check.equal("gateway: nor without the database", gateway.predict(api).status, 503)


def test_role(check, database):
	session = database.connect(GATEWAY)
	codes = [
		attempt(session.cursor(), sql)
		for sql in (
			"SELECT FROM modelapi_acl.model_apis",
			"SELECT FROM modelapi_acl.access_tokens",
			"SELECT modelapi_acl.current_user_id()",
		)
	]
	session.close()
	check.equal("gateway: its role can do nothing else", codes, ["42501"] * 3)


def main(check):
	with Programs(scratch_folder("examples")) as programs:
		world = World(programs)
		test_backend(check, world)
		test_prepared(check, world)
		test_gateway(check, world)
	world.drop()


if __name__ == "__main__":
	run_check(main)
