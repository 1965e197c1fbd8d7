# modelapi_acl: built with PGXS.
#
#	make && make install		for the server that pg_config belongs to
#	make installcheck			regression and isolation tests on a running server;
#								TAP tests start servers of their own: make test
#	make demo, make test 		the README's two commands, on private servers
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

WERROR = -Werror
# Unused parameters come with PG_FUNCTION_ARGS and callbacks; the server's own
# macros compare signs
PG_CFLAGS = -Wall -Wextra $(WERROR) -Wno-unused-parameter -Wno-sign-compare \
	-Wno-missing-field-initializers

PG_CONFIG ?= pg_config
# Bitcode for JIT needs the clang that the server was built with
ifeq ($(shell command -v clang-14 || command -v clang),)
with_llvm = no
endif
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)
ifeq ($(shell command -v clang-14 || command -v clang),)
override with_llvm = no
endif

$(OBJS): $(wildcard src/*.h)

all: $(SCRIPT)

$(SCRIPT): $(FRAGMENTS)
	cat $(FRAGMENTS) > $@

.PHONY: demo test dist bench
demo:
	./demo/run
test:
	./test/run
bench:
	./bench/run
dist:
	git archive --format=zip --prefix=$(EXTENSION)-$(EXTVERSION)/ -o $(EXTENSION)-$(EXTVERSION).zip HEAD
