/* needs: their names and sentences, and which of them explain an end. */
#include "watch_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { SUBJECT_BYTES_MAX = 200, WEAK_MAX = 2 };
enum { RANK_COUNTED, RANK_REFUSED, RANK_WEAK, RANK_LAST };

/* ->said: what a program did, with the subject where the %s is. */
static const struct { const char *name, *said; } kinds[WATCH_NEED_KIND_COUNT] = {
	[NEED_CALL] = { "call", "called %s" },
	[NEED_CAPABILITY] = { "capability", "needed %s" },
	[NEED_WRITE] = { "write", "wanted to write %s" },
	[NEED_READ] = { "read", "wanted to read %s" },
	[NEED_EXECUTE] = { "execute", "wanted to execute %s" },
	[NEED_PROGRAM] = { "program", "wanted to execute %s" },
	[NEED_FILE] = { "file", "looked for %s" },
	[NEED_NETWORK] = { "network", "wanted to reach %s" },
	[NEED_PORT] = { "port", "wanted to listen on port %s" },
	[NEED_IDENTITY] = { "identity", "wanted to become %s" },
	[NEED_PRIVILEGE] = { "privilege", "executed %s" },
	[NEED_PROCESSES] = { "processes", "wanted more %s" },
	[NEED_MEMORY] = { "memory", "wanted more %s" },
	[NEED_SPACE] = { "space", "wanted more room in %s" },
	[NEED_DESCRIPTORS] = { "descriptors", "wanted more open files (%s)" },
	[NEED_HIDDEN] = { "hidden", "looked at %s" },
	[NEED_PROFILE] = { "profile", "is confined by AppArmor's profile %s" },
};

const char *watch_need_name(enum watch_need_kind kind)
{
	return kind < WATCH_NEED_KIND_COUNT ? kinds[kind].name : "unknown";
}

static bool is_same(const char *left, const char *right)
{
	return left == right || (left != NULL && right != NULL && strcmp(left, right) == 0);
}

bool watch_is_same_need(const struct watch_need *left, const struct watch_need *right)
{
	return left->kind == right->kind && left->is_granted == right->is_granted && left->error == right->error &&
	       is_same(left->subject, right->subject);
}

/* ---- sentences ---- */

static void add_subject(struct text *text, const struct watch_need *need)
{
	const char *said = kinds[need->kind].said, *hole = strstr(said, "%s");

	text_add_bytes(text, said, (size_t)(hole - said));
	text_add(text, string_printable(text->arena, need->subject, SUBJECT_BYTES_MAX));
	text_add(text, hole + 2);
}

/* Where the subject says it all, the name of the call is enough. */
static size_t length_of_call(const struct watch_need *need)
{
	const bool is_wanted = need->kind == NEED_CAPABILITY || need->kind == NEED_IDENTITY;

	return is_wanted ? strlen(need->call) : strcspn(need->call, "(");
}

const char *watch_need_sentence(struct arena *arena, const struct watch_need *need)
{
	const char *place = place_text(arena, need->place);
	struct text text;

	text_init(&text, arena);
	if (need->layer != NULL)
		text_addf(&text, "%s: ", need->layer);
	if (need->pid != 0)
		text_addf(&text, "%s (pid %d) ", string_printable(arena, need->program != NULL ? need->program : "a program",
								  SUBJECT_BYTES_MAX), need->pid);
	else
		text_add(&text, "it ");
	add_subject(&text, need);
	if (need->call != NULL && need->kind != NEED_CALL)
		text_addf(&text, " with %.*s", (int)length_of_call(need), need->call);
	if (need->is_granted)
		return text.data;
	text_addf(&text, ": %s", need->reason != NULL ? need->reason : "it was refused");
	if (need->rule != NULL)
		text_addf(&text, " (%s%s%s)", need->rule, *place != '\0' ? ", " : "", place);
	if (need->remedy.text != NULL && *need->remedy.text != '\0')
		text_addf(&text, "; remedy: %s", need->remedy.text);
	else
		text_add(&text, "; nothing that a policy says allows it");
	return text.data;
}

