/* The filters of confined parts of hardrun, made when hardrun is built. */
#ifndef LAUNCH_OWN_FILTERS_H
#define LAUNCH_OWN_FILTERS_H

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

#endif
