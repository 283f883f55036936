/* Most policies keep to a base as it is. Its renderings are made when hardrun is built: anew they were half of our own time. */
#include "prepared.h"

#include <string.h>

static const char *base_of(const struct policy_seccomp *seccomp)
{
	return seccomp->base.value != NULL ? seccomp->base.value : "default";
}

static bool is_plain(const struct policy_seccomp *seccomp)
{
	const char *architectures = seccomp->architectures.value;

	return seccomp->allow_count + seccomp->deny_count == 0 &&
	       (architectures == NULL || strcmp(architectures, "native") == 0);
}

int profile_choose(struct arena *arena, const struct policy_seccomp *seccomp, const struct policy_seccomp *ceiling,
		   const struct profile **ret_profile, struct error *err)
{
	const char *base = base_of(seccomp);
	bool is_base = is_plain(seccomp) && (ceiling == NULL || (is_plain(ceiling) && strcmp(base_of(ceiling), base) == 0));
	struct profile *profile;

	for (size_t i = 0; is_base && i < profile_prepared_count; i++) {
		if (strcmp(profile_prepared[i].base, base) != 0)
			continue;
		profile = arena_alloc(arena, sizeof(*profile));
		*profile = (struct profile){ .is_native_only = true, .prepared = &profile_prepared[i],
					      .bpf_base64 = profile_prepared[i].bpf_base64 };
		*ret_profile = profile;
		return 0;
	}
	return profile_build(arena, seccomp, ceiling, ret_profile, err);
}
