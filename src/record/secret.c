/* secret: what looks like a secret in a text that nobody has parsed. In doubt it is one: a record is read by more people. */
#include "record_internal.h"

#include <string.h>
#include <strings.h>

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
#define COMPONENT_ENDS "_.-"
#define VALUE_ENDS " \t\r\n\v\f;|&\"'`)"
#define AUTHORITY_ENDS "/?# \t\r\n\v\f\"'`<>"
#define WORD_ENDS " \t\r\n\v\f\"'`<>"

/* Anywhere in a name, in any case. */
static const char *const secret_parts[] = {
	"passwd", "password", "passphrase", "passcode", "secret", "token", "credential", "authorization", "bearer", "cookie",
	"privatekey", "signature",
};

/* At the end of what stands between dots, dashes and underscores: "DB_PASS", "sshKey", "AWS_ACCESS_KEY_ID", but not "author". */
static const char *const secret_ends[] = { "pass", "pwd", "key", "auth", "psk", "pin", "otp" };

static const char *const login_words[] = { "-u", "--user", "-U", "--proxy-user" };

static bool has_part(const char *name, size_t length, const char *part)
{
	const size_t size = strlen(part);

	for (size_t i = 0; i + size <= length; i++)
		if (strncasecmp(name + i, part, size) == 0)
			return true;
	return false;
}

static bool ends_in(const char *name, size_t length, const char *end)
{
	const size_t size = strlen(end);

	return length >= size && strncasecmp(name + length - size, end, size) == 0;
}

static bool is_secret_component(const char *component, size_t length)
{
	for (size_t i = 0; i < ARRAY_COUNT(secret_ends); i++)
		if (ends_in(component, length, secret_ends[i]))
			return true;
	return false;
}

bool record_is_secret_name(const char *name, size_t length)
{
	for (size_t i = 0; i < ARRAY_COUNT(secret_parts); i++)
		if (has_part(name, length, secret_parts[i]))
			return true;
	for (size_t at = 0; at < length;) {
		size_t size = 0;

		while (at + size < length && strchr(COMPONENT_ENDS, name[at + size]) == NULL)
			size++;
		if (is_secret_component(name + at, size))
			return true;
		at += size + 1;
	}
	return false;
}

bool secret_is_announced(const char *word)
{
	const size_t dashes = strspn(word, "-");
	const char *name = word + dashes;
	const size_t length = strlen(name);

	/* One dash and few letters is a group of switches. */
	if (dashes == 0 || dashes > 2 || (dashes == 1 && length < 3) || strspn(name, NAME_LETTERS) != length)
		return false;
	return strncmp(name, "no-", 3) != 0 && record_is_secret_name(name, length);
}

bool secret_is_login(const char *word)
{
	for (size_t i = 0; i < ARRAY_COUNT(login_words); i++)
		if (strcmp(word, login_words[i]) == 0)
			return true;
	return false;
}

/* The end of a quoted value, on the quote or the NUL; a backslash takes the byte behind it along. */
static size_t quoted_end(const char *text, size_t at, char quote)
{
	while (text[at] != '\0' && text[at] != quote)
		at += text[at] == '\\' && text[at + 1] != '\0' ? 2 : 1;
	return at;
}

/* The value behind the separator at ${at}; ${is_whole}: the name is the beginning of the text, so the value is all the rest. */
static struct secret value_of(const char *text, size_t at, bool is_whole)
{
	const char separator = text[at++];

	while (separator == ':' && (text[at] == ' ' || text[at] == '\t'))
		at++;
	if (is_whole)
		return (struct secret){ at, strlen(text + at) };
	if (text[at] == '"' || text[at] == '\'') {
		const size_t end = quoted_end(text, at + 1, text[at]);

		return (struct secret){ at + 1, end - at - 1 };
	}
	if (separator == ':')
		return (struct secret){ at, strcspn(text + at, "\r\n\"'`") };
	return (struct secret){ at, strcspn(text + at, VALUE_ENDS) };
}

