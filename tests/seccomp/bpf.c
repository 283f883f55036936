#include "bpf.h"

#include <string.h>

struct bpf_machine {
	uint32_t a, x;
	uint32_t memory[BPF_MEMWORDS];
};

static bool bpf_load(struct bpf_machine *machine, const struct sock_filter *step, const struct seccomp_data *data)
{
	switch (BPF_MODE(step->code)) {
	case BPF_ABS:
		if (BPF_SIZE(step->code) != BPF_W || step->k % 4 != 0 || step->k > sizeof(*data) - 4)
			return false;
		memcpy(&machine->a, (const char *)data + step->k, 4);
		return true;
	case BPF_IMM:
		machine->a = step->k;
		return true;
	case BPF_MEM:
		if (step->k >= BPF_MEMWORDS)
			return false;
		machine->a = machine->memory[step->k];
		return true;
	default:
		return false;
	}
}

static bool bpf_arithmetic(struct bpf_machine *machine, const struct sock_filter *step)
{
	const uint32_t operand = BPF_SRC(step->code) == BPF_X ? machine->x : step->k;

	switch (BPF_OP(step->code)) {
	case BPF_AND:
		machine->a &= operand;
		return true;
	case BPF_OR:
		machine->a |= operand;
		return true;
	case BPF_ADD:
		machine->a += operand;
		return true;
	case BPF_SUB:
		machine->a -= operand;
		return true;
	default:
		return false;
	}
}

static bool bpf_jump(const struct bpf_machine *machine, const struct sock_filter *step, size_t *at)
{
	const uint32_t operand = BPF_SRC(step->code) == BPF_X ? machine->x : step->k;
	bool is_taken;

	switch (BPF_OP(step->code)) {
	case BPF_JA:
		*at += step->k;
		return true;
	case BPF_JEQ:
		is_taken = machine->a == operand;
		break;
	case BPF_JGT:
		is_taken = machine->a > operand;
		break;
	case BPF_JGE:
		is_taken = machine->a >= operand;
		break;
	case BPF_JSET:
		is_taken = (machine->a & operand) != 0;
		break;
	default:
		return false;
	}
	*at += is_taken ? step->jt : step->jf;
	return true;
}

static bool bpf_store(struct bpf_machine *machine, const struct sock_filter *step)
{
	if (step->k >= BPF_MEMWORDS)
		return false;
	machine->memory[step->k] = BPF_CLASS(step->code) == BPF_ST ? machine->a : machine->x;
	return true;
}

static bool bpf_step(struct bpf_machine *machine, const struct sock_filter *step, const struct seccomp_data *data, size_t *at)
{
	switch (BPF_CLASS(step->code)) {
	case BPF_LD:
		return bpf_load(machine, step, data);
	case BPF_LDX:
		if (BPF_MODE(step->code) == BPF_MEM && step->k >= BPF_MEMWORDS)
			return false;
		machine->x = BPF_MODE(step->code) == BPF_MEM ? machine->memory[step->k] : step->k;
		return true;
	case BPF_ST:
	case BPF_STX:
		return bpf_store(machine, step);
	case BPF_ALU:
		return bpf_arithmetic(machine, step);
	case BPF_JMP:
		return bpf_jump(machine, step, at);
	case BPF_MISC:
		if (BPF_MISCOP(step->code) == BPF_TAX)
			machine->x = machine->a;
		else
			machine->a = machine->x;
		return true;
	default:
		return false;
	}
}

bool bpf_run(const struct sock_filter *program, size_t count, const struct seccomp_data *data, uint32_t *ret_action,
	     size_t *ret_steps)
{
	struct bpf_machine machine = { 0 };

	*ret_steps = 0;
	for (size_t at = 0; at < count; at++) {
		(*ret_steps)++;
		if (BPF_CLASS(program[at].code) == BPF_RET) {
			*ret_action = BPF_RVAL(program[at].code) == BPF_A ? machine.a : program[at].k;
			return true;
		}
		if (!bpf_step(&machine, &program[at], data, &at))
			return false;
	}
	return false;
}
