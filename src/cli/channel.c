/* channel: four bytes of length, then JSON; descriptors come with the length. */
#include "channel.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <hardrun/host.h>

static bool send_header(int fd, uint32_t length, const int *fds, size_t fd_count)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int) * CHANNEL_FDS_MAX)];
	} control = { 0 };
	struct iovec part = { &length, sizeof(length) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t count;

	if (fd_count > 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
		memcpy(CMSG_DATA(&control.header), fds, sizeof(int) * fd_count);
	}
	do
		count = sendmsg(fd, &message, MSG_NOSIGNAL);
	while (count < 0 && errno == EINTR);
	return count == (ssize_t)sizeof(length);
}

bool channel_send(int fd, json_t *json, const int *fds, size_t fd_count)
{
	char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
	const size_t length = text != NULL ? strlen(text) : 0;
	bool is_sent = text != NULL && length <= CHANNEL_BYTES_MAX && fd_count <= CHANNEL_FDS_MAX;

	is_sent = is_sent && send_header(fd, (uint32_t)length, fds, fd_count) && host_send_all(fd, text, length);
	free(text);
	json_decref(json);
	return is_sent;
}

static bool receive_bytes(int fd, char *bytes, size_t length)
{
	while (length > 0) {
		const ssize_t count = recv(fd, bytes, length, 0);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return false;
		bytes += count;
		length -= (size_t)count;
	}
	return true;
}

static void take_fds(struct msghdr *message, struct channel_message *ret_message)
{
	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL; header = CMSG_NXTHDR(message, header)) {
		const size_t bytes = header->cmsg_len - CMSG_LEN(0), count = bytes / sizeof(int);

		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
		    count > CHANNEL_FDS_MAX - ret_message->fd_count)
			continue;
		memcpy(ret_message->fds + ret_message->fd_count, CMSG_DATA(header), count * sizeof(int));
		ret_message->fd_count += count;
	}
}

static bool receive_header(int fd, uint32_t *ret_length, struct channel_message *ret_message)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int) * CHANNEL_FDS_MAX)];
	} control;
	struct iovec part = { ret_length, sizeof(*ret_length) };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes),
	};
	ssize_t count;

	do
		count = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	while (count < 0 && errno == EINTR);
	if (count <= 0)
		return false;
	take_fds(&message, ret_message);
	if ((message.msg_flags & MSG_CTRUNC) != 0)
		return false;
	return receive_bytes(fd, (char *)ret_length + count, sizeof(*ret_length) - (size_t)count);
}

bool channel_receive(int fd, struct channel_message *ret_message)
{
	uint32_t length = 0;
	char *text;

	errno = 0;
	*ret_message = (struct channel_message){ .fd_count = 0 };
	if (receive_header(fd, &length, ret_message) && length <= CHANNEL_BYTES_MAX) {
		text = malloc((size_t)length + 1); /* of the heap, as it is let go of: nobody says how many messages come */
		if (text != NULL && receive_bytes(fd, text, length))
			ret_message->json = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
		free(text);
	}
	ret_message->is_late = errno == EAGAIN;
	if (json_is_object(ret_message->json))
		return true;
	json_decref(ret_message->json);
	ret_message->json = NULL;
	channel_close_fds(ret_message);
	return false;
}

void channel_close_fds(struct channel_message *message)
{
	for (size_t i = 0; i < message->fd_count; i++)
		(void)close(message->fds[i]);
	message->fd_count = 0;
}

bool channel_text(struct arena *arena, const json_t *json, const char *key, const char **ret_text)
{
	const json_t *value = json_object_get(json, key);

	if (json_is_null(value)) {
		*ret_text = NULL;
		return true;
	}
	if (!json_is_string(value))
		return false;
	*ret_text = arena_strdup(arena, json_string_value(value));
	return true;
}

bool channel_word(struct arena *arena, const json_t *json, const char *key, const char **ret_word)
{
	return channel_text(arena, json, key, ret_word) && *ret_word != NULL;
}

bool channel_bool(const json_t *json, const char *key, bool *ret_value)
{
	const json_t *value = json_object_get(json, key);

	*ret_value = json_is_true(value);
	return json_is_boolean(value);
}

json_t *channel_write_error(const struct error *err)
{
	if (err == NULL)
		return json_null();
	return json_pack("{s:i, s:s, s:s?}", "kind", (int)err->kind, "message", err->message, "remedy", err->remedy);
}

int channel_read_error(struct arena *arena, const json_t *json, struct error *err)
{
	const json_t *error = json_object_get(json, "error"), *kind = json_object_get(error, "kind");
	const char *message, *remedy;

	if (json_is_null(error))
		return 0;
	if (!json_is_integer(kind) || json_integer_value(kind) <= ERROR_NONE || json_integer_value(kind) >= ERROR_COUNT ||
	    !channel_word(arena, error, "message", &message) || !channel_text(arena, error, "remedy", &remedy))
		return error_set(err, arena, ERROR_SYSTEM, "the other half of hardrun talks nonsense");
	error_set(err, arena, (enum error_kind)json_integer_value(kind), "%s", message);
	err->remedy = remedy;
	return -(int)err->kind;
}
