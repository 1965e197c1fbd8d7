"""A primary and two streaming standbys behind HAProxy, as in examples/scaling, on loopback and
in one folder. Programs are found by PATH.
"""

import os
import re
import socket
import subprocess
import sys
import time

import psycopg2

EXAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "examples", "scaling")
NAMES = ["one", "two", "three"]


def free_ports(count):
	sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
	ports = [s.getsockname()[1] for s in sockets]
	for s in sockets:
		s.close()
	return ports


def run(*command, **named):
	result = subprocess.run(command, capture_output=True, text=True, **named)
	if result.returncode:
		sys.exit("%s: %s%s" % (" ".join(command), result.stdout, result.stderr))
	return result.stdout


class Servers:
	"""ports: of each server by name; "writes" and "reads" are HAProxy's"""

	def __init__(self, folder, **settings):
		self.folder = folder
		self.settings = settings
		self.ports = dict(zip(NAMES + ["writes", "reads"], free_ports(5)))
		self.haproxy = None
		os.makedirs(folder)

	def data(self, name):
		return os.path.join(self.folder, name)

	def log(self, name):
		with open(os.path.join(self.folder, name + ".log")) as file:
			return file.read()

	def connect(self, where, user="postgres", database="platform"):
		connection = psycopg2.connect(
			host="127.0.0.1", port=self.ports[where], user=user, dbname=database, connect_timeout=10
		)
		connection.autocommit = True
		return connection

	def ask(self, where, sql, *arguments, user="postgres", database="platform"):
		"""The first column of the first row, from a new session"""
		connection = self.connect(where, user, database)
		try:
			cursor = connection.cursor()
			cursor.execute(sql, arguments)
			return cursor.fetchone()[0] if cursor.description else None
		finally:
			connection.close()

	def configure(self, name, text):
		with open(os.path.join(self.data(name), "postgresql.conf"), "a") as file:
			file.write(text)

	def control(self, name, *arguments):
		run(
			"pg_ctl",
			"-D",
			self.data(name),
			"-l",
			os.path.join(self.folder, name + ".log"),
			"-w",
			*arguments,
		)

	def make_primary(self, database="platform"):
		run(
			"initdb",
			"-D",
			self.data("one"),
			"-U",
			"postgres",
			"-A",
			"trust",
			"--locale=C.UTF-8",
			"--encoding=UTF8",
		)
		self.configure(
			"one",
			"listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\nport = %d\n"
			% self.ports["one"],
		)
		for setting in self.settings.items():
			self.configure("one", "%s = '%s'\n" % setting)
		self.control("one", "start")
		self.ask("one", "CREATE DATABASE " + database, database="postgres")
		self.ask(
			"one",
			"CREATE ROLE haproxy_check LOGIN; GRANT pg_monitor TO haproxy_check",
			database="postgres",
		)

	def make_standby(self, name):
		run(
			"pg_basebackup",
			"-D",
			self.data(name),
			"-R",
			"-C",
			"-S",
			name,
			"-c",
			"fast",
			"-h",
			"127.0.0.1",
			"-p",
			str(self.ports["one"]),
			"-U",
			"postgres",
		)
		with open(os.path.join(EXAMPLE, "standby.conf")) as file:
			# On a busy machine, a slow standby must not look like one that is cut off.
			self.configure(
				name,
				file.read()
				+ "\nport = %d\ncluster_name = '%s'\nwal_receiver_timeout = '30s'\n"
				% (self.ports[name], name),
			)
		self.control(name, "start")

	def synchronous(self, on):
		"""remote_apply for all, or asynchronous"""
		with open(os.path.join(EXAMPLE, "primary.conf")) as file:
			settings = re.findall(r"(?m)^(\w+) = (.*)$", file.read())
		for setting, value in settings:
			self.ask(
				"one",
				"ALTER SYSTEM SET %s = %s"
				% (setting, value if value.startswith("'") else "'%s'" % value)
				if on
				else "ALTER SYSTEM RESET " + setting,
				database="postgres",
			)
		self.ask("one", "SELECT pg_reload_conf()", database="postgres")
		wanted = ["sync", "sync"] if on else ["async", "async"]
		states = "SELECT array_agg(sync_state) FROM pg_stat_replication WHERE state = 'streaming'"
		self.wait_for(
			lambda: self.ask("one", states, database="postgres") == wanted,
			"the standbys did not become %s: " % wanted[0],
		)

	def start_haproxy(self, more=""):
		with open(os.path.join(EXAMPLE, "haproxy.cfg")) as file:
			text = file.read()
		for old, new in (
			("5432", "one"),
			("5433", "two"),
			("5434", "three"),
			("5000", "writes"),
			("5001", "reads"),
		):
			text = text.replace("127.0.0.1:%s\n" % old, "127.0.0.1:%d\n" % self.ports[new])
		text = text.replace(
			"/etc/haproxy/fitness", os.path.abspath(os.path.join(EXAMPLE, "fitness"))
		)
		text = text.replace("timeout check 3s", "timeout check 20s")
		text = text.replace('"/usr/bin:/bin"', '"%s"' % os.environ["PATH"])
		text += more
		path = os.path.join(self.folder, "haproxy.cfg")
		with open(path, "w") as file:
			file.write(text)
		run("haproxy", "-c", "-f", path)
		log = open(os.path.join(self.folder, "haproxy.log"), "w")
		self.haproxy = subprocess.Popen(["haproxy", "-db", "-f", path], stdout=log, stderr=log)
		self.wait_for(
			lambda: (
				self.served_by("reads", 6) == {"two", "three"}
				and self.served_by("writes") == {"one"}
			),
			"HAProxy did not start: ",
		)

	def served_by(self, port, times=1):
		"""Which servers answer there. Sessions stay open, so that leastconn spreads them"""
		found, held = set(), []
		for _ in range(times):
			try:
				held.append(self.connect(port, database="postgres"))
				cursor = held[-1].cursor()
				cursor.execute("SELECT current_setting('port')::int")
				number = cursor.fetchone()[0]
				found.add(next(name for name in NAMES if self.ports[name] == number))
			except psycopg2.Error:
				pass
		for connection in held:
			connection.close()
		return found

	def wait_for(self, condition, message, seconds=90):
		"""Returns the seconds that it took"""
		started = time.monotonic()
		while time.monotonic() < started + seconds:
			if condition():
				return time.monotonic() - started
			time.sleep(0.1)
		sys.exit(message + self.log("haproxy"))

	def start(self):
		self.make_primary()
		for name in NAMES[1:]:
			self.make_standby(name)
		self.start_haproxy()

	def stop(self):
		if self.haproxy:
			self.haproxy.terminate()
			self.haproxy.wait()
		for name in NAMES:
			if os.path.exists(os.path.join(self.data(name), "postmaster.pid")):
				subprocess.run(
					["pg_ctl", "-D", self.data(name), "-m", "immediate", "stop"],
					capture_output=True,
				)
