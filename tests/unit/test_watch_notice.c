/* What a container may tell systemd, and what it may not. */
#include "rows.h"

#include <hardrun/watch.h>

struct notice_row { const char *said, *passed; };

static const struct notice_row notice_rows[] = {
	{ "READY=1", "READY=1\n" },
	{ "READY=1\n", "READY=1\n" },
	{ "READY=1\nSTATUS=serving 3 of 4", "READY=1\nSTATUS=serving 3 of 4\n" },
	{ "RELOADING=1\nMONOTONIC_USEC=123456", "RELOADING=1\nMONOTONIC_USEC=123456\n" },
	{ "STOPPING=1\n\n\nERRNO=2\nEXIT_STATUS=3", "STOPPING=1\nERRNO=2\nEXIT_STATUS=3\n" },
	{ "WATCHDOG=1", "WATCHDOG=1\n" },
	{ "WATCHDOG=trigger", "WATCHDOG=trigger\n" },
	{ "WATCHDOG_USEC=20000000\nEXTEND_TIMEOUT_USEC=1", "WATCHDOG_USEC=20000000\nEXTEND_TIMEOUT_USEC=1\n" },
	{ "STATUS=caf\xc3\xa9", "STATUS=caf\xc3\xa9\n" },
	{ "STATUS=", "STATUS=\n" },
	/* not a container's business */
	{ "MAINPID=1", "" },
	{ "MAINPID=1\nREADY=1\nFDSTORE=1\nFDNAME=x\nFDPOLL=0\nFDSTOREREMOVE=1", "READY=1\n" },
	{ "BUSERROR=org.x\nBUSNAME=org.x\nNOTIFYACCESS=all\nBARRIER=1", "" },
	{ "X_OWN=1\nVARLINKERROR=x\nMONITOR=1\nMAINPIDFDID=1", "" },
	/* nearly */
	{ "READY=0", "" }, { "READY=", "" }, { "READY", "" }, { "=1", "" }, { "", "" }, { "\n\n", "" },
	{ " READY=1", "" }, { "READY=1 ", "" }, { "ready=1", "" }, { "READYX=1", "" }, { "READ=1", "" }, { "READY=1=1", "" },
	{ "ERRNO=-1", "" }, { "ERRNO=0x1", "" }, { "ERRNO=99999999999999999999999", "" }, { "WATCHDOG=2", "" },
	{ "STATUS=\033[31m", "" }, { "STATUS=a\rb", "" }, { "STATUS=\xff", "" },
};

static void test_notice(void **state)
{
	const struct notice_row *row = *state;
	char text[256];
	size_t length = strlen(row->said);

	memcpy(text, row->said, length);
	length = watch_filter_notice(text, length);
	assert_int_equal(length, strlen(row->passed));
	assert_memory_equal(text, row->passed, length);
}

static void test_zero_byte(void **state)
{
	char text[32] = "READY=1\0\nSTATUS=x";

	(void)state;
	assert_int_equal(watch_filter_notice(text, 17), 0);
}

static void test_long(void **state)
{
	char text[WATCH_NOTICE_BYTES_MAX + 2];
	const size_t head = strlen("STATUS=");

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "STATUS=", head);
	assert_int_equal(watch_filter_notice(text, head + 256), head + 257);
	memset(text, 'x', sizeof(text));
	memcpy(text, "STATUS=", head);
	assert_int_equal(watch_filter_notice(text, head + 257), 0);
	/* The largest of all messages, without a newline at its end. */
	for (size_t i = 0; i < WATCH_NOTICE_BYTES_MAX; i += 8)
		memcpy(text + i, "READY=1\n", 8);
	text[WATCH_NOTICE_BYTES_MAX - 1] = '1';
	assert_int_equal(watch_filter_notice(text, WATCH_NOTICE_BYTES_MAX), WATCH_NOTICE_BYTES_MAX - 8);
}

int main(void)
{
	struct row_tests tests = { .arena = arena_new() };

	for (size_t i = 0; i < ARRAY_COUNT(notice_rows); i++)
		rows_add(&tests, arena_printf(tests.arena, "%zu: %s", i, notice_rows[i].said), test_notice,
			 (void *)(uintptr_t)&notice_rows[i]);
	ROWS_TEST(&tests, test_zero_byte);
	ROWS_TEST(&tests, test_long);
	return rows_run("watch notice", &tests);
}
