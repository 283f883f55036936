/* The grammar of "when": conditions on arguments, joined by "and". See profile.h. */
#include "profile_internal.h"

#include <inttypes.h>
#include <string.h>

struct when_name {
	const char *name;
	uint64_t value;
};

/* Sorted. The kernel's numbers (linux/socket.h, sched.h, prctl.h, asm-generic/ioctls.h), the same on x86_64 and arm64. */
static const struct when_name when_names[] = {
	{ "AF_ALG", 38 }, { "AF_BLUETOOTH", 31 }, { "AF_CAN", 29 }, { "AF_INET", 2 }, { "AF_INET6", 10 }, { "AF_KEY", 15 },
	{ "AF_LOCAL", 1 }, { "AF_NETLINK", 16 }, { "AF_PACKET", 17 }, { "AF_QIPCRTR", 42 }, { "AF_RDS", 21 }, { "AF_SMC", 43 },
	{ "AF_TIPC", 30 }, { "AF_UNIX", 1 }, { "AF_UNSPEC", 0 }, { "AF_VSOCK", 40 }, { "AF_XDP", 44 },
	{ "CLONE_NEWCGROUP", 0x02000000 }, { "CLONE_NEWIPC", 0x08000000 }, { "CLONE_NEWNET", 0x40000000 },
	{ "CLONE_NEWNS", 0x00020000 }, { "CLONE_NEWPID", 0x20000000 }, { "CLONE_NEWTIME", 0x80 },
	{ "CLONE_NEWUSER", 0x10000000 }, { "CLONE_NEWUTS", 0x04000000 }, { "CLONE_THREAD", 0x00010000 },
	{ "CLONE_VFORK", 0x00004000 }, { "CLONE_VM", 0x00000100 },
	{ "IPPROTO_ICMP", 1 }, { "IPPROTO_SCTP", 132 }, { "IPPROTO_TCP", 6 }, { "IPPROTO_UDP", 17 },
	{ "MADV_HUGEPAGE", 14 }, { "MADV_MERGEABLE", 12 },
	{ "MAP_ANONYMOUS", 0x20 }, { "MAP_FIXED", 0x10 }, { "MAP_SHARED", 1 },
	{ "NETLINK_AUDIT", 9 }, { "NETLINK_GENERIC", 16 }, { "NETLINK_KOBJECT_UEVENT", 15 }, { "NETLINK_NETFILTER", 12 },
	{ "NETLINK_ROUTE", 0 }, { "NETLINK_SOCK_DIAG", 4 },
	{ "PROT_EXEC", 4 }, { "PROT_READ", 1 }, { "PROT_WRITE", 2 },
	{ "PR_CAPBSET_DROP", 24 }, { "PR_CAP_AMBIENT", 47 }, { "PR_SET_DUMPABLE", 4 }, { "PR_SET_KEEPCAPS", 8 },
	{ "PR_SET_MM", 35 }, { "PR_SET_NAME", 15 }, { "PR_SET_NO_NEW_PRIVS", 38 }, { "PR_SET_PDEATHSIG", 1 },
	{ "PR_SET_PTRACER", 0x59616d61 }, { "PR_SET_SECCOMP", 22 }, { "PR_SET_SECUREBITS", 28 },
	{ "PTRACE_TRACEME", 0 },
	{ "SCHED_BATCH", 3 }, { "SCHED_DEADLINE", 6 }, { "SCHED_FIFO", 1 }, { "SCHED_IDLE", 5 }, { "SCHED_OTHER", 0 },
	{ "SCHED_RR", 2 },
	{ "SOCK_DGRAM", 2 }, { "SOCK_RAW", 3 }, { "SOCK_SEQPACKET", 5 }, { "SOCK_STREAM", 1 },
	{ "TIOCCONS", 0x541d }, { "TIOCLINUX", 0x541c }, { "TIOCSCTTY", 0x540e }, { "TIOCSTI", 0x5412 },
};

enum {
	WHEN_WORD_MAX = 32,
};

