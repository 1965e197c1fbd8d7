"""Programs other than the server."""

import os
import re
import socket
import subprocess
import time


def run(*command, **named):
	"""What a command prints; raises an error with its output when it fails"""
	named.setdefault("text", True)
	result = subprocess.run(
		[str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **named
	)
	if result.returncode:
		raise RuntimeError(
			"%s failed: %s" % (" ".join(map(str, command)), str(result.stdout)[-4000:])
		)
	return result.stdout


def free_ports(count):
	"""Ports that nobody listens on"""
	sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
	ports = [s.getsockname()[1] for s in sockets]
	for s in sockets:
		s.close()
	return ports


class Programs:
	"""Programs that run beside the check, each with a log in one folder

	with Programs(folder) as programs:
		programs.start("pgbouncer", ["pgbouncer", "pgbouncer.ini"], port)
	"""

	def __init__(self, folder):
		self.folder = folder
		self.running = []

	def __enter__(self):
		return self

	def __exit__(self, *_):
		for process in self.running:
			process.terminate()
		for process in self.running:
			process.wait()

	def log(self, name):
		return (self.folder / (name + ".log")).read_text(errors="replace")

	def start(self, name, command, port, seconds=120, cwd=None, **environment):
		"""Starts a program and waits until it listens: on a port, or on a socket by its path"""
		with open(self.folder / (name + ".log"), "w") as log:
			process = subprocess.Popen(
				[str(word) for word in command],
				cwd=cwd,
				env={**os.environ, **environment},
				stdout=log,
				stderr=log,
			)
		self.running.append(process)
		end = time.monotonic() + seconds
		while not listens(port):
			if process.poll() is not None or time.monotonic() > end:
				raise RuntimeError("%s did not start: %s" % (name, self.log(name)[-3000:]))
			time.sleep(0.05)
		return process


def listens(port):
	family = socket.AF_INET if isinstance(port, int) else socket.AF_UNIX
	with socket.socket(family) as s:
		s.settimeout(1)
		address = ("127.0.0.1", port) if isinstance(port, int) else str(port)
		return s.connect_ex(address) == 0


def pgbouncer_version():
	text = run("pgbouncer", "--version")
	return tuple(int(n) for n in re.search(r"(\d+)\.(\d+)", text).groups())


def write_pgbouncer_ini(folder, databases, users, **settings):
	"""Writes PgBouncer's configuration, in transaction mode; returns the path

	databases: connection strings by names; users: those who may log in
	"""
	user_list = folder / "users.txt"
	user_list.write_text("".join('"%s" ""\n' % user for user in users))
	settings = {
		"auth_type": "trust",
		"auth_file": user_list,
		"pool_mode": "transaction",
		"ignore_startup_parameters": "extra_float_digits",
		**settings,
	}
	lines = ["[databases]"]
	lines += ["%s = %s" % pair for pair in databases.items()]
	lines += ["[pgbouncer]"]
	lines += ["%s = %s" % pair for pair in settings.items()]
	path = folder / "pgbouncer.ini"
	path.write_text("\n".join(lines) + "\n")
	return path
