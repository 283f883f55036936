#!/bin/sh
# The program as it is on disk: hardened, and without any privilege of its own.
cd "$(dirname "$0")/../.." && . tests/tap.sh
: "${HARDRUN:=build/hardrun}"

headers=$(readelf -W -h -l -d "$HARDRUN" 2>&1)
symbols=$(readelf -W --dyn-syms "$HARDRUN" 2>&1)
has() {
	printf '%s\n' "$headers" | grep -qE "$1"
}
lacks() {
	! printf '%s\n' "$headers" | grep -E "$1"
}
writable_and_executable() {
	printf '%s\n' "$headers" | awk '$1 == "LOAD" && /RWE/'
}
has_symbol() {
	printf '%s\n' "$symbols" | grep -qE "$1"
}
has_no_privilege() {
	[ ! -u "$HARDRUN" ] && [ ! -g "$HARDRUN" ] && { ! command -v getcap >/dev/null 2>&1 || [ -z "$(getcap "$HARDRUN")" ]; }
}
exported() {
	printf '%s\n' "$symbols" | awk '$7 != "UND" && $4 == "FUNC" && $5 == "GLOBAL" && $8 !~ /^_/ { print $8 }'
}
# A shared object that nobody asked for is start-up time and attack surface.
libraries() {
	printf '%s\n' "$headers" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
		grep -vE '^lib(c|seccomp|cap-ng|apparmor|yaml(-0)?|jansson|md|gcc_s)\.so\.[0-9]+$|^lib(yaml-0)\.so\.2$|^ld-linux'
}

check 'position-independent' has 'Type: +DYN'
check 'relocations read-only' has 'GNU_RELRO'
check 'bound at start' has 'FLAGS.*(BIND_)?NOW|\(BIND_NOW\)'
check 'stack not executable' has 'GNU_STACK .* RW '
check_silent 'no segment writable and executable' writable_and_executable
check 'no text relocations' lacks 'TEXTREL'
check 'no library path of its own' lacks '(RPATH|RUNPATH)'
check 'stack protector' has_symbol '__stack_chk_fail'
check 'fortified' has_symbol '__[a-z]+_chk'
check 'neither setuid, setgid nor file capabilities' has_no_privilege
check_silent 'exports no function' exported
check_silent 'needs only the libraries that the house names' libraries
tap_done
