/* The profile as a classic BPF program, through libseccomp: for the tests' simulator and for runtimes that take a program. */
#include "render_internal.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* To be raised when the same rules are made into another program. */
enum { COMPILER_EDITION = 1 };

static void context_done(scmp_filter_ctx *context)
{
	if (*context != NULL)
		seccomp_release(*context);
}

static void descriptor_done(int *descriptor)
{
	if (*descriptor >= 0)
		close(*descriptor);
}

const char *const render_last[] = { "socketcall" };
const size_t render_last_count = ARRAY_COUNT(render_last);

bool render_is_here(const struct profile *profile, const struct profile_rule *rule, size_t *cursor)
{
	const struct profile_call *call;

	while (profile_calls[*cursor].name != rule->call)
		(*cursor)++;
	call = &profile_calls[*cursor];
	/* On i386 libseccomp puts these through socketcall, where an allowing and a refusing rule would be the same one. */
	if (!profile->is_native_only && rule->verdict == PROFILE_EPERM && rule->condition_count > 0 &&
	    strncmp(rule->call, "socket", strlen("socket")) == 0)
		return false;
	return profile_call_is_here(call, profile->is_native_only);
}

static enum scmp_compare compare_of(enum profile_compare compare)
{
	switch (compare) {
	case PROFILE_EQUAL:
		return SCMP_CMP_EQ;
	case PROFILE_NOT_EQUAL:
		return SCMP_CMP_NE;
	case PROFILE_LESS:
		return SCMP_CMP_LT;
	case PROFILE_GREATER_EQUAL:
		return SCMP_CMP_GE;
	case PROFILE_MASKED_EQUAL:
		return SCMP_CMP_MASKED_EQ;
	case PROFILE_COMPARE_COUNT:
		break;
	}
	return _SCMP_CMP_MIN;
}

/*
 * Native calls go by the number in our table, so calls that are newer than the installed libseccomp work too. With a second
 * architecture libseccomp has to translate numbers, and can do so only for names that it knows.
 */
static int add_rule(scmp_filter_ctx context, const struct profile *profile, const struct profile_rule *rule,
		    const struct profile_call *call)
{
	const uint32_t action = rule->verdict == PROFILE_EPERM ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_ALLOW;
	struct scmp_arg_cmp arguments[PROFILE_CONDITIONS_MAX];
	int number = profile_call_number(call), r;

	if (!profile->is_native_only)
		number = seccomp_syscall_resolve_name(rule->call);
	if (number == __NR_SCMP_ERROR)
		return 0; /* newer than this libseccomp: answers ENOSYS */
	for (size_t i = 0; i < rule->condition_count; i++) {
		const struct profile_condition *condition = &rule->conditions[i];
		const bool is_masked = condition->compare == PROFILE_MASKED_EQUAL;

		arguments[i].arg = condition->argument;
		arguments[i].op = compare_of(condition->compare);
		arguments[i].datum_a = is_masked ? condition->mask : condition->value;
		arguments[i].datum_b = is_masked ? condition->value : 0;
	}
	r = seccomp_rule_add_array(context, action, number, (unsigned)rule->condition_count, arguments);
	return r == -EEXIST ? 0 : r; /* a rule twice */
}

static int fill(scmp_filter_ctx context, const struct profile *profile)
{
	int r = seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	size_t cursor = 0;

#if defined(__x86_64__)
	if (r == 0 && !profile->is_native_only)
		r = seccomp_arch_add(context, SCMP_ARCH_X86);
#else
	if (r == 0 && !profile->is_native_only)
		r = seccomp_arch_add(context, SCMP_ARCH_ARM);
#endif
	for (size_t i = 0; r == 0 && i < profile->rule_count; i++) {
		const struct profile_rule *rule = &profile->rules[i];

		if (render_is_here(profile, rule, &cursor) && rule->verdict != PROFILE_ENOSYS)
			r = add_rule(context, profile, rule, &profile_calls[cursor]);
	}
	for (size_t i = 0; r == 0 && !profile->is_native_only && i < render_last_count; i++)
		r = seccomp_rule_add_array(context, SCMP_ACT_ERRNO(EPERM), seccomp_syscall_resolve_name(render_last[i]), 0, NULL);
	return r;
}

static int read_back(struct arena *arena, int descriptor, void **ret_bytes, size_t *ret_length)
{
	struct stat status;
	char *bytes;

	if (fstat(descriptor, &status) < 0)
		return -errno;
	bytes = arena_alloc(arena, (size_t)status.st_size);
	if (pread(descriptor, bytes, (size_t)status.st_size, 0) != status.st_size)
		return -EIO;
	*ret_bytes = bytes;
	*ret_length = (size_t)status.st_size;
	return 0;
}

int profile_render_bpf(struct arena *arena, const struct profile *profile, void **ret_bytes, size_t *ret_length,
		       struct error *err)
{
	__attribute__((cleanup(context_done))) scmp_filter_ctx context = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	__attribute__((cleanup(descriptor_done))) int descriptor = memfd_create("hardrun-bpf", MFD_CLOEXEC);
	int r;

	if (context == NULL)
		return error_set(err, arena, ERROR_SYSTEM, "libseccomp could not start a filter");
	if (descriptor < 0)
		return error_set(err, arena, ERROR_SYSTEM, "no memory file for the filter: %s", strerror(errno));
	r = fill(context, profile);
	if (r == 0)
		r = seccomp_export_bpf(context, descriptor);
	if (r == 0)
		r = read_back(arena, descriptor, ret_bytes, ret_length);
	if (r < 0)
		return error_set(err, arena, ERROR_SYSTEM, "libseccomp could not make the filter: %s", strerror(-r));
	return 0;
}

static const char *base64(struct arena *arena, const unsigned char *bytes, size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	struct text text;

	text_init(&text, arena);
	for (size_t i = 0; i < length; i += 3) {
		const size_t left = length - i;
		const uint32_t three = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
				       (left > 2 ? bytes[i + 2] : 0);
		const char four[] = { digits[three >> 18], digits[three >> 12 & 63], left > 1 ? digits[three >> 6 & 63] : '=',
				      left > 2 ? digits[three & 63] : '=' };

		text_add_bytes(&text, four, sizeof(four));
	}
	return text.data;
}

int profile_compile(struct arena *arena, const struct profile *profile, const char **ret_base64, struct error *err)
{
	void *bytes;
	size_t length;
	const int result = profile_render_bpf(arena, profile, &bytes, &length, err);

	if (result == 0)
		*ret_base64 = base64(arena, bytes, length);
	return result;
}

const char *profile_compiler(struct arena *arena)
{
	const struct scmp_version *version = seccomp_version();

	return arena_printf(arena, "hardrun " HARDRUN_VERSION " compiler %d libseccomp %u.%u.%u", COMPILER_EDITION, version->major,
			    version->minor, version->micro);
}
