/* What parts of hardrun confine themselves with: another identity, and filters that are made when hardrun is built. */
#ifndef LAUNCH_OWN_FILTERS_H
#define LAUNCH_OWN_FILTERS_H

#include <stdbool.h>
#include <sys/types.h>

#include <linux/filter.h>

/* Files may be read, and descriptors that are there be used. */
extern const struct sock_filter judge_filter[];
extern const unsigned short judge_filter_length;
/* The same, and sockets of the machine itself may be called. */
extern const struct sock_filter judge_filter_calling[];
extern const unsigned short judge_filter_calling_length;

/* Where a listener writes: the only descriptor to which it may, and which it cannot close. */
enum { LISTENER_REPORT_FD = 255 };
/* A filter's calls may be taken and answered, processes and files be read, and that descriptor be written to. */
extern const struct sock_filter listener_filter[];
extern const unsigned short listener_filter_length;

/* ---- confine.c ---- */

enum { CONFINE_NOBODY = 65534 };
struct confine_identity { uid_t uid; gid_t gid; const gid_t *groups; size_t group_count; };
/*
 * For good. With ${is_keeping} what capabilities are permitted stay so, and become effective when they are set anew. False with
 * errno: some of it may have been done.
 */
bool confine_become(const struct confine_identity *identity, bool is_keeping);
/* no_new_privs must be set. False with errno. With the sanitizers, which make calls of their own, there is none. */
bool confine_filter(const struct sock_filter *filter, unsigned short length);

#endif
