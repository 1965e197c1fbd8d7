#!/usr/bin/python3
"""The parser of the Authorization header is fuzzed under sanitizers, compared with a second parser
written from the rules, and called through SQL with good and bad credentials of all kinds of tokens.

LONG=1	10,000,000 executions, 1,000,000 headers, 1,000,000 calls
SEED=N	repeats the random choices
"""

import base64
import binascii
import collections
import os
import random
import re
import struct
import subprocess
import unicodedata

from harness import SEED, Database, by_length, private_folder, run_check

scratch = str(private_folder())
MISSING, MALFORMED, WRONG_SCHEME, DIFFER, CREDENTIAL = range(5)


# The second parser


def plain(raw):
	try:
		text = raw.decode("utf-8")
	except UnicodeDecodeError:
		return False
	return not any(unicodedata.category(c) == "Cc" for c in text)


def parse(header, scheme):
	if not header:
		return MISSING, None
	if len(header) > 8192 or header[:1] == b" " or header[-1:] == b" " or not plain(header):
		return MALFORMED, None
	word, _, body = header.partition(b" ")
	if word.lower() != (b"bearer" if scheme else b"basic"):
		return WRONG_SCHEME, None
	body = body.lstrip(b" ")
	if not body:
		return MALFORMED, None
	if scheme:
		return (CREDENTIAL, body) if re.fullmatch(rb"[!-9;-~]+", body) else (MALFORMED, None)
	try:
		decoded = base64.b64decode(body, validate=True)
	except (binascii.Error, ValueError):
		return MALFORMED, None
	if base64.b64encode(decoded) != body or not plain(decoded):  # one encoding of each text
		return MALFORMED, None
	name, colon, password = decoded.partition(b":")
	if not colon or not name or not password:
		return MALFORMED, None
	return (CREDENTIAL, name) if name == password else (DIFFER, None)


# Headers, mostly nearly right


class Headers:
	def __init__(self, seed, known=()):
		self.random, self.known = random.Random(seed), list(known)
		self.letters = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

	def letters_of(self, count):
		return bytes(self.random.choice(self.letters) for _ in range(count))

	def token(self):
		r = self.random
		kind = r.random()
		if self.known and kind < 0.3:
			return r.choice(self.known)
		if kind < 0.6:
			return r.choice([b"mapi_", b"mapu_"]) + self.letters_of(49)
		if kind < 0.8:
			# as other systems have them
			return r.choice([b"", b"", b"sk-", b"ghp_", b"mapi-", b"MAPI_"]) + self.letters_of(
				r.choice([7, 8, 15, 32, 40, 255, 256])
			)
		return r.randbytes(r.randint(0, 12))

	def one(self):
		r = self.random
		token = self.token()
		other = token if r.random() < 0.7 else self.token()
		pair = base64.b64encode(token + r.choice([b":"] * 6 + [b"", b"::", b": "]) + other)
		scheme = r.choice(
			[
				b"Basic",
				b"basic",
				b"BASIC",
				b"Bearer",
				b"bearer",
				b"BEARER",
				b"Token",
				b"Digest",
				b"Basi",
				b"Bearerx",
				b"",
			]
		)
		header = (
			scheme
			+ b" " * r.choice([1, 1, 1, 1, 2, 0, 3])
			+ r.choice([token, pair, pair.rstrip(b"="), b"", pair + b"=", token + b"=="])
		)
		kind = r.random()
		if kind < 0.15 and header:
			header = bytearray(header)
			for _ in range(r.randint(1, 3)):
				header[r.randrange(len(header))] = r.randrange(256)
			header = bytes(header)
		elif kind < 0.25:
			place = r.randint(0, len(header))
			header = (
				header[:place]
				+ r.choice(
					[
						b" ",
						b"\t",
						b"\r\n",
						b"\0",
						b",",
						b", ",
						b"\x7f",
						b"\xc2\x85",
						b"\xc3\xa9",
						b"\xff",
						b"\xe2\x82\xac",
						b"\xed\xa0\x80",
						b"\xf4\x90\x80\x80",
						b"\xc0\x80",
					]
				)
				+ header[place:]
			)
		elif kind < 0.28:
			header = header + b", " + header
		elif kind < 0.30:
			header = header[: r.randint(0, len(header))]
		elif kind < 0.305:
			header = (
				header + b"A" * r.choice([8192 - len(header), 8193 - len(header), 9000])
				if len(header) < 8000
				else header
			)
		elif kind < 0.31:
			header = None
		return header


