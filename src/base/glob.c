/* glob: patterns of policies. '*' stays within a path component, '**' does not. */
#include <hardrun/base.h>

#include <string.h>

/* Where to go on when the present attempt fails: the star takes one byte more. */
struct glob_star {
	const char *pattern; /* behind the star; NULL: none met yet */
	const char *string;
};

static bool glob_retry(struct glob_star *star, struct glob_star *double_star, const char **pattern, const char **string)
{
	if (star->pattern != NULL && *star->string != '\0' && *star->string != '/') {
		star->string++;
		*pattern = star->pattern;
		*string = star->string;
		return true;
	}
	/* A '*' that ran to the end without success would do so from any later start as well. */
	if (star->pattern != NULL && *star->string == '\0')
		return false;
	if (double_star->pattern != NULL && *double_star->string != '\0') {
		double_star->string++;
		star->pattern = NULL;
		*pattern = double_star->pattern;
		*string = double_star->string;
		return true;
	}
	return false;
}

static void glob_open_star(struct glob_star *star, struct glob_star *double_star, const char **pattern, const char *string)
{
	const size_t stars = strspn(*pattern, "*");

	*pattern += stars;
	if (stars > 1) {
		*double_star = (struct glob_star){ *pattern, string };
		star->pattern = NULL;
	} else {
		*star = (struct glob_star){ *pattern, string };
	}
}

/*
 * Only the last '*' and the last '**' are ever retried. That is complete: an earlier star that took more would leave to the
 * later one a part of what it could have taken itself.
 */
bool glob_match(const char *pattern, const char *string)
{
	struct glob_star star = { NULL, NULL }, double_star = { NULL, NULL };

	if (strcmp(pattern, "*") == 0)
		return true;
	for (;;) {
		if (*pattern == '*') {
			glob_open_star(&star, &double_star, &pattern, string);
		} else if (*string != '\0' && (*pattern == *string || (*pattern == '?' && *string != '/'))) {
			pattern++;
			string++;
		} else if (*pattern == '\0' && *string == '\0') {
			return true;
		} else if (!glob_retry(&star, &double_star, &pattern, &string)) {
			return false;
		}
	}
}

bool glob_has_wildcard(const char *pattern)
{
	return strpbrk(pattern, "*?") != NULL;
}
