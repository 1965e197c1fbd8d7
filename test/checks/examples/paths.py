"""The gateway forwards what was decided on, however a request is written. Bodies, origins of web
pages, and the client's example."""

import base64
import dataclasses
import json
import os
import subprocess

from examples.gateway import Gateway, basic, header, prediction_path
from examples.world import MISSING
from harness import Check, run

CREATE = "SELECT modelapi_acl.create_model_api(%s, 'p', NULL, 'private', 'restricted', %s)::text"
CREATE_TOKEN = "SELECT id::text, token FROM modelapi_acl.create_token(%s, 'paths')"
ORIGIN = "https://app.example.com"


@dataclasses.dataclass
class Case:
	"""A synchronous and an asynchronous model API with a token each"""

	check: Check
	gateway: Gateway
	api: str
	token_id: str
	token: str
	async_api: str
	async_token: str

	def predict(self, *arguments):
		"""The response to a valid request"""
		return self.gateway.predict(self.api, *basic(self.token), *arguments)


def test_paths(check, gateway, project):
	"""The secrets of the tokens"""
	as_ana = gateway.world.as_ana
	(api,), (async_api,) = (as_ana(CREATE, project, mode) for mode in ("sync", "async"))
	token_id, token = as_ana(CREATE_TOKEN, api)
	_, async_token = as_ana(CREATE_TOKEN, async_api)
	case = Case(check, gateway, api, token_id, token, async_api, async_token)
	test_forwarded_path(case)
	test_bodies(case)
	test_origins(case)
	test_client_example(case)
	test_curl_user(case)
	check.true(
		"gateway: its log names the token by id", "token=" + token_id in gateway.nginx_log("access")
	)
	return [token, async_token]


def test_unknown_paths(check, gateway, api):
	for what in (MISSING, "-" * 36, "abc"):
		check.equal("gateway: no such model API: " + what, gateway.outcome(what), (404, None))
	long_header = header("Authorization", "Bearer " + "x" * 9000)
	check.equal(
		"gateway: a header beyond its limit", gateway.predict(api, *long_header).status, 400
	)
	for path in (
		"authorize",
		"",
		"index.html",
		"model-apis/%s" % api,
		"model-apis/%s/predict/x" % api,
	):
		url = gateway.url + "/" + path
		status = run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", url)
		check.equal("gateway: another path: /" + path, status, "404")


def test_forwarded_path(case):
	check, api, other = case.check, case.api, case.async_api

	def send(path):
		"""The status, and the path that reached the model"""
		response = case.gateway.post(path, *basic(case.token))
		model_answers = response.status == 200
		return response.status, json.loads(response.body)["path"] if model_answers else None

	decided = prediction_path(api)
	for path in (
		"/model-apis/%s/predict/../../%s/predict" % (other, api),
		"//model-apis//%s/predict" % api,
		prediction_path(api.upper()),
		"/model%%2Dapis/%s/x/%%2e%%2e/predict" % api,
	):
		short = path.replace(api, "B").replace(other, "A")
		check.equal("gateway: the model decided on gets it: " + short, send(path), (200, decided))
	path = decided + "?a=1&b=%2F.."
	check.equal("gateway: the query is forwarded", send(path), (200, path))
	path = "/model-apis/%s/predict/../../%s/predict" % (api, other)
	check.equal("gateway: a path that ends at another model API", send(path)[0], 401)


def test_bodies(case):
	big = case.gateway.folder / "body"
	for size, status in ((2, 200), (31, 200), (33, 413)):
		with open(big, "wb") as file:
			file.truncate(size << 20)
		response = case.predict("--data-binary", "@%s" % big)
		case.check.equal("gateway: a body of %d MB" % size, response.status, status)


def test_origins(case):
	"""Which web pages may read the answers"""
	check, gateway, allowed = case.check, case.gateway, header("Origin", ORIGIN)

	def cors(response):
		return response.header("access-control-allow-origin")

	preflight = ["-X", "OPTIONS", *header("Access-Control-Request-Method", "POST"), *allowed]
	for what, api in (("present", case.api), ("missing", MISSING)):
		response = gateway.predict(api, *preflight)
		check.equal(
			"gateway: preflight, model API " + what,
			(response.status, cors(response), response.header("access-control-allow-headers")),
			(204, [ORIGIN], ["Authorization, Content-Type"]),
		)
	check.equal("gateway: a page may read the answer", cors(case.predict(*allowed)), [ORIGIN])
	refusal = gateway.predict(case.api, *allowed)
	check.equal("gateway: and a refusal", cors(refusal), [ORIGIN])
	evil = header("Origin", ORIGIN + ".evil.example")
	check.equal("gateway: another origin may not", cors(case.predict(*evil)), [])


def test_client_example(case):
	def call(api, mode, token):
		script = case.gateway.folder / "gateway" / "client.sh"
		return subprocess.run(
			["sh", script, case.gateway.url, api, mode],
			input="{}",
			env={**os.environ, "TOKEN": token},
			capture_output=True,
			text=True,
		)

	for mode, api, token in (
		("sync", case.api, case.token),
		("async", case.async_api, case.async_token),
	):
		result = call(api, mode, token)
		case.check.equal(
			"gateway: the client's example, " + mode,
			(result.returncode, result.stdout[:16]),
			(0, '{"prediction": 4'),
		)
		result = call(api, mode, "nonsense")
		case.check.equal(
			"gateway: the client's example without a valid token, " + mode,
			(result.returncode, "valid access token is needed" in result.stdout),
			(22, True),
		)


def test_curl_user(case):
	"""curl -u sends base64 without line breaks; with line breaks the header is malformed"""
	pair = "%s:%s" % (case.token, case.token)
	status = case.gateway.predict(case.api, "-u", pair).status
	case.check.equal("gateway: curl -u", status, 200)
	wrapped = base64.encodebytes(pair.encode()).decode().replace("\n", " ").strip()
	status = case.gateway.predict(case.api, *header("Authorization", "Basic " + wrapped)).status
	case.check.equal("gateway: a pair wrapped at 76 columns", status, 401)