/* ---- what explains an end ---- */

/* The lower, the better the evidence. What a search along a path or the C library looks for in vain explains little. */
static unsigned rank_of(const struct watch_need *need)
{
	if (need->kind == NEED_MEMORY || need->kind == NEED_PROCESSES)
		return RANK_COUNTED;
	if (need->kind == NEED_FILE || need->kind == NEED_PROGRAM || need->kind == NEED_HIDDEN ||
	    (need->kind == NEED_CALL && need->error == ENOSYS))
		return RANK_WEAK;
	return need->kind == NEED_PROFILE ? RANK_LAST : RANK_REFUSED;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* It worked in the end: found elsewhere on the way, or the same thing once more. */
static bool is_overcome(const struct watch_report *report, const struct watch_need *need)
{
	for (size_t i = 0; i < report->need_count; i++) {
		const struct watch_need *other = &report->needs[i];

		if (!other->is_granted || other->last < need->last)
			continue;
		if (other->kind == need->kind && is_same(other->subject, need->subject))
			return true;
		if ((need->kind == NEED_PROGRAM || need->kind == NEED_FILE) &&
		    (other->kind == NEED_EXECUTE || other->kind == NEED_READ) &&
		    strcmp(base_name(other->subject), base_name(need->subject)) == 0)
			return true;
	}
	return false;
}

static bool is_before(const struct watch_need *left, const struct watch_need *right)
{
	const unsigned left_rank = rank_of(left), right_rank = rank_of(right);

	return left_rank != right_rank ? left_rank < right_rank : left->last > right->last;
}

/* One remedy, or for none one rule, is said once. */
static bool is_told_by(const struct watch_need *told, const struct watch_need *need)
{
	if ((told->kind == NEED_PROGRAM || told->kind == NEED_FILE) && (need->kind == NEED_PROGRAM || need->kind == NEED_FILE))
		return strcmp(base_name(told->subject), base_name(need->subject)) == 0;
	if (told->kind != need->kind || !is_same(told->layer, need->layer) || !is_same(told->rule, need->rule))
		return false;
	if (told->remedy.add == NULL && told->remedy.host == NULL && told->remedy.writable == NULL)
		return is_same(told->subject, need->subject);
	return is_same(told->remedy.text, need->remedy.text);
}

static bool is_told(const struct watch_needs *causes, const struct watch_need *need)
{
	for (size_t i = 0; i < causes->count; i++)
		if (is_told_by(&causes->items[i], need))
			return true;
	return false;
}

static bool is_mere_question(const struct watch_need *need)
{
	const struct watch_action *action = need->call != NULL ? watch_action_of_text(need->call) : NULL;

	return action != NULL && action->act == ACT_LOOK;
}

/* Weak evidence explains nothing where there is better, or where it ended well, and two pieces of it are enough. */
static bool is_distraction(const struct watch_report *report, const struct watch_needs *causes, const struct watch_need *need)
{
	if (rank_of(need) <= RANK_REFUSED)
		return false;
	/* Programs ask for files that need not be there all the time; whoever ends with 127 has asked along PATH. */
	if (need->kind == NEED_FILE && report->status != 127 && is_mere_question(need))
		return true;
	return report->status == 0 || causes->count >= WEAK_MAX || (causes->count > 0 && rank_of(need) > rank_of(&causes->items[0]));
}

struct watch_needs watch_causes(struct arena *arena, const struct watch_report *report, size_t limit)
{
	struct watch_needs causes = { .arena = arena };

	while (causes.count < limit) {
		const struct watch_need *best = NULL;

		for (size_t i = 0; i < report->need_count; i++) {
			const struct watch_need *need = &report->needs[i];

			if (!need->is_granted && (best == NULL || is_before(need, best)) && !is_told(&causes, need) &&
			    !is_distraction(report, &causes, need) && !is_overcome(report, need))
				best = need;
		}
		if (best == NULL)
			break;
		*vector_push(arena, causes.items, causes.count) = *best;
	}
	return causes;
}
