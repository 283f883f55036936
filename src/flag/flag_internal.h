/* flag: what the printers share. */
#ifndef FLAG_INTERNAL_H
#define FLAG_INTERNAL_H

#include <hardrun/flag.h>

struct flag_verb {
	const char *name;
	const char *summary;
	bool has_flags;    /* takes the flags of `run` and an image */
	const char *words; /* what completes its first argument, apart by blanks; NULL: files */
};
/* Ends with an empty row. */
extern const struct flag_verb flag_verbs[];

/* In lists for people: neither hidden nor refused in every case. */
bool flag_is_listed(const struct flag_spec *spec);
/* Never allowed and worth naming: hidden ones are not. */
bool flag_is_never(const struct flag_spec *spec);
/* The policy must grant something before the flag is of use. */
bool flag_needs_grant(const struct flag_spec *spec);
/* The flag's value is the name of a file, of a directory. */
bool flag_takes_file(const struct flag_spec *spec);
bool flag_takes_directory(const struct flag_spec *spec);

#endif
