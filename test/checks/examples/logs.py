"""What the logs of nginx, authorizer, pooler and server hold."""

import hashlib
import json

from examples.gateway import encode
from harness import private_folder

REASONS = {
	"unrestricted",
	"token",
	"no_such_model_api",
	"missing_credentials",
	"wrong_scheme",
	"malformed",
	"unknown_token",
	"token_of_other_model_api",
	"token_expired",
	"token_revoked",
	"token_superseded",
	"identity",
	"unknown_subject",
	"permission_denied",
}


def parts(secret):
	"""Parts of a token's secret, as they are and encoded"""
	return secret[5:15], secret[20:40], encode(secret[3:15])


def test_logs(check, gateway, secrets):
	authorizer = gateway.programs.log("authorizer")
	verdicts = [json.loads(line) for line in authorizer.splitlines() if line.startswith("{")]
	check.equal(
		"gateway: the reasons are in the authorizer's log", {v["reason"] for v in verdicts}, REASONS
	)
	server = (private_folder() / "server.log").read_text(errors="replace")
	digests = [hashlib.sha256(secret.encode()).hexdigest() for secret in secrets]
	check.equal(
		"gateway: the server's log has what was sent: digests",
		[digest for digest in digests if digest not in server],
		[],
	)
	logs = server + authorizer + gateway.nginx_log("access") + gateway.nginx_log("error")
	logs += gateway.programs.log("pgbouncer")
	check.equal(
		"gateway: and no secret is in a log of nginx, authorizer, pooler or server",
		[secret for secret in secrets if any(part in logs for part in parts(secret))],
		[],
	)
	signatures = {token.split(".")[2][:20] for token in gateway.issuer.tokens.values()} - {"c"}
	check.equal(
		"gateway: nor is the signature of a JSON Web Token",
		[signature for signature in signatures if signature in logs],
		[],
	)
