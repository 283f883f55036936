/* bpf: a small interpreter of classic BPF as seccomp uses it: filters are tried without root, and no call is made. */
#ifndef TESTS_SECCOMP_BPF_H
#define TESTS_SECCOMP_BPF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

/*
 * Runs a program on one call. False when the program does what the kernel would refuse to load: an unknown instruction, a jump
 * or load out of bounds, an end without a return. ${ret_steps}: instructions executed.
 */
bool bpf_run(const struct sock_filter *program, size_t count, const struct seccomp_data *data, uint32_t *ret_action,
	     size_t *ret_steps);

#endif
