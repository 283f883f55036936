/* profile, inside: what the renderings share. */
#ifndef HARDRUN_PROFILE_RENDER_INTERNAL_H
#define HARDRUN_PROFILE_RENDER_INTERNAL_H

#include "profile_internal.h"

#if defined(__x86_64__)
#define RENDER_NATIVE "SCMP_ARCH_X86_64"
#define RENDER_32 "SCMP_ARCH_X86"
#elif defined(__aarch64__)
#define RENDER_NATIVE "SCMP_ARCH_AARCH64"
#define RENDER_32 "SCMP_ARCH_ARM"
#endif

/*
 * Can a rule be written? A name that the architectures do not have says nothing. Rules are asked for in their order: ${cursor},
 * 0 at first, follows them through the table of calls.
 */
bool render_is_here(const struct profile *profile, const struct profile_rule *rule, size_t *cursor);
/*
 * With 32-bit programs: refused with EPERM by a last, unconditional rule. libseccomp lets every socket through socketcall on
 * i386 when socket has a rule on its arguments, because it cannot see the family there; a later rule without arguments replaces
 * that.
 */
extern const char *const render_last[];
extern const size_t render_last_count;
struct render_style {
	bool is_enosys_written; /* also what the default action would answer */
	const struct profile_listening *listening; /* who is told of calls; NULL: nobody is */
};
const char *render_json(struct arena *arena, const struct profile *profile, const struct render_style *style);

#endif
