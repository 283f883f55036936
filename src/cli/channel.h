/* channel: messages between the judge, who reads what the caller typed, and the monitor, who has root's rights. */
#ifndef CLI_CHANNEL_H
#define CLI_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include <hardrun/base.h>

enum {
	CHANNEL_BYTES_MAX = 8 * 1024 * 1024, /* of a message */
	CHANNEL_FDS_MAX = 200,               /* that travel with one; the kernel takes 253 */
};

/* What arrived. */
struct channel_message {
	json_t *json;                /* an object; the receiver lets go of it */
	int fds[CHANNEL_FDS_MAX];
	size_t fd_count;
	bool is_late;                /* nothing arrived: the other side stopped in the middle, and ${fd} has a time limit */
};

/* Sends ${json}, and lets go of it. False: it is NULL, too large, or nobody is there. */
bool channel_send(int fd, json_t *json, const int *fds, size_t fd_count);
/* Waits for a message. False: the other side is gone, or talks nonsense; then nothing is kept. Descriptors are close-on-exec. */
bool channel_receive(int fd, struct channel_message *ret_message);
/* Closes the descriptors that came along. */
void channel_close_fds(struct channel_message *message);

/* The members of a message; each is refused when it is missing or of another type. */
bool channel_text(struct arena *arena, const json_t *json, const char *key, const char **ret_text);    /* or null */
bool channel_word(struct arena *arena, const json_t *json, const char *key, const char **ret_word);    /* never null */
bool channel_bool(const json_t *json, const char *key, bool *ret_value);
/* Errors travel whole: {"error": {kind, message, remedy}}, or {"error": null}. */
json_t *channel_write_error(const struct error *err);
/* The error of an answer: 0 when it has none, and negative when it is not well formed. */
int channel_read_error(struct arena *arena, const json_t *json, struct error *err);

#endif
