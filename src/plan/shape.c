/* shape: which fields travel. A struct that grows a field must grow a row: a unit test compares whole plans. */
#include "shape.h"

#include <hardrun/plan.h>

#define SHAPE(type, rows) { rows, ARRAY_COUNT(rows), sizeof(type) }
#define ROW(field_kind, type, member) { .name = #member, .kind = (field_kind), .offset = offsetof(type, member) }
#define ROW_ENUM(type, member, limit) \
	{ .name = #member, .kind = FIELD_ENUM, .offset = offsetof(type, member), .bound = (limit) }
#define ROW_SHAPE(field_kind, type, member, of) \
	{ .name = #member, .kind = (field_kind), .offset = offsetof(type, member), .shape = &(of) }
#define ROW_LIST(type, member, counter, of) \
	{ .name = #member, .kind = FIELD_ARRAY, .offset = offsetof(type, member), .count_offset = offsetof(type, counter), \
	  .shape = &(of) }

static const struct field place_fields[] = {
	ROW(FIELD_TEXT, struct place, file), ROW(FIELD_UINT32, struct place, line), ROW(FIELD_UINT32, struct place, column),
};
static const struct shape shape_place = SHAPE(struct place, place_fields);

static const struct field text_fields[] = {
	ROW(FIELD_TEXT, struct policy_text, value), ROW_SHAPE(FIELD_OBJECT, struct policy_text, place, shape_place),
};
static const struct shape shape_text = SHAPE(struct policy_text, text_fields);

static const struct field call_fields[] = {
	ROW(FIELD_WORD, struct policy_syscall_rule, name), ROW(FIELD_TEXT, struct policy_syscall_rule, when),
	ROW_SHAPE(FIELD_OBJECT, struct policy_syscall_rule, place, shape_place),
};
static const struct shape shape_call = SHAPE(struct policy_syscall_rule, call_fields);

static const struct field seccomp_fields[] = {
	ROW_SHAPE(FIELD_OBJECT, struct policy_seccomp, base, shape_text),
	ROW_LIST(struct policy_seccomp, allow, allow_count, shape_call),
	ROW_LIST(struct policy_seccomp, deny, deny_count, shape_call),
	ROW_SHAPE(FIELD_OBJECT, struct policy_seccomp, architectures, shape_text),
};
static const struct shape shape_seccomp = SHAPE(struct policy_seccomp, seccomp_fields);

static const struct field image_name_fields[] = {
	ROW_ENUM(struct image_name, kind, IMAGE_KIND_COUNT), ROW(FIELD_TEXT, struct image_name, name),
	ROW(FIELD_TEXT, struct image_name, domain), ROW(FIELD_TEXT, struct image_name, tag),
	ROW(FIELD_TEXT, struct image_name, digest), ROW(FIELD_TEXT, struct image_name, path),
	ROW(FIELD_TEXT, struct image_name, canonical),
};
const struct shape shape_image_name = SHAPE(struct image_name, image_name_fields);

static const struct field image_facts_fields[] = {
	ROW(FIELD_BOOL, struct image_facts, is_known), ROW(FIELD_TEXT, struct image_facts, reason),
	ROW(FIELD_TEXT, struct image_facts, digest), ROW(FIELD_TEXT, struct image_facts, rootfs),
	ROW(FIELD_TEXT, struct image_facts, user), ROW(FIELD_TEXTS, struct image_facts, env),
	ROW(FIELD_TEXTS, struct image_facts, cmd), ROW(FIELD_TEXTS, struct image_facts, entrypoint),
	ROW(FIELD_TEXTS, struct image_facts, volumes), ROW(FIELD_TEXTS, struct image_facts, exposed_ports),
	ROW(FIELD_TEXT, struct image_facts, working_dir), ROW(FIELD_TEXT, struct image_facts, stop_signal),
	ROW(FIELD_TEXT, struct image_facts, architecture),
};
const struct shape shape_image_facts = SHAPE(struct image_facts, image_facts_fields);

static const struct field finding_fields[] = {
	ROW_ENUM(struct finding, kind, FINDING_COUNT), ROW(FIELD_WORD, struct finding, subject),
	ROW(FIELD_UINT64, struct finding, argv_index), ROW(FIELD_TEXT, struct finding, rule),
	ROW_SHAPE(FIELD_OBJECT, struct finding, place, shape_place), ROW(FIELD_WORD, struct finding, reason),
	ROW(FIELD_TEXT, struct finding, remedy),
};
static const struct shape shape_finding = SHAPE(struct finding, finding_fields);

static const struct field findings_fields[] = { ROW_LIST(struct findings, items, count, shape_finding) };
const struct shape shape_findings = SHAPE(struct findings, findings_fields);

static const struct field pair_fields[] = {
	ROW(FIELD_WORD, struct plan_pair, name), ROW(FIELD_WORD, struct plan_pair, value),
};
static const struct shape shape_pair = SHAPE(struct plan_pair, pair_fields);

static const struct field ulimit_fields[] = {
	ROW(FIELD_WORD, struct plan_ulimit, name), ROW(FIELD_INT64, struct plan_ulimit, soft),
	ROW(FIELD_INT64, struct plan_ulimit, hard),
};
static const struct shape shape_ulimit = SHAPE(struct plan_ulimit, ulimit_fields);

static const struct field mount_fields[] = {
	ROW_ENUM(struct plan_mount, type, PLAN_MOUNT_TYPE_COUNT), ROW(FIELD_TEXT, struct plan_mount, source),
	ROW(FIELD_WORD, struct plan_mount, target), ROW(FIELD_BOOL, struct plan_mount, is_read_only),
	ROW(FIELD_BOOL, struct plan_mount, is_exec), ROW(FIELD_INT64, struct plan_mount, size_bytes),
	ROW(FIELD_UINT32, struct plan_mount, mode), ROW(FIELD_UINT32, struct plan_mount, uid),
	ROW(FIELD_UINT32, struct plan_mount, gid), ROW(FIELD_BOOL, struct plan_mount, is_nocopy),
	ROW(FIELD_BOOL, struct plan_mount, is_directory), ROW(FIELD_UINT64, struct plan_mount, device),
	ROW(FIELD_UINT64, struct plan_mount, inode),
};
static const struct shape shape_mount = SHAPE(struct plan_mount, mount_fields);

static const struct field port_fields[] = {
	ROW(FIELD_WORD, struct plan_port, address), ROW(FIELD_UINT16, struct plan_port, host),
	ROW(FIELD_UINT16, struct plan_port, container), ROW(FIELD_WORD, struct plan_port, protocol),
};
static const struct shape shape_port = SHAPE(struct plan_port, port_fields);

static const struct field health_fields[] = {
	ROW(FIELD_BOOL, struct plan_health, is_disabled), ROW(FIELD_TEXT, struct plan_health, command),
	ROW(FIELD_INT64, struct plan_health, interval), ROW(FIELD_INT64, struct plan_health, timeout),
	ROW(FIELD_INT64, struct plan_health, start_period), ROW(FIELD_INT64, struct plan_health, start_interval),
	ROW(FIELD_INT64, struct plan_health, retries),
};
static const struct shape shape_health = SHAPE(struct plan_health, health_fields);

static const struct field setting_fields[] = {
	ROW(FIELD_WORD, struct plan_setting, key), ROW(FIELD_WORD, struct plan_setting, value),
	ROW_ENUM(struct plan_setting, origin, PLAN_ORIGIN_COUNT), ROW_SHAPE(FIELD_OBJECT, struct plan_setting, place, shape_place),
	ROW(FIELD_TEXT, struct plan_setting, source),
};
static const struct shape shape_setting = SHAPE(struct plan_setting, setting_fields);

static const struct field plan_fields[] = {
	ROW_ENUM(struct plan, backend, BACKEND_KIND_COUNT), ROW_SHAPE(FIELD_OBJECT, struct plan, image, shape_image_name),
	ROW(FIELD_TEXT, struct plan, image_rootfs), ROW(FIELD_TEXTS, struct plan, command), ROW(FIELD_TEXT, struct plan, entrypoint),
	ROW(FIELD_TEXTS, struct plan, argv),
	ROW(FIELD_TEXT, struct plan, name), ROW(FIELD_TEXT, struct plan, hostname), ROW(FIELD_TEXT, struct plan, domainname),
	ROW(FIELD_UINT32, struct plan, uid), ROW(FIELD_UINT32, struct plan, gid),
	{ .name = "groups", .kind = FIELD_NUMBERS, .offset = offsetof(struct plan, groups),
	  .count_offset = offsetof(struct plan, group_count) },
	ROW(FIELD_TEXTS, struct plan, environment), ROW(FIELD_TEXT, struct plan, working_dir),
	ROW_LIST(struct plan, labels, label_count, shape_pair),
	ROW(FIELD_INT64, struct plan, memory_bytes), ROW(FIELD_INT64, struct plan, memory_reservation),
	ROW(FIELD_INT64, struct plan, nano_cpus), ROW(FIELD_INT64, struct plan, pids_limit), ROW(FIELD_INT64, struct plan, shm_size),
	ROW(FIELD_INT64, struct plan, cpu_shares), ROW(FIELD_INT64, struct plan, blkio_weight),
	ROW(FIELD_INT64, struct plan, memory_swappiness), ROW(FIELD_INT64, struct plan, oom_score_adj),
	ROW(FIELD_TEXT, struct plan, cpuset_cpus), ROW(FIELD_TEXT, struct plan, cpuset_mems),
	ROW_LIST(struct plan, ulimits, ulimit_count, shape_ulimit),
	ROW(FIELD_BOOL, struct plan, is_read_only), ROW(FIELD_BOOL, struct plan, is_privileged),
	ROW(FIELD_BOOL, struct plan, is_no_new_privileges), ROW(FIELD_BOOL, struct plan, is_seccomp_unconfined),
	ROW(FIELD_BOOL, struct plan, is_host_pid), ROW(FIELD_BOOL, struct plan, is_host_ipc), ROW(FIELD_BOOL, struct plan, is_host_uts),
	ROW(FIELD_BOOL, struct plan, is_sandboxed),
	ROW_ENUM(struct plan, apparmor, PLAN_APPARMOR_COUNT), ROW(FIELD_TEXT, struct plan, apparmor_profile),
	ROW(FIELD_TEXTS, struct plan, security_labels), ROW(FIELD_TEXTS, struct plan, capabilities),
	ROW_SHAPE(FIELD_POINTER, struct plan, seccomp, shape_seccomp),
	ROW_SHAPE(FIELD_POINTER, struct plan, ceiling_seccomp, shape_seccomp),
	ROW(FIELD_BOOL, struct plan, is_explained), ROW_ENUM(struct plan, observation, PLAN_OBSERVATION_COUNT),
	ROW_LIST(struct plan, secrets, secret_count, shape_pair), ROW(FIELD_TEXTS, struct plan, devices),
	ROW_LIST(struct plan, sysctls, sysctl_count, shape_pair),
	ROW_LIST(struct plan, mounts, mount_count, shape_mount), ROW_ENUM(struct plan, network, PLAN_NETWORK_COUNT),
	ROW(FIELD_TEXTS, struct plan, network_names), ROW(FIELD_TEXTS, struct plan, network_aliases), ROW(FIELD_TEXTS, struct plan, dns),
	ROW(FIELD_TEXTS, struct plan, dns_search), ROW(FIELD_TEXTS, struct plan, dns_options),
	ROW(FIELD_TEXTS, struct plan, extra_hosts),
	ROW_LIST(struct plan, ports, port_count, shape_port), ROW(FIELD_TEXTS, struct plan, expose),
	ROW(FIELD_BOOL, struct plan, is_detached), ROW(FIELD_BOOL, struct plan, is_removed), ROW(FIELD_BOOL, struct plan, is_init),
	ROW(FIELD_BOOL, struct plan, is_interactive), ROW(FIELD_BOOL, struct plan, is_tty), ROW(FIELD_BOOL, struct plan, is_create_only),
	ROW(FIELD_BOOL, struct plan, is_quiet), ROW(FIELD_BOOL, struct plan, is_sig_proxy),
	ROW(FIELD_BOOL, struct plan, is_attach_stdin), ROW(FIELD_BOOL, struct plan, is_attach_stdout),
	ROW(FIELD_BOOL, struct plan, is_attach_stderr), ROW(FIELD_BOOL, struct plan, is_attach_given),
	ROW(FIELD_TEXT, struct plan, stop_signal), ROW(FIELD_TEXT, struct plan, detach_keys), ROW(FIELD_WORD, struct plan, restart),
	ROW(FIELD_TEXT, struct plan, pull), ROW(FIELD_TEXT, struct plan, platform), ROW(FIELD_INT64, struct plan, stop_timeout),
	ROW_ENUM(struct plan, notify, PLAN_NOTIFY_COUNT),
	ROW_SHAPE(FIELD_OBJECT, struct plan, health, shape_health), ROW(FIELD_WORD, struct plan, log_driver),
	ROW_LIST(struct plan, log_options, log_option_count, shape_pair), ROW(FIELD_TEXT, struct plan, cidfile),
	ROW(FIELD_WORD, struct plan, policy_name), ROW_LIST(struct plan, settings, setting_count, shape_setting),
};
const struct shape shape_plan = SHAPE(struct plan, plan_fields);