/* NAME=VALUE, NAME: VALUE or "NAME": "VALUE" at ${at}, which is the first letter of a name. */
static bool find_assignment(const char *text, size_t at, size_t length, struct secret *ret_secret)
{
	size_t separator = at + length;
	struct secret secret;

	if (text[separator] == '"' || text[separator] == '\'')
		separator++;
	while (text[separator] == ' ' && separator > at + length)
		separator++;
	if ((text[separator] != '=' && text[separator] != ':') || strncmp(text + separator, "://", 3) == 0)
		return false;
	if (!record_is_secret_name(text + at, length))
		return false;
	secret = value_of(text, separator, at == strspn(text, "-") || at == 0);
	if (secret.length == 0)
		return false;
	*ret_secret = secret;
	return true;
}

static bool is_port(const char *text, size_t length)
{
	return length <= 5 && strspn(text, "0123456789") >= length;
}

/* How far names and passwords reach in front of a host: up to the last '@'. A password may hold a slash that nobody escaped. */
static size_t userinfo_length(const char *text)
{
	const size_t authority = strcspn(text, AUTHORITY_ENDS), all = strcspn(text, WORD_ENDS);
	const char *colon = memchr(text, ':', authority);
	size_t reach = authority, last = 0;

	if (colon != NULL && !is_port(colon + 1, authority - (size_t)(colon + 1 - text)))
		reach = all;
	for (size_t i = 0; i < reach; i++)
		if (text[i] == '@')
			last = i;
	return last;
}

/* scheme://user:password@host, and https://token@host. ${at} is behind the slashes. */
static bool find_userinfo(const char *text, size_t at, struct secret *ret_secret)
{
	const size_t length = userinfo_length(text + at);
	const char *colon = length > 0 ? memchr(text + at, ':', length) : NULL;
	const bool is_http = (at >= 7 && strncasecmp(text + at - 7, "http://", 7) == 0) ||
			     (at >= 8 && strncasecmp(text + at - 8, "https://", 8) == 0);
	const size_t first = colon != NULL ? (size_t)(colon + 1 - text) : at;

	if (length == 0 || (colon == NULL && !is_http) || first == at + length)
		return false;
	*ret_secret = (struct secret){ first, at + length - first };
	return true;
}

/* "--NAME VALUE" within a text, as a shell gets it; ${at} is the first letter of the name. */
static bool find_announced(const char *text, size_t at, size_t length, struct secret *ret_secret)
{
	size_t value = at + length;

	value += strspn(text + value, " \t");
	if (value == at + length || text[value] == '\0' || text[value] == '-' || strncmp(text + at, "no-", 3) == 0 ||
	    !record_is_secret_name(text + at, length))
		return false;
	if (text[value] == '"' || text[value] == '\'')
		*ret_secret = (struct secret){ value + 1, quoted_end(text, value + 1, text[value]) - value - 1 };
	else
		*ret_secret = (struct secret){ value, strcspn(text + value, VALUE_ENDS) };
	return ret_secret->length > 0;
}

static bool find_here(const char *text, size_t at, size_t name, struct secret *ret_secret)
{
	if (strncmp(text + at, "://", 3) == 0)
		return find_userinfo(text, at + 3, ret_secret);
	return name > 0 && find_assignment(text, at, name, ret_secret);
}

bool secret_next(const char *text, size_t *at, struct secret *ret_secret)
{
	while (text[*at] != '\0') {
		const size_t name = strspn(text + *at, NAME_LETTERS);
		/* Dashes before a name are not of it. */
		const size_t dashes = strspn(text + *at, "-");
		const size_t from = *at + (dashes < name ? dashes : 0);

		if (find_here(text, from, name - (from - *at), ret_secret) ||
		    (dashes == 2 && dashes < name && find_announced(text, from, name - dashes, ret_secret))) {
			*at = ret_secret->first + ret_secret->length;
			return true;
		}
		*at += name > 0 ? name : 1;
	}
	return false;
}