struct when_reader {
	struct arena *arena;
	const struct policy_syscall_rule *rule;
	const char *at;
	bool is_refusal;
	struct error *err;
};

static int when_fail(struct when_reader *reader, const char *wanted)
{
	error_set_at(reader->err, reader->arena, ERROR_POLICY, reader->rule->place,
		     "the condition \"%s\" of the system call \"%s\" is not understood: %s expected before \"%s\"",
		     string_printable(reader->arena, reader->rule->when, 80), string_printable(reader->arena, reader->rule->name, 40),
		     wanted, string_printable(reader->arena, reader->at, 20));
	reader->err->remedy = "write for example: arg0 in AF_UNIX, AF_INET and arg2 == 0 (see hardrun-seccomp(7))";
	return -(int)ERROR_POLICY;
}

static void when_skip(struct when_reader *reader)
{
	reader->at += strspn(reader->at, " \t");
}

/* Takes ${word} when it comes next; a word of letters has to end there. */
static bool when_take(struct when_reader *reader, const char *word)
{
	const size_t length = strlen(word);
	const bool is_letters = word[0] >= 'a' && word[0] <= 'z';

	when_skip(reader);
	if (strncmp(reader->at, word, length) != 0)
		return false;
	if (is_letters && reader->at[length] != ' ' && reader->at[length] != '\t')
		return false;
	reader->at += length;
	return true;
}

static bool when_value_of(const char *word, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (size_t i = 0; i < ARRAY_COUNT(when_names); i++) {
		if (strcmp(when_names[i].name, word) == 0) {
			*ret_value = when_names[i].value;
			return true;
		}
	}
	if (word[0] != '0' || word[1] != 'x')
		return parse_decimal(word, ret_value);
	word += 2;
	if (word[0] == '\0' || strlen(word) > 16)
		return false;
	for (; *word != '\0'; word++) {
		static const char digits[] = "0123456789abcdef";
		const char *digit = strchr(digits, *word >= 'A' && *word <= 'F' ? *word - 'A' + 'a' : *word);

		if (digit == NULL)
			return false;
		value = value << 4 | (uint64_t)(digit - digits);
	}
	*ret_value = value;
	return true;
}

static int when_value(struct when_reader *reader, uint64_t *ret_value)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
	char word[WHEN_WORD_MAX];
	size_t length;

	when_skip(reader);
	length = strspn(reader->at, letters);
	if (length == 0 || length >= sizeof(word))
		return when_fail(reader, "a number or a known name such as AF_UNIX");
	memcpy(word, reader->at, length);
	word[length] = '\0';
	if (!when_value_of(word, ret_value))
		return when_fail(reader, "a number or a known name such as AF_UNIX");
	reader->at += length;
	return 0;
}

/* In a refusal the kernel may look at 32 bits only, so that is what has to differ: refusing a little more is the safe side. */
static struct limit when_equal(const struct when_reader *reader, uint64_t value)
{
	if (reader->is_refusal && value <= UINT32_MAX)
		return (struct limit){ true, UINT32_MAX, value };
	return (struct limit){ false, value, value };
}

static void when_add(struct clause_set *set, unsigned argument, struct limit limit)
{
	struct clause clause = { .used = 1u << argument };

	clause.limits[argument] = limit;
	clause_add(set, &clause);
}

static int when_masked(struct when_reader *reader, unsigned argument, struct clause_set *set)
{
	uint64_t mask, value;
	int r = when_value(reader, &mask);

	if (r < 0)
		return r;
	if (mask == 0 || !when_take(reader, "=="))
		return when_fail(reader, mask == 0 ? "a mask other than 0" : "==");
	r = when_value(reader, &value);
	if (r < 0)
		return r;
	if ((value & ~mask) != 0)
		return when_fail(reader, "a value within the mask");
	when_add(set, argument, mask == UINT64_MAX ? when_equal(reader, value) : (struct limit){ true, mask, value });
	return 0;
}

