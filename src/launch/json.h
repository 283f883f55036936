/* Values of jansson's that are let go of where they go out of scope. */
#ifndef LAUNCH_JSON_H
#define LAUNCH_JSON_H

#include <jansson.h>

static inline void json_release(json_t **value)
{
	json_decref(*value);
}
#define CLEANUP_JSON __attribute__((cleanup(json_release)))

#endif
