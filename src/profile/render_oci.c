/* The OCI runtime's linux.seccomp object. See render_docker.c: the words are the same; runc and crun honour defaultErrnoRet. */
#include "render_internal.h"

const char *profile_render_oci(struct arena *arena, const struct profile *profile)
{
	return profile->prepared != NULL ? profile->prepared->oci : render_json(arena, profile, &(struct render_style){ 0 });
}

const char *profile_render_explained(struct arena *arena, const struct profile *profile,
				     const struct profile_listening *listening)
{
	return render_json(arena, profile, &(struct render_style){ .is_enosys_written = true, .listening = listening });
}
