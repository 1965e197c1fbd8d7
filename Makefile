# modelapi_acl: built with PGXS.
#
#	make && make install		for the server that pg_config belongs to
#	make installcheck			regression and isolation tests on a running server;
#								TAP tests start servers of their own: make test
#	make demo, make test 		the README's two commands, on private servers
#	make dist					a zip for PGXN, of what is committed
#	make deb					Debian source and binary packages of it, in build/deb
#
# PG_CONFIG chooses the server; WERROR= turns warnings back into warnings.

EXTENSION = modelapi_acl
EXTVERSION = $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" $(EXTENSION).control)

MODULE_big = $(EXTENSION)
OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c)))
PGFILEDESC = "modelapi_acl - access control for model APIs"

FRAGMENTS = $(sort $(wildcard sql/install/*.sql))
SCRIPT = sql/$(EXTENSION)--$(EXTVERSION).sql
DATA = $(SCRIPT)
EXTRA_CLEAN = $(SCRIPT) results output_iso tmp_check regression.diffs regression.out

# pg_regress looks into sql/ and expected/ here before test/sql: the fragments
# lie in a folder of their own, and what is expected lies in expected/
TESTS = $(sort $(wildcard test/sql/*.sql))
REGRESS = $(patsubst test/sql/%.sql,%,$(TESTS))
REGRESS_OPTS = --inputdir=test
ISOLATION = $(patsubst test/specs/%.spec,%,$(sort $(wildcard test/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test --outputdir=.

WERROR ?= -Werror
# Unused parameters come with PG_FUNCTION_ARGS and callbacks; the server's own
# macros compare signs
PG_CFLAGS = -Wall -Wextra $(WERROR) -Wno-unused-parameter -Wno-sign-compare \
	-Wno-missing-field-initializers -fvisibility=hidden

PG_CONFIG ?= pg_config
# Bitcode for JIT needs the clang that the server was built with
ifeq ($(shell command -v clang-14 || command -v clang),)
override with_llvm = no
endif
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

$(OBJS): $(wildcard src/*.h)

all: $(SCRIPT)

$(SCRIPT): $(FRAGMENTS)
	cat $(FRAGMENTS) > $@

.PHONY: demo test dist deb bench
demo:
	./demo/run
test:
	./test/run
bench:
	./bench/run
# PGXN takes the version from META.json, and asks for the script that it names: the
# joined script goes along, newer than its pieces
DISTVERSION = $(shell sed -n 's/^\t"version": "\(.*\)",$$/\1/p' META.json)
DISTNAME = $(EXTENSION)-$(DISTVERSION)
dist: $(SCRIPT)
	git archive --format=zip --prefix=$(DISTNAME)/sql/ --add-file=$(SCRIPT) --prefix=$(DISTNAME)/ \
		-o $(DISTNAME).zip HEAD

DEBNAME = modelapi-acl
deb:
	rm -rf build/deb
	mkdir -p build/deb
	git archive --prefix=$(DEBNAME)-$(DISTVERSION)/ -o build/deb/$(DEBNAME)_$(DISTVERSION).orig.tar.gz HEAD ':!debian'
	tar xf build/deb/$(DEBNAME)_$(DISTVERSION).orig.tar.gz -C build/deb
	git archive HEAD debian | tar xf - -C build/deb/$(DEBNAME)-$(DISTVERSION)
	cd build/deb/$(DEBNAME)-$(DISTVERSION) && dpkg-buildpackage -us -uc
