# hardrun: one Makefile, everything out of tree in $(BUILD).
#
#   make            the program, its manual pages and completions
#   make demo       install what is missing, build, and show a hardened container
#   make check      install what is missing, build, and run every test
#   make check-vm   only those of a virtual machine with systemd, cgroup v2, AppArmor or SELinux
#   make asan       the tests that need no engine, under the address and undefined-behaviour sanitizers
#   make soak       the random tests for hours instead of seconds, and 10,000 launches against somebody who swaps what they mount
#   make fuzz       libFuzzer on every harness for FUZZ_SECONDS (clang), or long replays (gcc)
#   make analyze    the compiler's static analyzer, and cppcheck where it is installed
#   make bench      hardrun beside its floor and its peers
#   make cov        line coverage of the unit tests
#   make install    PREFIX and DESTDIR as everywhere; make uninstall takes it away again

BUILD ?= build
# One spelling for one directory: another would look like other flags, and rebuild everything.
override BUILD := $(patsubst $(CURDIR)/%,%,$(abspath $(BUILD)))
ifeq ($(origin CC),default)
CC := gcc
endif
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
DESTDIR ?=
FUZZ_SECONDS ?= 60
VERSION := $(shell sed -n 's/^\#\# \[\([0-9][^]]*\)\].*/\1/p' CHANGELOG.md | head -n 1)

# CFLAGS, CPPFLAGS and LDFLAGS are the user's; what follows is ours and always added.
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wformat=2 -Wformat-signedness -Wwrite-strings -Wcast-qual -Wundef -Wvla -Walloca -Wswitch-enum \
	-Wimplicit-fallthrough=5 -Wnull-dereference -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Werror \
	-Wno-error=deprecated-declarations # what a newer library calls old is seen, and stops nobody's build
HARDEN := -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fcf-protection=full \
	-ftrivial-auto-var-init=zero -fno-strict-overflow -fno-strict-aliasing -fno-delete-null-pointer-checks \
	-fvisibility=hidden -fPIE
LDHARDEN := -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code -Wl,--as-needed
LIBS := -lseccomp -lcap-ng -lapparmor -lyaml -ljansson -lmd

# -fcf-protection is for x86 only, and some warnings are gcc's only.
ifeq (,$(filter x86_64% i686%,$(shell uname -m)))
HARDEN := $(filter-out -fcf-protection=full,$(HARDEN))
endif
ifneq (,$(findstring clang,$(CC)))
WARN := $(filter-out -Wformat-signedness -Wimplicit-fallthrough=5 -Wduplicated-cond -Wduplicated-branches -Wlogical-op,$(WARN)) \
	-Wno-unused-variable # clang does not see that a cleanup attribute is a use
endif
# SANITIZE=address,undefined: the sanitizers bring their own memory functions, which _FORTIFY_SOURCE would bypass. Their code
# confuses some warnings, which the ordinary build holds to anyway.
ifneq (,$(SANITIZE))
HARDEN := -fvisibility=hidden -fPIE -fno-omit-frame-pointer -fsanitize=$(SANITIZE) -fno-sanitize-recover=all
LDHARDEN := -pie
WARN := $(filter-out -Wnull-dereference -Werror,$(WARN))
endif

CPPFLAGS_OWN := -std=gnu17 -D_GNU_SOURCE -Iinclude -DHARDRUN_VERSION='"$(VERSION)"' -DHARDRUN_PREFIX='"$(PREFIX)"'
COMPILE = $(CC) $(CPPFLAGS_OWN) $(CPPFLAGS) $(CFLAGS) $(WARN) $(HARDEN)
LINK = $(CC) $(CFLAGS) $(HARDEN) $(LDHARDEN) $(LDFLAGS)

