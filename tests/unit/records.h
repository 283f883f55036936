/* records: what the tests of learned records share. */
#ifndef TESTS_RECORDS_H
#define TESTS_RECORDS_H

#include "rows.h"

#include <hardrun/learn.h>

/* Of an image, without anything that it did. */
static inline struct learn_record records_empty(void)
{
	return (struct learn_record){
		.architecture = learn_architecture(), .policy = "default", .image = "docker.io/library/nginx", .command = "nginx -g 'daemon off;'",
		.uid = 101, .gid = 101, .runs = 1, .memory_bytes = INT64_C(20) << 20, .pids = 5, .nano_cpus = 1000000000,
		.shm_bytes = INT64_C(64) << 20, .open_files = 4096,
	};
}

/* With something of everything, in no order. */
static inline struct learn_record records_full(struct arena *arena)
{
	static const struct watch_sight sights[] = {
		{ "socket", "nginx", 2, 0, 3 }, { "socket", "curl", 1, 0, 1 }, { "socket", "nginx", 16, 0, 1 }, { "openat", "nginx", 0, 0, 40 },
		{ "bind", "nginx", 0, 0, 2 }, { "ioctl", "nginx", 0x5421, 0, 2 }, { "ioctl", "sh", 0x5413, 0, 1 }, { "clone", "nginx", 0, 0, 2 },
		{ "prctl", "nginx", 15, 0, 1 }, { "epoll_wait", "nginx", 0, 0, 9 }, { "socketpair", "nginx", 1, 0, 1 },
	};
	struct learn_record record = records_empty();

	learn_add_sights(arena, &record, sights, ARRAY_COUNT(sights));
	*vector_push(arena, record.places, record.place_count) = (struct learn_place){ "/var/cache/nginx", 70000, 6, { 0 } };
	string_list_add(arena, &record.places[0].programs, "nginx");
	*vector_push(arena, record.mounts, record.mount_count) = (struct learn_mount){ "/srv/www", "/usr/share/nginx/html", false, false };
	*vector_push(arena, record.ports, record.port_count) = (struct learn_port){ 8080, { 0 } };
	*vector_push(arena, record.asks, record.ask_count) =
		(struct learn_ask){ "call", "ptrace(PTRACE_TRACEME)", "debugging", "add seccomp: {allow: [ptrace]}", 2, { 0 } };
	string_list_add(arena, &record.capabilities, "CAP_NET_BIND_SERVICE");
	record.stop_signal = "SIGQUIT";
	return record;
}

static inline int records_read(struct arena *arena, const char *text, struct learn_record *ret_record, struct error *err)
{
	return learn_read(arena, &(struct learn_bytes){ "r.json", text, strlen(text) }, ret_record, err);
}

#endif
