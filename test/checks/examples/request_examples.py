"""The code that request_examples returns, as it is: with a token in place of $TOKEN the model
answers, without one the gateway refuses. R and Java only with LONG=1.
"""

import dataclasses
import json
import subprocess
import sys
import time

from examples.credentials import CREATE, CREATE_TOKEN
from examples.gateway import Gateway, Model, prediction_path
from harness import LONG, Check

EXAMPLES = "SELECT json_agg(e) FROM modelapi_acl.request_examples(%s, %s) AS e"
# the file that a language's code is written to, and the command that runs it
RUN = {
	"curl": ("predict.sh", ["sh"]),
	"Python": ("predict.py", [sys.executable]),
	"R": ("predict.R", ["Rscript", "--vanilla"]),
	"JavaScript": ("predict.js", ["node"]),
	"Java": ("Predict.java", ["java"]),
}
SHORT = ("curl", "Python", "JavaScript")
# a query with characters that have to be escaped, and as it reaches the model
QUERY, ESCAPED = "?a=x|y&b={1}[2]&c=50%&d=%2F#f", "?a=x%7Cy&b=%7B1%7D%5B2%5D&c=50%25&d=%2F"


@dataclasses.dataclass
class Examples:
	"""The examples of one model API, as its owner gets them"""

	check: Check
	gateway: Gateway
	api: str
	name: str

	def codes(self):
		url = self.gateway.url + prediction_path(self.api) + QUERY
		(rows,) = self.gateway.world.as_ana(EXAMPLES, self.api, url)
		return {row["language"]: row["code"] for row in rows}

	def run(self, language, code):
		"""The statuses of the requests that the code made, and what it wrote"""
		name, command = RUN[language]
		folder = self.gateway.folder / "request_examples"
		folder.mkdir(exist_ok=True)
		(folder / name).write_text(code)
		before = len(self.statuses())
		result = subprocess.run(
			[*command, name], cwd=folder, capture_output=True, text=True, timeout=120
		)
		# nginx writes a line after the client has the answer
		ends = time.monotonic() + 60
		while len(self.statuses()) == before and time.monotonic() < ends:
			time.sleep(0.02)
		return self.statuses()[before:], result.stdout + result.stderr

	def statuses(self):
		lines = self.gateway.nginx_log("access").splitlines()
		return [line.split('" ')[1].split()[0] for line in lines]

	def test_answer(self, language, code):
		"""The model answers, and got the escaped query"""
		statuses, output = self.run(language, code)
		what = "gateway: %s: %s" % (self.name, language)
		self.check.equal(what + ": one request, which passes", statuses, ["200"])
		begin, end = output.find("{"), output.rfind("}")
		answer = json.loads(output[begin : end + 1]) if begin >= 0 else {}
		self.check.equal(
			what + ": the model's answer, and the path that reached it",
			(answer.get("prediction"), answer.get("path")),
			(42, prediction_path(self.api) + ESCAPED),
		)
		content_type, body = Model.last_request
		self.check.equal(
			what + ": the model got JSON",
			(content_type.partition(";")[0], json.loads(body)),
			("application/json", {"data": {"x": 1}}),
		)

	def test_refusal(self, language, code, why):
		statuses, output = self.run(language, code)
		what = "gateway: %s: %s, %s" % (self.name, language, why)
		self.check.equal(what + ": 401", statuses, ["401"])
		self.check.true(what + ": no answer", "prediction" not in output, output)

	def test(self, token, foreign):
		"""token: a token of the model API, None if it needs none; foreign: of another"""
		codes = self.codes()
		self.check.equal("gateway: %s: languages" % self.name, list(codes), list(RUN))
		for language, code in codes.items():
			if language not in SHORT and not LONG:
				continue
			self.check.equal(
				"gateway: %s: %s has a placeholder" % (self.name, language),
				"$TOKEN" in code,
				token is not None,
			)
			if token is None:
				self.test_answer(language, code)
				continue
			self.test_answer(language, code.replace("$TOKEN", token))
			self.test_refusal(language, code, "no token")
			self.test_refusal(language, code.replace("$TOKEN", foreign), "another's token")


def test_request_examples(check, gateway, project):
	"""The secrets of the tokens"""
	as_ana, secrets = gateway.world.as_ana, []
	(other,) = as_ana(CREATE, project, "other", "private", "restricted", "sync")
	_, foreign = as_ana(CREATE_TOKEN, other, "edge", None)
	for mode in ("restricted", "unrestricted"):
		for invocation in ("sync", "async"):
			(api,) = as_ana(CREATE, project, "examples", "private", mode, invocation)
			token = None
			if mode == "restricted":
				_, token = as_ana(CREATE_TOKEN, api, "edge", None)
				secrets.append(token)
			name = "request_examples, %s, %s" % (mode, invocation)
			Examples(check, gateway, api, name).test(token, foreign)
	return [*secrets, foreign]
