/* The filter of a confined hardrun, made when hardrun is built. */
#ifndef LAUNCH_JUDGE_FILTER_H
#define LAUNCH_JUDGE_FILTER_H

#include <linux/filter.h>

/* Files may be read, and descriptors that are there be used. */
extern const struct sock_filter judge_filter[];
extern const unsigned short judge_filter_length;
/* The same, and sockets of the machine itself may be called. */
extern const struct sock_filter judge_filter_calling[];
extern const unsigned short judge_filter_calling_length;

#endif
