#!/bin/sh
# Calls that the house does not use, each because its safe use cannot be seen at a glance.
cd "$(dirname "$0")/../.." && . tests/tap.sh

statements() {
	awk -f tests/lint/strip.awk "$@"
}
# Lines of "FILE:LINE:statement" on stdin that call one of the functions in $1.
calls() {
	grep -E ":.*(^|[^a-zA-Z_0-9.>])($1) *\\("
}

unbounded_text() {
	statements src/*/*.[ch] | calls 'strcpy|strcat|stpcpy|sprintf|vsprintf|strtok|strtok_r|gets|scanf|sscanf|fscanf|alloca|strdupa'
}
loose_numbers() {
	statements src/*/*.[ch] | calls 'atoi|atol|atoll|atof'
	statements src/*/*.[ch] | calls 'strtol|strtoul|strtoll|strtoull|strtod|strtof|strtoimax|strtoumax' | grep -v '^src/base/'
}
shells() {
	statements src/*/*.[ch] | calls 'system|popen|execvp|execlp|execvpe|posix_spawnp|wordexp'
}
option_parsers() {
	statements src/*/*.[ch] | calls 'getopt|getopt_long|getopt_long_only|argp_parse'
}
environment_readers() {
	statements src/*/*.[ch] | calls 'getenv|secure_getenv|setenv|putenv|unsetenv' | grep -v '^src/host/'
}
guessable_names() {
	statements src/*/*.[ch] | calls 'mktemp|tmpnam|tempnam|tmpfile|vfork'
}
printing_rooms() {
	statements src/*/*.[ch] | calls 'printf|puts|putchar|perror|vprintf|exit|err|errx|warn|warnx|assert' | grep -vE '^src/(cli/|(policy|profile|launch)/embed.c:)'
	statements src/*/*.[ch] | grep -E '\b(stdout|stderr)\b' | grep -vE '^src/(cli/|(policy|profile|launch)/embed.c:)'
}
# An O_PATH or directory descriptor that a child inherits is a way out of the container (CVE-2024-21626).
descriptors_that_leak() {
	statements src/*/*.[ch] | calls 'open|openat|posix_openpt|pipe2' | grep -v 'O_CLOEXEC'
	statements src/*/*.[ch] | calls 'socket|socketpair|accept4' | grep -v 'SOCK_CLOEXEC'
	statements src/*/*.[ch] | calls 'memfd_create' | grep -v 'MFD_CLOEXEC'
	statements src/*/*.[ch] | calls 'epoll_create1|signalfd|timerfd_create|inotify_init1' | grep -v '_CLOEXEC'
	statements src/*/*.[ch] | calls 'pipe|accept|dup|creat|epoll_create|inotify_init|opendir'
	awk -v keep_strings=1 -f tests/lint/strip.awk src/*/*.c | calls 'fopen|freopen' | grep -vE '"[rwa+]*e"'
}

check_silent 'no text function without a bound' unbounded_text
check_silent 'numbers are read by base alone' loose_numbers
check_silent 'no shell and no search of PATH' shells
check_silent 'no option parser that abbreviates' option_parsers
check_silent 'the environment is read by host alone' environment_readers
check_silent 'no guessable temporary name and no vfork' guessable_names
check_silent 'rooms neither print nor exit' printing_rooms
check_silent 'every descriptor is opened close-on-exec' descriptors_that_leak

# The search must be able to find something.
sample() {
	printf 'int f(void)\n{\n\treturn open("x", /* O_CLOEXEC */\n\t\tO_RDONLY);\n}\n' > "$1"
	awk -f tests/lint/strip.awk "$1" | calls open | grep -v O_CLOEXEC | grep -q ':3:'
}
sample_file=$(mktemp)
trap 'rm -f "$sample_file"' EXIT
check 'the search finds a call over two lines' sample "$sample_file"
tap_done
