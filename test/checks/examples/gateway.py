"""Runs the gateway's example, nginx and the authorizer, in front of a model endpoint; sends
requests to it with curl."""

import base64
import dataclasses
import http.server
import json
import re
import subprocess
import threading

from examples.issuer import Issuer
from examples.world import GATEWAY, stop
from harness import free_ports


class Model(http.server.BaseHTTPRequestHandler):
	"""A model endpoint that answers with what reached it"""

	protocol_version = "HTTP/1.1"
	# its content type and its body
	last_request = (None, None)

	def do_POST(self):
		body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
		Model.last_request = (self.headers.get("Content-Type"), body)
		body = json.dumps(
			{
				"prediction": 42,
				"authorization": self.headers.get("Authorization"),
				"model": self.headers.get("X-Model-Api"),
				"path": self.path,
				"token_id": self.headers.get("X-Token-Id"),
				"token_name": self.headers.get("X-Token-Name"),
				"user_id": self.headers.get("X-User-Id"),
			}
		).encode()
		self.send_response(200)
		self.send_header("Content-Length", str(len(body)))
		self.end_headers()
		self.wfile.write(body)

	def log_message(self, *arguments):
		pass


def start_model():
	"""Starts the model endpoint in a thread; its port"""
	server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
	threading.Thread(target=server.serve_forever, daemon=True).start()
	return server.server_port


@dataclasses.dataclass
class Response:
	status: int
	head: str
	body: str

	def header(self, name):
		"""All values of a header"""
		return re.findall(r"(?im)^%s: (.*)$" % name, self.head)

	def outcome(self):
		"""The status and the challenges"""
		return self.status, " AND ".join(self.header("www-authenticate")) or None


class Gateway:
	def __init__(self, world):
		self.world, self.programs, self.folder = world, world.programs, world.folder
		self.port, self.authorizer_port = free_ports(2)
		self.url = "http://127.0.0.1:%d" % self.port
		self.issuer = Issuer(self.folder)
		self.start_authorizer()
		self.start_nginx(start_model())

	def start_authorizer(self, **environment):
		self.authorizer = self.programs.start(
			"authorizer",
			["node", self.folder / "gateway" / "authorizer.js"],
			self.authorizer_port,
			PORT=str(self.authorizer_port),
			PGUSER=GATEWAY,
			**{**self.world.pooled(), **self.issuer.environment(), **environment},
		)

	def stop_authorizer(self):
		stop(self.authorizer)

	def start_nginx(self, model_port):
		"""With the example's configuration, but for the ports"""
		text = (self.folder / "gateway" / "nginx.conf").read_text()
		for old, new in ((8080, self.port), (3001, self.authorizer_port), (9000, model_port)):
			text = text.replace("127.0.0.1:%d" % old, "127.0.0.1:%d" % new)
		prefix = self.folder / "nginx"
		prefix.mkdir()
		configuration = prefix / "nginx.conf"
		configuration.write_text("daemon off;\n" + text)
		command = ["nginx", "-p", prefix, "-c", configuration, "-e", prefix / "error.log"]
		self.programs.start("nginx", command, self.port)

	def nginx_log(self, name):
		return (self.folder / "nginx" / (name + ".log")).read_text()

	def post(self, path, *arguments, data="{}"):
		"""The response to a POST; arguments: further ones of curl"""
		command = ["curl", "-s", "-i", "--path-as-is", "-X", "POST", "--data-binary", data]
		command += arguments
		result = subprocess.run([*command, self.url + path], capture_output=True, text=True)
		head, _, body = result.stdout.replace("\r", "").partition("\n\n")
		while head.startswith("HTTP/1.1 100"):
			head, _, body = body.partition("\n\n")
		return Response(int(head.split()[1]), head, body)

	def predict(self, api, *arguments):
		return self.post(prediction_path(api), *arguments)

	def outcome(self, api, *arguments):
		"""The status and the challenges of a request for a prediction"""
		return self.predict(api, *arguments).outcome()


def prediction_path(api):
	return "/model-apis/%s/predict" % api


# Arguments of curl


def header(name, value):
	return ["-H", "%s: %s" % (name, value)]


def basic(user, password=None):
	pair = "%s:%s" % (user, user if password is None else password)
	return header("Authorization", "Basic " + encode(pair))


def bearer(token):
	return header("Authorization", "Bearer " + token)


def encode(text):
	return base64.b64encode(text.encode()).decode()
