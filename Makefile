# modelapi_acl: built with PGXS.
#
#	make && make install		for the server that pg_config belongs to
#	make installcheck			regression and isolation tests on a running server;
#								TAP tests start servers of their own: make test
#	make demo, make test 		the README's two commands, on private servers
#	make dist					a zip for PGXN, of what is committed
#	make deb					Debian source and binary packages of it, in build/deb
#	make version				writes VERSION into the files that have it
#	make release-script			freezes this version's script in sql/upgrade/
#
# PG_CONFIG chooses the server; WERROR= turns warnings back into warnings.

EXTENSION = modelapi_acl
# DISTVERSION is MAJOR.MINOR.PATCH, with -dev until it is released: scripts/version
DISTVERSION := $(shell cat VERSION)
EXTVERSION := $(shell cut -d . -f 1,2 VERSION)

MODULE_big = $(EXTENSION)
OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c src/*/*.c)))
PGFILEDESC = "modelapi_acl - access control for model APIs"

FRAGMENTS = $(sort $(wildcard sql/install/*.sql))
SCRIPT = sql/$(EXTENSION)--$(EXTVERSION).sql
# Released scripts, and the steps between them. A frozen copy of this version's script is
# left out: it is the same as $(SCRIPT).
UPGRADES = $(filter-out sql/upgrade/$(EXTENSION)--$(EXTVERSION).sql,$(sort $(wildcard sql/upgrade/$(EXTENSION)--*.sql)))
DATA = $(SCRIPT) $(UPGRADES)
EXTRA_CLEAN = $(wildcard sql/$(EXTENSION)--*.sql) results output_iso tmp_check regression.diffs regression.out

# Without --outputdir, pg_regress prefers a file of sql/ here to one of test/sql:
# that is why the fragments lie in sql/install. From version 16 on, it looks for
# expected/ in --expecteddir alone; before, it does not know that option.
inputdir = --inputdir=$(1) $(if $(filter-out 15,$(MAJORVERSION)),--expecteddir=$(1))
TESTS = $(sort $(wildcard test/sql/*.sql))
REGRESS = $(patsubst test/sql/%.sql,%,$(TESTS))
REGRESS_OPTS = $(call inputdir,test)
ISOLATION = $(patsubst test/isolation/specs/%.spec,%,$(sort $(wildcard test/isolation/specs/*.spec)))
ISOLATION_OPTS = $(call inputdir,test/isolation)

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

$(OBJS): $(wildcard src/*.h src/*/*.h)

all: $(SCRIPT)

$(SCRIPT): $(FRAGMENTS)
	cat $(FRAGMENTS) > $@

.PHONY: demo test dist deb bench version release-script
demo:
	./demo/run
test:
	./test/run
bench:
	./bench/run
version:
	./scripts/version
release-script:
	cat $(FRAGMENTS) > sql/upgrade/$(EXTENSION)--$(EXTVERSION).sql
	cd sql/upgrade && touch SHA256SUMS && { grep -v -- '--$(EXTVERSION)\.sql$$' SHA256SUMS; \
		sha256sum *--$(EXTVERSION).sql; } > SHA256SUMS.new; mv SHA256SUMS.new SHA256SUMS
# PGXN takes the version from META.json, and asks for the script that it names: the
# joined script goes along, newer than its pieces
DISTNAME = $(EXTENSION)-$(DISTVERSION)
dist: $(SCRIPT)
	git archive --format=zip --prefix=$(DISTNAME)/sql/ --add-file=$(SCRIPT) --prefix=$(DISTNAME)/ \
		-o $(DISTNAME).zip HEAD

DEBNAME = modelapi-acl
DEBVERSION = $(subst -,~,$(DISTVERSION))
deb:
	rm -rf build/deb
	mkdir -p build/deb
	git archive --prefix=$(DEBNAME)-$(DEBVERSION)/ -o build/deb/$(DEBNAME)_$(DEBVERSION).orig.tar.gz HEAD ':!debian'
	tar xf build/deb/$(DEBNAME)_$(DEBVERSION).orig.tar.gz -C build/deb
	git archive HEAD debian | tar xf - -C build/deb/$(DEBNAME)-$(DEBVERSION)
	cd build/deb/$(DEBNAME)-$(DEBVERSION) && dpkg-buildpackage -us -uc