def fuzz(check, executions):
	program = os.path.join(scratch, "authorization_fuzz")
	subprocess.run(
		[
			"clang",
			"-g",
			"-O1",
			"-fsanitize=fuzzer,address,undefined",
			"-fno-sanitize-recover=all",
			"-Isrc/token",
			"test/fuzz/authorization_fuzz.c",
			"src/token/authorization_header.c",
			"-o",
			program,
		],
		check=True,
	)
	corpus = os.path.join(scratch, "corpus")
	os.makedirs(corpus, exist_ok=True)
	headers = Headers(SEED)
	for n in range(300):
		with open(os.path.join(corpus, str(n)), "wb") as file:
			file.write(bytes([n & 1]) + (headers.one() or b""))
	run = subprocess.run(
		[
			program,
			"-runs=%d" % executions,
			"-seed=%d" % (SEED or 1),
			"-max_len=8400",
			"-print_final_stats=1",
			corpus,
		],
		capture_output=True,
		text=True,
		cwd=scratch,
	)
	done = re.search(r"number_of_executed_units: (\d+)", run.stderr)
	done = int(done.group(1)) if done else 0
	if run.returncode != 0:
		print(run.stderr[-4000:])
	check.true(
		"libFuzzer with address and undefined-behaviour sanitizers, %d executions" % done,
		run.returncode == 0 and done >= executions,
	)


def compare(check, count):
	program = os.path.join(scratch, "authorization_driver")
	subprocess.run(
		[
			"cc",
			"-O2",
			"-Wall",
			"-Werror",
			"-Isrc/token",
			"test/fuzz/authorization_driver.c",
			"src/token/authorization_header.c",
			"-o",
			program,
		],
		check=True,
	)
	headers = Headers(SEED + 1)
	differences, seen = 0, [0] * 5
	for start in range(0, count, 50000):
		batch = [
			(headers.random.randrange(2), headers.one()) for _ in range(min(50000, count - start))
		]
		out = subprocess.run(
			[program],
			check=True,
			capture_output=True,
			input=b"".join(
				struct.pack("<BI", scheme, 0xFFFFFFFF if header is None else len(header))
				+ (header or b"")
				for scheme, header in batch
			),
		).stdout
		place = 0
		for scheme, header in batch:
			came, credential = out[place], None
			place += 1
			if came == CREDENTIAL:
				length = struct.unpack_from("<I", out, place)[0]
				credential = out[place + 4 : place + 4 + length]
				place += 4 + length
			expected = parse(header, scheme)
			seen[came] += 1
			if (came, credential) != expected:
				differences += 1
				if differences < 10:
					print(
						"scheme %d, header %r: expected %r, came %r"
						% (scheme, header, expected, (came, credential))
					)
	check.true(
		"%d headers (missing %d, malformed %d, wrong scheme %d, halves differ %d, credential %d):"
		" %d differences from the second parser" % (count, *seen, differences),
		differences == 0 and all(seen),
	)


def own_memory(pid):
	"""kB that a process has for itself: it touches more of the shared memory from time to time"""
	with open("/proc/%d/status" % pid) as file:
		return int(re.search(r"RssAnon:\s+(\d+)", file.read()).group(1))


REASONS = {
	MISSING: "missing_credentials",
	MALFORMED: "malformed",
	WRONG_SCHEME: "wrong_scheme",
	DIFFER: "username_password_differ",
}
# tokens of other systems, each with some of the characters that they may have
FOREIGN = ["c2b2532ed234f54", "sk-" + "x" * 252, "!\"#$%&'()*+,-./;<=>?@[]^_`{|}~", "mapi-12345"]
FOREIGN_PERSONAL = ["ghp_0123456789abcdef", "MAPU_12==", "mapu-~~~"]