static int when_listed(struct when_reader *reader, unsigned argument, bool is_list, struct clause_set *set)
{
	do {
		uint64_t value;
		int r = when_value(reader, &value);

		if (r < 0)
			return r;
		when_add(set, argument, when_equal(reader, value));
	} while (is_list && when_take(reader, ","));
	return 0;
}

static int when_not(struct when_reader *reader, unsigned argument, struct clause_set *set)
{
	uint64_t value;
	int r = when_value(reader, &value);

	if (r < 0)
		return r;
	if (reader->is_refusal || value > UINT32_MAX) {
		if (value > 0)
			when_add(set, argument, (struct limit){ false, 0, value - 1 });
		if (value < UINT64_MAX)
			when_add(set, argument, (struct limit){ false, value + 1, UINT64_MAX });
		return 0;
	}
	/* In a grant the low 32 bits have to differ, else stray upper bits would pass the very value. */
	for (unsigned i = 32; i-- > 0;) {
		const uint64_t mask = UINT32_MAX & ~(((uint64_t)1 << i) - 1);

		when_add(set, argument, (struct limit){ true, mask, (value & mask) ^ (uint64_t)1 << i });
	}
	return 0;
}

static int when_less(struct when_reader *reader, unsigned argument, struct clause_set *set)
{
	uint64_t value;
	int r;

	if (reader->is_refusal)
		return when_fail(reader, "==, != or in (\"<\" cannot be used to refuse: upper bits would pass by it)");
	r = when_value(reader, &value);
	if (r < 0)
		return r;
	if (value == 0)
		return when_fail(reader, "a limit above 0");
	when_add(set, argument, (struct limit){ false, 0, value - 1 });
	return 0;
}

static int when_condition(struct when_reader *reader, struct clause_set *ret_set)
{
	struct clause_set set = clause_none(reader->arena);
	unsigned argument;
	int r;

	when_skip(reader);
	if (strncmp(reader->at, "arg", 3) != 0 || reader->at[3] < '0' || reader->at[3] > '5')
		return when_fail(reader, "arg0 to arg5");
	argument = (unsigned)(reader->at[3] - '0');
	reader->at += 4;
	if (when_take(reader, "in"))
		r = when_listed(reader, argument, true, &set);
	else if (when_take(reader, "=="))
		r = when_listed(reader, argument, false, &set);
	else if (when_take(reader, "!="))
		r = when_not(reader, argument, &set);
	else if (when_take(reader, "<"))
		r = when_less(reader, argument, &set);
	else if (when_take(reader, "&"))
		r = when_masked(reader, argument, &set);
	else
		return when_fail(reader, "in, ==, !=, < or &");
	if (r < 0)
		return r;
	*ret_set = set;
	return 0;
}

const char *when_name_of(struct arena *arena, const char *beginning, uint64_t value)
{
	for (size_t i = 0; i < ARRAY_COUNT(when_names); i++)
		if (when_names[i].value == value && strncmp(when_names[i].name, beginning, strlen(beginning)) == 0)
			return when_names[i].name;
	return arena_printf(arena, "%" PRIu64, value);
}

int when_parse(struct arena *arena, const struct policy_syscall_rule *rule, bool is_refusal, struct clause_set *ret_set,
	       struct error *err)
{
	struct when_reader reader = { arena, rule, rule->when, is_refusal, err };
	struct clause_set set = clause_all(arena);

	do {
		struct clause_set condition;
		int r = when_condition(&reader, &condition);

		if (r < 0)
			return r;
		set = clause_and(&set, &condition);
	} while (when_take(&reader, "and"));
	when_skip(&reader);
	if (*reader.at != '\0')
		return when_fail(&reader, "\"and\" or the end");
	if (set.is_too_large || (!set.is_all && set.count == 0)) {
		error_set_at(err, arena, ERROR_POLICY, rule->place, "the condition \"%s\" of the system call \"%s\" %s",
			     string_printable(arena, rule->when, 80), string_printable(arena, rule->name, 40),
			     set.is_too_large ? "has too many alternatives" : "can never hold");
		err->remedy = "split it into simpler conditions";
		return -(int)ERROR_POLICY;
	}
	*ret_set = set;
	return 0;
}
