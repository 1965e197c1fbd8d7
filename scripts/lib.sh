# shellcheck shell=bash
# Sourced by demo/run, test/run and bench/run: a private copy of the server's
# installation with the extension in it, and a private throw-away server.
#
# Nothing is written outside a temporary folder, apart from the packages that
# are installed when missing. PostgreSQL finds its files relative to its
# programs, so that a copy works from any folder.

PG_MAJOR=${PG_MAJOR:-15}
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }

# install_missing PACKAGE...: installs missing packages with apt
install_missing() {
	local missing=() package
	for package in "$@"; do
		dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
			missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y)
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null || {
			say "Please install first: ${missing[*]}"
			return 1
		}
		apt=(sudo "${apt[@]}")
	fi
	say "Installing ${missing[*]} ..."
	local log
	log=$(mktemp)
	if ! { "${apt[@]}" update && "${apt[@]}" install --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 </dev/null; then
		cat "$log" >&2
		rm -f "$log"
		return 1
	fi
	rm -f "$log"
}

# The packages needed to build and to run a private server
base_packages() {
	echo "postgresql-$PG_MAJOR" "postgresql-server-dev-$PG_MAJOR" make gcc libc6-dev
}

# Runs a command as the server's user: PostgreSQL refuses to run as root
run_as_server() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
	else
		"$@"
	fi
}

# make_private DIR: copies installation and sources into DIR, builds, installs
make_private() {
	local dir=$1 bin from tail link
	bin=$("${PG_CONFIG:-/usr/lib/postgresql/$PG_MAJOR/bin/pg_config}" --bindir)
	from=${bin%/lib/postgresql/*}
	tail=${bin#"$from"/}
	mkdir -p "$dir/pg/lib/postgresql" "$dir/pg/share/postgresql" "$dir/pg/include"
	cp -a "$from/lib/postgresql/$PG_MAJOR" "$dir/pg/lib/postgresql/"
	cp -a "$from/share/postgresql/$PG_MAJOR" "$dir/pg/share/postgresql/"
	cp -a "$from/include/postgresql" "$dir/pg/include/"
	# links that point outside the copy
	find "$dir/pg/share" -type l | while read -r link; do
		[ ! -e "$link" ] || cp --remove-destination "$(readlink -f "$link")" "$link"
	done
	rm -f "$dir/pg/lib/postgresql/$PG_MAJOR/lib/modelapi_acl".* \
		"$dir/pg/share/postgresql/$PG_MAJOR/extension/modelapi_acl"*
	PRIVATE_BIN="$dir/pg/$tail"
	mkdir "$dir/src"
	(cd "$ROOT" && tar cf - --exclude=.git --exclude=results --exclude=tmp_check .) |
		tar xf - -C "$dir/src"
	local log="$dir/build.log"
	if ! { make -C "$dir/src" clean PG_CONFIG="$PRIVATE_BIN/pg_config" &&
		make -C "$dir/src" -j"$(nproc)" PG_CONFIG="$PRIVATE_BIN/pg_config" &&
		make -C "$dir/src" install PG_CONFIG="$PRIVATE_BIN/pg_config"; } >"$log" 2>&1; then
		cat "$log" >&2
		return 1
	fi
	if [ "$(id -u)" -eq 0 ]; then
		chown -R postgres:postgres "$dir"
	fi
}

# start_server DIR [SETTING...]: starts a server in DIR/data, which is created if missing.
# It listens on a socket in DIR only. Its user need not have access to this folder.
start_server() {
	local dir=$1 setting
	shift
	[ -e "$dir/data/PG_VERSION" ] || run_as_server "$PRIVATE_BIN/initdb" -D "$dir/data" -U postgres -A trust \
		--locale=C.UTF-8 --encoding=UTF8 >"$dir/initdb.log" 2>&1 || {
		cat "$dir/initdb.log" >&2
		return 1
	}
	{
		echo "listen_addresses = ''"
		echo "unix_socket_directories = '$dir'"
		echo "fsync = off"
		for setting in "$@"; do echo "$setting"; done
	} >>"$dir/data/postgresql.conf"
	(cd "$dir" && run_as_server "$PRIVATE_BIN/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w start) >/dev/null || {
		cat "$dir/server.log" >&2
		return 1
	}
	export PGHOST=$dir PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
	export PATH="$PRIVATE_BIN:$PATH"
}

stop_server() {
	local dir=$1
	if [ -f "$dir/data/postmaster.pid" ]; then
		run_as_server "$PRIVATE_BIN/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1 || true
	fi
}

# A temporary folder with a short name (socket paths are limited), for the
# server's user as well
make_folder() {
	local dir
	dir=$(mktemp -d /tmp/modelapi_acl.XXXXXX)
	if [ "$(id -u)" -eq 0 ]; then
		chown postgres:postgres "$dir"
	fi
	chmod 755 "$dir"
	echo "$dir"
}