def make_tokens(database):
	"""Tokens of each kind: which model APIs each opens, by its secret"""
	opens = {}

	def create(user, sql, *apis):
		opens[database.as_user(user, sql)[0].encode()] = set(apis)

	own = "SELECT token FROM modelapi_acl.create_token(test.id('%s'), 'own')"
	create("founder", own % "churn", "churn")
	create("founder", own % "forecast", "forecast")
	personal = "SELECT token FROM modelapi_acl.create_personal_token('%s', NULL, %s)"
	create("founder", personal % ("all", "NULL"), "churn", "forecast")
	create("founder", personal % ("one", "ARRAY[test.id('forecast')]"), "forecast")
	create("sibling", personal % ("what they may", "NULL"), "forecast")
	create("stranger", personal % ("nothing", "NULL"))
	administrator = database.cursor("regress_admin")
	for number, secret in enumerate(FOREIGN):
		api = ("churn", "forecast")[number % 2]
		administrator.execute(
			"SELECT modelapi_acl.import_token(test.id(%s), %s, sha256(%s))",
			(api, "foreign %d" % number, secret.encode()),
		)
		opens[secret.encode()] = {api}
	for number, secret in enumerate(FOREIGN_PERSONAL):
		administrator.execute(
			"SELECT modelapi_acl.import_personal_token('founder', %s, sha256(%s), NULL)",
			("foreign %d" % number, secret.encode()),
		)
		opens[secret.encode()] = {"churn", "forecast"}
	return opens


def expected_reason(header, api, scheme, opens):
	verdict, credential = parse(header, scheme)
	if verdict != CREDENTIAL:
		return REASONS[verdict]
	if credential not in opens:
		return "unknown_token"
	return "token" if api in opens[credential] else "token_of_other_model_api"


def through_sql(check, count):
	database = Database("headers", world=True)
	opens = make_tokens(database)
	# restricted: a synchronous and an asynchronous one
	apis = [("churn", 0), ("forecast", 1)]
	ids = database.rows("SELECT test.id('churn'), test.id('forecast')")[0]
	cursor = database.cursor("regress_gateway")
	backend = cursor.connection.info.backend_pid
	headers = Headers(SEED + 2, opens)
	differences, reasons, before, calls = 0, collections.Counter(), None, 0
	while calls < count:
		batch = []
		while len(batch) < 2000:
			header = headers.one()
			try:
				text = header.decode("utf-8") if header is not None else None
			except UnicodeDecodeError:
				continue  # no text of this database; the comparison above has them
			if text is None or "\0" not in text:
				batch.append(text)
		place = (calls // 2000) % 2
		cursor.execute(
			"""SELECT h.header, a.allowed, a.status, a.reason
			FROM unnest(%s::text[]) WITH ORDINALITY h (header, n),
				modelapi_acl.authorize_invocation(%s::uuid, h.header) a
			ORDER BY h.n""",
			(batch, ids[place]),
		)
		api, scheme = apis[place]
		for text, allowed, status, reason in cursor.fetchall():
			reasons[reason] += 1
			header = text.encode() if text is not None else None
			expected = expected_reason(header, api, scheme, opens)
			accepted = expected == "token"
			if (allowed, status, reason) != (accepted, 200 if accepted else 401, expected):
				differences += 1
				if differences < 10:
					print("%s, header %r: expected %s, came %s" % (api, header, expected, reason))
		calls += len(batch)
		# both model APIs have been asked about
		if before is None and calls >= count // 5:
			before = own_memory(backend)
	after = own_memory(backend)
	check.true(
		"%d headers through SQL, with tokens of %d kinds: %d differences (%s)"
		% (
			calls,
			len(opens),
			differences,
			", ".join("%s %d" % pair for pair in sorted(reasons.items())),
		),
		differences == 0 and len(reasons) == 7,
	)
	check.true(
		"the backend's memory after a fifth of them %d kB, after all %d kB" % (before, after),
		after - before < 2048,
	)


def main(check):
	fuzz(check, by_length(200_000, 10_000_000))
	compare(check, by_length(50_000, 1_000_000))
	through_sql(check, by_length(20_000, 1_000_000))


if __name__ == "__main__":
	run_check(main, seed=SEED)
