/* A docker command line, taken apart as docker's clients 20.10 to 28 do it. */
#ifndef DOCKER_LINE_H
#define DOCKER_LINE_H

#include "docker_verbs.h"

struct docker_line {
	int argc;
	char *const *argv;
	int options;                    /* words before the verb */
	int words;                      /* words of the verb: 0 when the line has none */
	const struct docker_verb *verb; /* NULL: none, or refused as unknown */
	enum docker_verb_stance stance; /* what is to be done with the line; without a verb docker only prints, so it is passed on */
	const char *reason;             /* DOCKER_VERB_REFUSED: one clause why; NULL otherwise */
	const char *option;             /* the first option that says which daemon or configuration is used; NULL: none */
	const char *host, *context;     /* of those, what --host and --context say; NULL: not given */
	bool has_other;                 /* there are others than these two */
	bool has_version;               /* the client's version is asked for */
	bool has_help;                  /* the help of the verb is asked for. Whether docker obeys is another matter: judge the verb */
};

/*
 * ${argv} holds what follows "docker". Never fails: what is not understood to the last letter is refused, with the offending word
 * at argv[options] and no verb. A verb is judged whatever options stand before it: docker runs `--version run` and
 * `--help=false run`.
 */
struct docker_line docker_line_read(int argc, char *const argv[]);

#endif
