#!/usr/bin/env bash
# The regression suite under a server with assertions that discards its caches
# (debug_discard_caches = 1), and under valgrind. The server is built from Debian's
# source package, which takes a while; ASSERT_SERVER names one that is built already.
#
#	test/run long builds
#	BUILDS=valgrind test/run long builds		or assertions: one of the two
#	FILES='tokens audit' test/run long builds	some of the regression tests,
#											extension: CREATE and DROP EXTENSION
#	DISCARD_ONE_IN=1							how often caches are discarded: 100
#
# Discarding caches at every opportunity makes a statement a thousand times slower; the suite
# would take more than a day. So this server does it at one opportunity in DISCARD_ONE_IN,
# which over thousands of statements covers every place. The setup of each regression test
# runs without it.
set -euo pipefail
what=${BUILDS:-all}
scratch=$MODELAPI_ACL_PRIVATE/builds
mkdir -p "$scratch"
server=${ASSERT_SERVER:-$scratch/server}
unset PGHOST PGPORT PGUSER PGDATABASE
passed=0
failed=0
export DISCARD_ONE_IN=${DISCARD_ONE_IN:-100}

# Debian's source package, by lists of sources of its own: a machine's own usually
# name binary packages alone
fetch_source() {
	local apt=$scratch/apt file
	mkdir -p "$apt/parts" "$apt/state/lists/partial" "$apt/cache/archives/partial"
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
		[ -f "$file" ] || continue
		case $file in
		*.sources) sed 's/^Types:.*/Types: deb-src/' "$file" >"$apt/parts/$(basename "$file")" ;;
		*.list) sed -n 's/^deb /deb-src /p' "$file" >"$apt/parts/$(basename "$file")" ;;
		esac
	done
	options=(-o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$apt/parts" -o "Dir::State=$apt/state"
		-o "Dir::Cache=$apt/cache" -o Debug::NoLocking=1)
	apt-get "${options[@]}" -qq update
	# the release's own version where a mirror lacks the sources of an update
	apt-get "${options[@]}" source --download-only -qq postgresql-15 ||
		apt-get "${options[@]}" source --download-only -qq "postgresql-15/$(. /etc/os-release && echo "$VERSION_CODENAME")"
}

if [ ! -x "$server/bin/postgres" ]; then
	echo "Building a server with assertions ..."
	(
		cd "$scratch"
		fetch_source
		mkdir source
		tar xf postgresql-15_*.orig.tar.* -C source --strip-components=1
		cd source
		sed -i 's/if (recursion_depth < debug_discard_caches)/if (recursion_depth < debug_discard_caches \&\& rand() % (getenv("DISCARD_ONE_IN") ? atoi(getenv("DISCARD_ONE_IN")) : 1) == 0)/' \
			src/backend/utils/cache/inval.c
		grep -q DISCARD_ONE_IN src/backend/utils/cache/inval.c
		./configure --prefix="$server" --enable-cassert --enable-debug --with-openssl --without-readline \
			CFLAGS="-O1 -g" CPPFLAGS=-DUSE_VALGRIND
		make -s -j"$(nproc)"
		make -s install
		make -s -C contrib/pgcrypto install
	) >"$scratch/server.log" 2>&1 || {
		tail -n 20 "$scratch/server.log"
		echo "0 passed, 1 failed"
		exit 1
	}
fi
cp -r . "$scratch/src"
make -s -C "$scratch/src" clean PG_CONFIG="$server/bin/pg_config" >/dev/null
make -s -C "$scratch/src" install PG_CONFIG="$server/bin/pg_config" with_llvm=no >"$scratch/build.log" 2>&1
regress="$(dirname "$("$server/bin/pg_config" --pgxs)")/../test/regress/pg_regress"
export PGHOST=$scratch PGUSER=postgres

# suite NAME: the regression suite on the server that runs, file by file
suite() {
	local file name
	for file in "$scratch"/src/test/sql/*.sql; do
		name=$(basename "$file" .sql)
		[[ -z ${FILES:-} || " $FILES " == *" $name "* ]] || continue
		mkdir -p "$scratch/out"
		SECONDS=0
		if (cd "$scratch/src" && "$regress" --inputdir=test --outputdir="$scratch/out" --bindir="$server/bin" \
			--dbname=regression "$name") >"$scratch/regress.log" 2>&1; then
			passed=$((passed + 1))
			echo "$1: $name: ok, $SECONDS s"
		else
			failed=$((failed + 1))
			echo "$1: $name: FAILED, $SECONDS s"
			head -n 40 "$scratch/out/regression.diffs" || true
		fi
	done
}

if [ "$what" = all ] || [ "$what" = assertions ]; then
	"$server/bin/initdb" -D "$scratch/data" -U postgres -A trust --locale=C.UTF-8 --encoding=UTF8 >/dev/null
	printf "%s\n" "listen_addresses = ''" "unix_socket_directories = '$scratch'" "fsync = off" \
		"debug_discard_caches = 1" "max_prepared_transactions = 10" >>"$scratch/data/postgresql.conf"
	"$server/bin/pg_ctl" -D "$scratch/data" -l "$scratch/assertions.log" -w start >/dev/null
	suite "assertions, caches discarded"
	if [[ -z ${FILES:-} || " $FILES " == *" extension "* ]]; then
		SECONDS=0
		if "$server/bin/psql" -X -q -v ON_ERROR_STOP=1 -d postgres -c "CREATE EXTENSION modelapi_acl CASCADE" \
			-c "DROP EXTENSION modelapi_acl" >"$scratch/install.log" 2>&1; then
			passed=$((passed + 1))
			echo "assertions, caches discarded: CREATE and DROP EXTENSION: ok, $SECONDS s"
		else
			failed=$((failed + 1))
			cat "$scratch/install.log"
		fi
	fi
	"$server/bin/pg_ctl" -D "$scratch/data" -m fast stop >/dev/null
	if grep -E "TRAP|leak|PANIC" "$scratch/assertions.log"; then
		failed=$((failed + 1))
	else
		passed=$((passed + 1))
		echo "no assertion failed, nothing leaked"
	fi
fi

if [ "$what" = all ] || [ "$what" = valgrind ]; then
	rm -rf "$scratch/data"
	"$server/bin/initdb" -D "$scratch/data" -U postgres -A trust --locale=C.UTF-8 --encoding=UTF8 >/dev/null
	printf "%s\n" "listen_addresses = ''" "unix_socket_directories = '$scratch'" "fsync = off" \
		"max_prepared_transactions = 10" >>"$scratch/data/postgresql.conf"
	suppressions=$(find "$scratch/source" "${ASSERT_SOURCE:-$scratch}" -name valgrind.supp 2>/dev/null | head -n 1 || true)
	valgrind --quiet --trace-children=yes --leak-check=no --track-origins=yes --error-limit=no \
		${suppressions:+--suppressions="$suppressions"} --log-file="$scratch/valgrind.%p" \
		"$server/bin/postgres" -D "$scratch/data" >"$scratch/valgrind_server.log" 2>&1 &
	for _ in $(seq 120); do
		"$server/bin/pg_isready" -q && break
		sleep 1
	done
	suite valgrind
	"$server/bin/pg_ctl" -D "$scratch/data" -m fast stop >/dev/null
	wait
	if grep -l . "$scratch"/valgrind.[0-9]* 2>/dev/null; then
		cat "$scratch"/valgrind.[0-9]* | head -n 60
		failed=$((failed + 1))
	else
		passed=$((passed + 1))
		echo "valgrind found nothing"
	fi
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
