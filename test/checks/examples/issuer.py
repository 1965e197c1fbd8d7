"""An issuer of JSON Web Tokens, whose public keys the gateway's example knows."""

import json
import subprocess
import time
from pathlib import Path

ISSUER, AUDIENCE = "https://login.example.com", "models"
SIGN = Path(__file__).parent / "sign.js"
SUBJECTS = {"ana": "sub-ana", "ben": "sub-ben", "cai": "sub-cai", "nobody": "sub-nobody"}


class Issuer:
	"""tokens: a token by its name. Those of SUBJECTS are valid; WRONG names what the others
	are."""

	def __init__(self, folder):
		self.file = folder / "jwks.json"
		now = int(time.time())
		claims = {"iss": ISSUER, "aud": AUDIENCE, "exp": now + 3600}
		ana = {**claims, "sub": SUBJECTS["ana"]}
		wanted = {name: ("key", {}, {**claims, "sub": sub}) for name, sub in SUBJECTS.items()}
		wanted.update(
			{
				"rsa": ("rsa", {}, ana),
				"expired": ("key", {}, {**ana, "exp": now - 60}),
				"not yet valid": ("key", {}, {**ana, "nbf": now + 3600}),
				"without expiry": ("key", {}, {**ana, "exp": None}),
				"of another issuer": ("key", {}, {**ana, "iss": "https://login.example.org"}),
				"for another audience": ("key", {}, {**ana, "aud": "mail"}),
				"without audience": ("key", {}, {**ana, "aud": None}),
				"without subject": ("key", {}, {**ana, "sub": None}),
				"with a number as subject": ("key", {}, {**ana, "sub": 1}),
				"of an unknown key": ("stranger", {}, ana),
				"of an unknown key with a known name": ("stranger", {"kid": "key"}, ana),
				"signed with a secret": ("secret", {"kid": "key"}, ana),
				"unsigned": ("key", {"alg": "none"}, ana),
			}
		)
		keys = {"key": "ed25519", "rsa": "rsa", "stranger": "ed25519", "secret": "secret"}
		signed = self.sign(keys, wanted.values())
		known = [key for key in signed["jwks"]["keys"] if key["kid"] != "stranger"]
		self.file.write_text(json.dumps({"keys": known}))
		self.tokens = dict(zip(wanted, signed["tokens"]))
		head, _, signature = self.tokens["ben"].split(".")
		self.tokens["with ana's claims under ben's signature"] = ".".join(
			[head, self.tokens["ana"].split(".")[1], signature]
		)
		self.tokens["of no parts that can be read"] = "a.b.c"
		self.wrong = [name for name in self.tokens if name not in SUBJECTS and name != "rsa"]

	@staticmethod
	def sign(keys, wanted):
		tokens = [
			{
				"key": key,
				"header": header,
				"claims": {name: value for name, value in claims.items() if value is not None},
			}
			for key, header, claims in wanted
		]
		question = json.dumps({"keys": keys, "tokens": tokens})
		answer = subprocess.run(
			["node", SIGN], input=question, capture_output=True, text=True, check=True
		)
		return json.loads(answer.stdout)

	def environment(self):
		return {"JWKS": str(self.file), "ISSUER": ISSUER, "AUDIENCE": AUDIENCE}
