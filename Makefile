# hardrun: one Makefile, everything out of tree in $(BUILD).
BUILD ?= build
CC ?= gcc
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
DESTDIR ?=
VERSION := $(shell sed -n 's/^## \[\([0-9][^]]*\)\].*/\1/p' CHANGELOG.md 2>/dev/null | head -1)

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wformat=2 -Wformat-signedness -Wwrite-strings -Wcast-qual -Wundef -Wvla -Walloca -Wswitch-enum \
	-Wimplicit-fallthrough=5 -Wnull-dereference -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Werror
HARDEN := -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fcf-protection=full \
	-ftrivial-auto-var-init=zero -fno-strict-overflow -fno-strict-aliasing -fno-delete-null-pointer-checks \
	-fvisibility=hidden -fPIE
LDHARDEN := -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code -Wl,--as-needed
CPPFLAGS_OWN := -std=gnu17 -D_GNU_SOURCE -Iinclude -I$(BUILD)/gen -DHARDRUN_VERSION='"$(VERSION)"' -DHARDRUN_PREFIX='"$(PREFIX)"'
LIBS := -lseccomp -lcap-ng -lapparmor -lyaml -ljansson -lmd

SOURCES := $(wildcard src/*/*.c)
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
LIB_OBJECTS := $(filter-out $(BUILD)/src/cli/main.o,$(OBJECTS))
UNIT := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test_*.c))

.PHONY: all lib unit clean
.SECONDARY:
all: $(BUILD)/hardrun
lib: $(BUILD)/libhardrun.a

$(BUILD)/hardrun: $(BUILD)/src/cli/main.o $(BUILD)/libhardrun.a
	$(CC) $(CFLAGS) $(HARDEN) $(LDHARDEN) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/libhardrun.a: $(LIB_OBJECTS)
	rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_OWN) $(CPPFLAGS) $(CFLAGS) $(WARN) $(HARDEN) -MMD -MP -c -o $@ $<

# A unit test is tests/unit/test_NAME.c, linked with the library and tests/unit/support*.c.
$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libhardrun.a
	$(CC) $(CFLAGS) $(HARDEN) $(LDHARDEN) $(LDFLAGS) -o $@ $^ -lcmocka $(LIBS)

unit: $(UNIT)
	@set -e; for t in $(UNIT); do echo "# $$t"; $$t; done

clean:
	rm -rf $(BUILD)

-include $(OBJECTS:.o=.d) $(UNIT:=.d)
