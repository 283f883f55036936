/* How a line of the record is written: journal.c by its target, an account by account.c. */
#ifndef HARDRUN_LAUNCH_JOURNAL_H
#define HARDRUN_LAUNCH_JOURNAL_H

#include <hardrun/record.h>

#define JOURNAL_SYSLOG_SOCKET "/dev/log"
#define JOURNAL_JOURNALD_SOCKET "/run/systemd/journal/socket"

/* Appends the line to the file, whole or not at all. */
int journal_write_file(struct arena *arena, const char *path, const struct record_line *line, struct error *err);
/* Sends it to the logger that listens at ${socket}: RFC 3164 with the time in UTC. */
int journal_write_syslog(struct arena *arena, const char *socket, const struct record_line *line, struct error *err);
/* The same in journald's own protocol, with the line's fields; what no datagram holds goes in a sealed memory file. */
int journal_write_journald(struct arena *arena, const char *socket, const struct record_line *line, struct error *err);
/* Whether a line could be written, as far as can be told without writing one: nothing is made. */
int journal_try_file(struct arena *arena, const char *path, struct error *err);
int journal_try_socket(struct arena *arena, const char *socket, struct error *err);

#endif