POLICIES := $(sort $(wildcard policies/*.yaml))
SOURCES := $(wildcard src/*/*.c)
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
# A program of the build, and what it is made of: it prints what the build embeds.
EMBED_PROFILES := $(BUILD)/src/profile/embed.o
EMBED_PARTS := $(EMBED_PROFILES) $(filter-out $(EMBED_PROFILES) %/prepared.o,$(filter $(BUILD)/src/base/% $(BUILD)/src/profile/%,$(OBJECTS)))
EMBED_FILTER := $(BUILD)/src/launch/embed.o
EMBED_POLICIES := $(BUILD)/src/policy/embed.o
EMBED_POLICY_PARTS := $(EMBED_POLICIES) $(filter $(BUILD)/src/base/% $(BUILD)/src/yaml/%,$(OBJECTS)) \
	$(addprefix $(BUILD)/src/policy/,complain.o nodes.o)
LIB_OBJECTS := $(filter-out $(BUILD)/src/cli/main.o $(EMBED_PROFILES) $(EMBED_FILTER) $(EMBED_POLICIES),$(OBJECTS)) $(BUILD)/gen/embedded_policies.o \
	$(BUILD)/gen/prepared_profiles.o $(BUILD)/gen/own_filters.o

# A test program is tests/ROOM/test_NAME.c; the other .c files there are helpers of the programs beside them. Scripts that speak TAP
# are test_NAME.sh and run_NAME.
TEST_ROOMS := unit golden corpus compose seccomp property
TEST_PROGRAMS := $(patsubst %.c,$(BUILD)/%,$(wildcard $(TEST_ROOMS:%=tests/%/test_*.c)))
UNIT := $(filter $(BUILD)/tests/unit/%,$(TEST_PROGRAMS))
FUZZ := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))
# What the live tests hand to a real client, and what those of the virtual machine run in a container.
PRINT_LINES := $(BUILD)/tests/live/print_lines
SAID := $(BUILD)/tests/vm/said
TEST_SCRIPTS := $(wildcard $(TEST_ROOMS:%=tests/%/test_*.sh) $(TEST_ROOMS:%=tests/%/run_*))
LINT := $(wildcard tests/lint/*.sh)
# The last one starts a virtual machine.
LIVE := $(wildcard tests/live/run tests/programs/run tests/programs/learn tests/vm/run)
test_helpers = $(patsubst %.c,$(BUILD)/%.o,$(filter-out tests/$(1)/test_%,$(wildcard tests/$(1)/*.c)))

MAN := $(patsubst man/%.in,$(BUILD)/man/%,$(wildcard man/*.in)) $(patsubst man/%,$(BUILD)/man/%,$(wildcard man/*.[1-8]))
UNIT_TEMPLATE := $(BUILD)/gen/hardrun@.service
COMPLETIONS := $(BUILD)/gen/hardrun.bash $(BUILD)/gen/_hardrun $(BUILD)/gen/hardrun.fish
# The AppArmor profiles of the policies that answer for images, as hardrun asks for them when a ceiling demands generated ones.
APPARMOR := $(patsubst policies/%.yaml,$(BUILD)/gen/apparmor.d/hardrun-%,$(shell grep -l '^images:' $(POLICIES)))
DOCS := $(APPARMOR) $(MAN) $(UNIT_TEMPLATE) $(COMPLETIONS) $(BUILD)/gen/policy.schema.json

TEST_ENVIRONMENT = BUILD=$(abspath $(BUILD)) HARDRUN=$(abspath $(BUILD))/hardrun CC=$(CC) VERSION=$(VERSION)

# V=1 shows the whole commands.
ifeq (,$(V))
Q := @
say = @echo '  $(1) $(2)';
endif

.PHONY: all lib unit tests docs demo check check-run check-vm soak bless asan asan-run fuzz fuzz-run analyze bench bench-run cov cov-run check-elf install uninstall dist \
	clean FORCE
.SECONDARY:
.DELETE_ON_ERROR:

all: $(BUILD)/hardrun docs
lib: $(BUILD)/libhardrun.a
docs: $(DOCS)
tests: $(TEST_PROGRAMS) $(FUZZ) $(PRINT_LINES) $(SAID)

# ---- the program ----

$(BUILD)/hardrun: $(BUILD)/src/cli/main.o $(BUILD)/libhardrun.a
	$(call say,LD,$@)$(LINK) -o $@ $^ $(LIBS)

$(BUILD)/libhardrun.a: $(LIB_OBJECTS) $(BUILD)/gen/objects.list
	$(call say,AR,$@)rm -f $@ && $(AR) rcs $@ $(LIB_OBJECTS)

$(BUILD)/%.o: %.c $(BUILD)/gen/compile.list
	@mkdir -p $(@D)
	$(call say,CC,$<)$(COMPILE) -MMD -MP -c -o $@ $<

$(BUILD)/gen/embed-policies: $(EMBED_POLICY_PARTS)
	$(call say,LD,$@)$(LINK) -o $@ $^ $(LIBS)
$(BUILD)/gen/embedded_policies.c: $(BUILD)/gen/embed-policies $(POLICIES) $(BUILD)/gen/policies.list
	$(Q)$< $(POLICIES) > $@
$(BUILD)/gen/embedded_policies.o: $(BUILD)/gen/embedded_policies.c src/policy/embedded.h include/hardrun/yaml.h
	$(call say,CC,$<)$(COMPILE) -Isrc/policy -c -o $@ $<
$(BUILD)/gen/embed-profiles: $(EMBED_PARTS)
	$(call say,LD,$@)$(LINK) -o $@ $^ $(LIBS)
$(BUILD)/gen/prepared_profiles.c: $(BUILD)/gen/embed-profiles
	$(Q)$< > $@
$(BUILD)/gen/embed-filter: $(EMBED_FILTER)
	$(call say,LD,$@)$(LINK) -o $@ $^ -lseccomp
$(BUILD)/gen/own_filters.c: $(BUILD)/gen/embed-filter
	$(Q)$< > $@
$(BUILD)/gen/own_filters.o: $(BUILD)/gen/own_filters.c src/launch/own_filters.h
	$(call say,CC,$<)$(COMPILE) -Isrc/launch -c -o $@ $<
$(BUILD)/gen/prepared_profiles.o: $(BUILD)/gen/prepared_profiles.c src/profile/prepared.h
	$(call say,CC,$<)$(COMPILE) -Isrc/profile -c -o $@ $<

# A list changes only when what it lists does: another compiler, flag or version rebuilds, and so does a file that went away.
$(BUILD)/gen/compile.list: FORCE
	@$(call update_list,$(subst ','\'',$(COMPILE) / $(LINK)))
$(BUILD)/gen/objects.list: FORCE
	@$(call update_list,$(LIB_OBJECTS))
$(BUILD)/gen/policies.list: FORCE
	@$(call update_list,$(POLICIES))
update_list = mkdir -p $(@D); printf '%s\n' '$(1)' | cmp -s - $@ || printf '%s\n' '$(1)' > $@

# ---- what is printed from the tables ----

$(BUILD)/gen/man-options $(BUILD)/gen/man-keys $(BUILD)/gen/man-verbs: $(BUILD)/gen/%: $(BUILD)/hardrun
	$(Q)$(BUILD)/hardrun --print $* > $@
$(BUILD)/gen/hardrun.bash: $(BUILD)/hardrun
	$(Q)$(BUILD)/hardrun --print bash > $@
$(BUILD)/gen/_hardrun: $(BUILD)/hardrun
	$(Q)$(BUILD)/hardrun --print zsh > $@
$(BUILD)/gen/hardrun.fish: $(BUILD)/hardrun
	$(Q)$(BUILD)/hardrun --print fish > $@
$(UNIT_TEMPLATE): $(BUILD)/hardrun
	$(Q)$(BUILD)/hardrun --print unit > $@
$(BUILD)/gen/policy.schema.json: $(BUILD)/hardrun
	$(Q)$(BUILD)/hardrun --print schema > $@

$(BUILD)/gen/apparmor.d/hardrun-%: policies/%.yaml $(BUILD)/hardrun
	@mkdir -p $(@D)
	$(Q)$(BUILD)/hardrun --print apparmor:$* > $@

$(BUILD)/man/%: man/%.in $(BUILD)/gen/man-options $(BUILD)/gen/man-keys $(BUILD)/gen/man-verbs
	@mkdir -p $(@D)
	$(Q)sed -e '/^@OPTIONS@$$/{' -e 'r $(BUILD)/gen/man-options' -e 'd' -e '}' -e '/^@KEYS@$$/{' -e 'r $(BUILD)/gen/man-keys' -e 'd' -e '}' \
		-e '/^@VERBS@$$/{' -e 'r $(BUILD)/gen/man-verbs' -e 'd' -e '}' \
		-e 's/@VERSION@/$(VERSION)/g' -e 's|@PREFIX@|$(PREFIX)|g' $< > $@
$(BUILD)/man/%: man/%
	@mkdir -p $(@D)
	$(Q)cp $< $@

# ---- tests ----

define test_rule
$(BUILD)/tests/$(1)/test_%: $(BUILD)/tests/$(1)/test_%.o $(call test_helpers,$(1)) $(BUILD)/libhardrun.a
	$$(call say,LD,$$@)$$(LINK) -o $$@ $$^ -lcmocka $$(LIBS)
endef
$(foreach room,$(TEST_ROOMS),$(eval $(call test_rule,$(room))))

# Built with gcc, a harness replays its corpus; `make fuzz` gives it libFuzzer's main instead.
ifeq (,$(findstring fuzzer,$(SANITIZE)))
FUZZ_MAIN := $(BUILD)/tests/fuzz/replay.o
else
FUZZ_LINK := -fsanitize=fuzzer
endif
$(BUILD)/tests/fuzz/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(FUZZ_MAIN) $(call test_helpers,property) $(BUILD)/libhardrun.a
	$(call say,LD,$@)$(LINK) $(FUZZ_LINK) -o $@ $^ $(LIBS)

$(PRINT_LINES): $(PRINT_LINES).o $(call test_helpers,property) $(BUILD)/libhardrun.a
	$(call say,LD,$@)$(LINK) -o $@ $^ $(LIBS)

# Not with the sanitizers, which cannot be linked statically.
$(SAID): tests/vm/said.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) -std=gnu17 -D_GNU_SOURCE -O2 -Wall -Wextra -static -o $@ $<

unit: $(UNIT)
	@$(TEST_ENVIRONMENT) tests/run $(UNIT)

check:
	@tests/install-packages build check machine
	@$(MAKE) --no-print-directory all tests
	@$(MAKE) --no-print-directory check-run
# Everything that starts nothing comes first: a broken table should not cost an engine's start. Containers are started by root so far:
# an ordinary user's run goes through sudo where there is one, and skips those tests where there is none.
AS_ROOT := $(shell [ "$$(id -u)" -eq 0 ] || ! command -v sudo >/dev/null 2>&1 || echo sudo --)
check-run: all tests
	@$(if $(AS_ROOT),echo 'check: tests that start containers need root: through sudo')
	@$(AS_ROOT) env $(TEST_ENVIRONMENT) tests/run $(TEST_PROGRAMS) $(TEST_SCRIPTS) $(FUZZ) $(LINT) $(LIVE)

# The tests that need systemd, cgroup v2 and AppArmor, in a virtual machine; VM_GROUPS="systemd docker" runs only these groups.
check-vm:
	@tests/install-packages build check machine
	@$(MAKE) --no-print-directory all tests
	@$(AS_ROOT) env $(TEST_ENVIRONMENT) tests/vm/run $(VM_GROUPS)

# The random tests for hours instead of seconds: 20,000 lines through real clients, ten million mutations. SOUP_SEED and SEED choose others.
soak: all tests
	@$(AS_ROOT) env SOUP_LINES=20000 MUTATIONS=10000000 STAGE_LAUNCHES=10000 TEST_TIMEOUT=14400 $(TEST_ENVIRONMENT) tests/run tests/live/test_soup.sh \
		tests/live/test_stage.sh $(BUILD)/tests/property/test_mutation $(BUILD)/tests/unit/test_launch_stage

# Rewrites what the golden tests expect; read the diff before committing it.
bless: all tests
	@BLESS=1 $(TEST_ENVIRONMENT) tests/run $(filter $(BUILD)/tests/golden/%,$(TEST_PROGRAMS)) $(filter tests/golden/%,$(TEST_SCRIPTS))

asan:
	@tests/install-packages build check
	@$(MAKE) --no-print-directory BUILD=$(BUILD)-asan SANITIZE=address,undefined CFLAGS='-O1 -g' asan-run
asan-run: $(BUILD)/hardrun tests
	@ASAN_OPTIONS=abort_on_error=0:strict_string_checks=1:detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1 \
		$(TEST_ENVIRONMENT) tests/run $(TEST_PROGRAMS) $(TEST_SCRIPTS) $(FUZZ)

fuzz:
	@if command -v clang >/dev/null 2>&1; then \
		$(MAKE) --no-print-directory BUILD=$(BUILD)-fuzz CC=clang SANITIZE=fuzzer-no-link,address,undefined CFLAGS='-O1 -g' fuzz-run; \
	else \
		$(MAKE) --no-print-directory BUILD=$(BUILD)-asan SANITIZE=address,undefined CFLAGS='-O1 -g' fuzz-run; \
	fi
fuzz-run: $(FUZZ)
	@set -e; for harness in $(FUZZ); do tests/fuzz/run "$$harness" $(FUZZ_SECONDS); done

# The analyzer cannot know that error_set() never returns 0, and then sees outputs used that were not written: hence the one exception.
CPPCHECK_OFF := --suppress=autoVariables --suppress=uninitvar --suppress=unknownMacro # gcc sees these better
analyze:
	@failed=0; for source in $(SOURCES); do gcc $(CPPFLAGS_OWN) $(CPPFLAGS) -O2 -fanalyzer -Wno-analyzer-null-argument -Werror \
		-S -o /dev/null $$source || failed=1; done; \
	if command -v cppcheck >/dev/null 2>&1; then \
		cppcheck --quiet --std=c11 --enable=warning,portability --error-exitcode=1 $(CPPCHECK_OFF) -Iinclude src || failed=1; \
	fi; exit $$failed

bench:
	@tests/install-packages build check bench
	@$(MAKE) --no-print-directory bench-run
# Both as `make install` writes a program, in one go: what ld writes piece by piece lies in the page cache in pieces too, and takes
# more page faults to be mapped, by chance more or fewer from one build to the next.
bench-run: $(BUILD)/hardrun $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/*.c))
	$(Q)install -D -t $(BUILD)/tests/bench/installed $(BUILD)/hardrun $(BUILD)/tests/bench/floor
	$(TEST_ENVIRONMENT) python3 tests/bench/bench.py $(BUILD)
$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o
	$(call say,LD,$@)$(LINK) -o $@ $^
# The very libraries that the program ended up with: no more, and no fewer.
$(BUILD)/tests/bench/floor: $(BUILD)/tests/bench/floor.o $(BUILD)/hardrun
	$(call say,LD,$@)$(LINK) -Wl,--no-as-needed -o $@ $< $$(readelf -d $(BUILD)/hardrun | sed -n 's/.*(NEEDED).*\[\(.*\)\]$$/-l:\1/p')

cov:
	@tests/install-packages build check
	@$(MAKE) --no-print-directory BUILD=$(BUILD)-cov CFLAGS='-O0 -g --coverage' HARDEN='-fPIE' cov-run
cov-run: $(TEST_PROGRAMS)
	@find $(BUILD) -name '*.gcda' -delete
	@$(TEST_ENVIRONMENT) tests/run $(TEST_PROGRAMS) || true
	@tests/coverage $(BUILD)

check-elf: $(BUILD)/hardrun
	@$(TEST_ENVIRONMENT) tests/lint/elf.sh

demo:
	@tests/install-packages build demo
	@$(MAKE) --no-print-directory $(BUILD)/hardrun
	@$(TEST_ENVIRONMENT) tests/demo.sh

# ---- installation ----

# The policies are in the program; the files are there to be read and copied, not searched: each one searched is one parsed at every start.
BINDIR := $(DESTDIR)$(PREFIX)/bin
# Where AppArmor loads profiles from at boot: this directory itself, none below it. Of a PREFIX of one's own it looks at nothing.
APPARMOR_DIR := $(DESTDIR)$(if $(filter /usr /usr/%,$(PREFIX)),,$(PREFIX))/etc/apparmor.d
SHAREDIR := $(DESTDIR)$(PREFIX)/share
# Where systemd looks below /usr and /usr/local alike.
UNITDIR := $(DESTDIR)$(PREFIX)/lib/systemd/system
# zsh on Debian reads vendor-completions for packages and site-functions below /usr/local.
ZSHDIR := $(SHAREDIR)/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)

install: all
	install -D -m 0755 $(BUILD)/hardrun $(BINDIR)/hardrun
	@set -e; for page in $(MAN); do install -v -D -m 0644 $$page $(SHAREDIR)/man/man$${page##*.}/$${page##*/}; done
	@set -e; for policy in $(notdir $(POLICIES)); do install -v -D -m 0644 policies/$$policy $(SHAREDIR)/hardrun/built-in/$$policy; done
	@set -e; for profile in $(APPARMOR); do install -v -D -m 0644 $$profile $(APPARMOR_DIR)/$${profile##*/}; done
	install -D -m 0644 $(BUILD)/gen/policy.schema.json $(SHAREDIR)/hardrun/policy.schema.json
	install -D -m 0644 $(UNIT_TEMPLATE) $(UNITDIR)/hardrun@.service
	install -D -m 0644 $(BUILD)/gen/hardrun.bash $(SHAREDIR)/bash-completion/completions/hardrun
	install -D -m 0644 $(BUILD)/gen/_hardrun $(ZSHDIR)/_hardrun
	install -D -m 0644 $(BUILD)/gen/hardrun.fish $(SHAREDIR)/fish/vendor_completions.d/hardrun.fish

# Only what install put there; directories only when they are ours and empty.
uninstall:
	rm -f $(BINDIR)/hardrun $(UNITDIR)/hardrun@.service $(SHAREDIR)/bash-completion/completions/hardrun $(ZSHDIR)/_hardrun \
		$(SHAREDIR)/fish/vendor_completions.d/hardrun.fish $(SHAREDIR)/hardrun/policy.schema.json
	@set -e; for page in $(MAN); do rm -fv $(SHAREDIR)/man/man$${page##*.}/$${page##*/}; done
	@set -e; for policy in $(notdir $(POLICIES)); do rm -fv $(SHAREDIR)/hardrun/built-in/$$policy; done
	@set -e; for profile in $(notdir $(APPARMOR)); do rm -fv $(APPARMOR_DIR)/$$profile; done
	@for directory in $(SHAREDIR)/hardrun/built-in $(SHAREDIR)/hardrun; do \
		if [ -d $$directory ]; then rmdir --ignore-fail-on-non-empty $$directory; fi; done

dist:
	@mkdir -p $(BUILD)
	git archive --prefix=hardrun-$(VERSION)/ --output=$(BUILD)/hardrun-$(VERSION).tar.gz HEAD

clean:
	rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-cov $(BUILD)-fuzz

-include $(OBJECTS:.o=.d) $(patsubst %.c,$(BUILD)/%.d,$(wildcard tests/*/*.c))
