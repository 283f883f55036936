/* The policies that the program carries with it, made by embed.c when it is built. */
#ifndef EMBEDDED_H
#define EMBEDDED_H

#include <hardrun/yaml.h>

struct embedded_policy {
	const char *name;          /* "default": the file's name without .yaml */
	struct yaml_packed tree;   /* libyaml would take a tenth of a millisecond for it */
	const char *digest;        /* of the file: SHA-256 in hex */
	const char *const *images; /* what its images: lists, and a NULL behind them: who looks for an image unpacks nothing */
};

/* Sorted by name. */
extern const struct embedded_policy embedded_policies[];
extern const size_t embedded_policy_count;

#endif
