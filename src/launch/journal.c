/* journal: one line of the record to where it belongs. */
#include <string.h>

#include "journal.h"
#include "launch_internal.h"

int launch_write_record(struct arena *arena, const struct record_target *target, const struct record_line *line,
			struct error *err)
{
	switch (target->to) {
	case RECORD_FILE:
		return journal_write_file(arena, target->path, line, err);
	case RECORD_SYSLOG:
		return journal_write_syslog(arena, JOURNAL_SYSLOG_SOCKET, line, err);
	case RECORD_JOURNALD:
		return journal_write_journald(arena, JOURNAL_JOURNALD_SOCKET, line, err);
	case RECORD_NONE:
	case RECORD_TO_COUNT:
		break;
	}
	return 0;
}

int launch_try_record(struct arena *arena, const struct record_target *target, struct error *err)
{
	switch (target->to) {
	case RECORD_FILE:
		return journal_try_file(arena, target->path, err);
	case RECORD_SYSLOG:
		return journal_try_socket(arena, JOURNAL_SYSLOG_SOCKET, err);
	case RECORD_JOURNALD:
		return journal_try_socket(arena, JOURNAL_JOURNALD_SOCKET, err);
	case RECORD_NONE:
	case RECORD_TO_COUNT:
		break;
	}
	return 0;
}
