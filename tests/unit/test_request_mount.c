/* -v, --mount and --tmpfs: each row is a value and what it means, or "!" and a part of the reason why not. */
#include "rows.h"

#include <hardrun/request.h>

typedef bool parse_function(struct arena *arena, const char *text, struct mount_request *ret_mount, const char **ret_reason);

struct mount_row {
	const char *text;
	const char *meaning;
};

/* type source target and whatever else was set. */
static const char *describe(struct arena *arena, const struct mount_request *mount)
{
	static const char *const types[MOUNT_TYPE_COUNT] = { "bind", "volume", "anonymous", "tmpfs", "other" };
	struct text text;

	text_init(&text, arena);
	text_addf(&text, "%s %s %s", types[mount->type], mount->source == NULL ? "-" : mount->source, mount->target);
	if (mount->type == MOUNT_OTHER)
		text_addf(&text, " type=%s", mount->type_name);
	if (mount->is_read_only_given)
		text_add(&text, mount->is_read_only ? " ro" : " rw");
	text_addf(&text, "%s%s%s%s", mount->is_exec ? " exec" : "", mount->is_suid ? " suid" : "", mount->is_dev ? " dev" : "",
		  mount->is_nocopy ? " nocopy" : "");
	if (mount->has_size)
		text_addf(&text, " size=%lld", (long long)mount->size_bytes);
	if (mount->has_mode)
		text_addf(&text, " mode=%o", mount->mode);
	if (mount->has_uid)
		text_addf(&text, " uid=%u", mount->uid);
	if (mount->has_gid)
		text_addf(&text, " gid=%u", mount->gid);
	if (mount->propagation != NULL)
		text_addf(&text, " propagation=%s", mount->propagation);
	if (mount->relabel != NULL)
		text_addf(&text, " relabel=%s", mount->relabel);
	for (size_t i = 0; i < mount->other.count; i++)
		text_addf(&text, " +%s", mount->other.items[i]);
	return text.data;
}

static void check(const struct mount_row *row, parse_function *parse)
{
	struct arena *arena = arena_new();
	struct mount_request mount = { .target = "untouched" };
	const char *reason = "no reason was given";
	bool is_good = parse(arena, row->text, &mount, &reason);

	if (row->meaning[0] != '!') {
		if (!is_good)
			fail_msg("'%s' was refused: %s", row->text, reason);
		assert_string_equal(describe(arena, &mount), row->meaning);
	} else {
		if (is_good)
			fail_msg("'%s' was taken as: %s", row->text, describe(arena, &mount));
		if (strstr(reason, row->meaning + 1) == NULL)
			fail_msg("'%s' was refused because %s", row->text, reason);
		assert_string_equal(mount.target, "untouched");
	}
	arena_free(arena);
}

static struct mount_row volume_rows[] = {
	{ "/a:/b", "bind /a /b" },
	{ "/a:/b:ro", "bind /a /b ro" },
	{ "/a:/b:rw", "bind /a /b rw" },
	{ "/a:/b:ro,z", "bind /a /b ro relabel=z" },
	{ "/a:/b:Z", "bind /a /b relabel=Z" },
	{ "/a:/b:rshared", "bind /a /b propagation=rshared" },
	{ "/a:/b:private,ro,Z", "bind /a /b ro propagation=private relabel=Z" },
	{ "/a:/b:cached", "bind /a /b" },
	{ "/:/h", "bind / /h" },
	{ "/a b:/c d", "bind /a b /c d" },
	{ "/a,b:/c", "bind /a,b /c" },
	{ "./x:/b", "bind ./x /b" },
	{ "../x:/b", "bind ../x /b" },
	{ ".:/b", "bind . /b" },
	{ ".hidden:/b", "bind .hidden /b" },
	{ "~/x:/h", "bind ~/x /h" },
	{ "vol:/b", "volume vol /b" },
	{ "vol:/b:ro,nocopy", "volume vol /b ro nocopy" },
	{ "v1:/b", "volume v1 /b" },
	{ "my_vol.2-x:/data", "volume my_vol.2-x /data" },
	{ "/data", "anonymous - /data" },
	{ "/h", "anonymous - /h" },
	{ "/", "anonymous - /" },
	{ "/a:/b/../c", "bind /a /b/../c" },
	{ "", "!empty" },
	{ ":", "!empty" },
	{ ":/h", "!empty" },
	{ "/a:", "!empty" },
	{ "/a:/b:", "!empty" },
	{ "::", "!empty" },
	{ "/a:/b:ro:x", "!two colons" },
	{ "/a:/b:/c:/d", "!two colons" },
	{ "--rm", "!not an absolute path" },
	{ "x", "!not an absolute path" },
	{ "/a:b", "!not an absolute path" },
	{ "/a:ro", "!not an absolute path" },
	{ "vol:../b", "!not an absolute path" },
	{ "a:/b", "!Windows drive" },
	{ "a:/b:nocopy,ro,/x", "!Windows drive" },
	{ "c:\\:/h", "!Windows drive" },
	{ "c:\\x:/h:ro", "!two colons" },
	{ "$HOME:/h", "!not expanded by the shell" },
	{ "${PWD}/x:/h", "!not expanded by the shell" },
	{ "a/b:/h", "!neither a path" },
	{ "-v:/h", "!name of a volume" },
	{ "_v:/h", "!name of a volume" },
	{ "vol\xc3\xa9:/h", "!name of a volume" },
	{ "\\\\.\\pipe\\x:/h", "!name of a volume" },
	{ "vol x:/h", "!name of a volume" },
	{ "/a:/b:nocopy", "!for volumes" },
	{ "vol:/b:shared", "!for binds" },
	{ "/a:/b:ro,rw", "!contradicts" },
	{ "/a:/b:rw,ro", "!contradicts" },
	{ "/a:/b:ro,ro", "!repeats" },
	{ "/a:/b:z,Z", "!contradicts" },
	{ "/a:/b:shared,slave", "!contradicts" },
	{ "/a:/b:RO", "!'RO' is not an option" },
	{ "/a:/b:ro ", "!'ro ' is not an option" },
	{ "/a:/b:ro,", "!'' is not an option" },
	{ "/a:/b:dev,suid,exec", "!'dev' is not an option" },
	{ "/a:/b:noexec", "!'noexec' is not an option" },
	{ "/a:/b:U", "!'U' is not an option" },
	{ "/a:/b:O", "!'O' is not an option" },
	{ "/a:/b:idmap", "!'idmap' is not an option" },
	{ "/a:/b:rbind", "!'rbind' is not an option" },
	{ "vol:/b:nocopy,ro,/x", "!'/x' is not an option" },
	{ "/ok:/ok --privileged", "bind /ok /ok --privileged" },
};

static struct mount_row mount_rows[] = {
	{ "type=bind,src=/a,dst=/b", "bind /a /b" },
	{ "type=bind,source=/a,target=/b,readonly", "bind /a /b ro" },
	{ "type=bind,source=/a,destination=/b,ro=true", "bind /a /b ro" },
	{ "type=bind,src=/a,dst=/b,readonly=0", "bind /a /b rw" },
	{ "TYPE=BIND,SRC=/A,DESTINATION=/h", "bind /A /h" },
	{ "dst=/b", "anonymous - /b" },
	{ "type=volume,dst=/b", "anonymous - /b" },
	{ "src=vol,dst=/b,volume-nocopy", "volume vol /b nocopy" },
	{ "src=vol,dst=/b,volume-nocopy=false", "volume vol /b" },
	{ "type=tmpfs,dst=/t", "tmpfs - /t" },
	{ "type=tmpfs,dst=/t,tmpfs-size=64m,tmpfs-mode=1770", "tmpfs - /t size=67108864 mode=1770" },
	{ "type=bind,\"src=/a,b\",dst=/c", "bind /a,b /c" },
	{ "type=bind,\"src=/a\"\"b\",dst=/c", "bind /a\"b /c" },
	{ "type=bind,src=/a=b,dst=/c", "bind /a=b /c" },
	{ "type=bind,src=.,dst=/c", "bind . /c" },
	{ "type=bind,src=./x,dst=/c", "bind ./x /c" },
	{ "type=bind,src=~/x,dst=/c", "bind ~/x /c" },
	{ "type=bind,src=/a,dst=/b,consistency=CACHED", "bind /a /b" },
	{ "type=bind,src=/a,dst=/b,bind-propagation=rshared", "bind /a /b propagation=rshared" },
	{ "type=bind,src=/a,dst=/b,bind-nonrecursive", "bind /a /b +bind-nonrecursive" },
	{ "type=bind,src=/a,dst=/b,bind-recursive=writable", "bind /a /b +bind-recursive=writable" },
	{ "type=volume,dst=/h,volume-driver=local,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=/",
	  "anonymous - /h +volume-driver=local +volume-opt=type=none +volume-opt=o=bind +volume-opt=device=/" },
	{ "type=volume,dst=/h,\"volume-opt=o=addr=1,rw\"", "anonymous - /h +volume-opt=o=addr=1,rw" },
	{ "src=vol,dst=/h,volume-subpath=../x", "volume vol /h +volume-subpath=../x" },
	{ "type=image,src=evil:latest,dst=/x", "other evil:latest /x type=image" },
	{ "type=glob,src=/etc/*,dst=/e", "other /etc/* /e type=glob" },
	{ "type=ramfs,dst=/e", "other - /e type=ramfs" },
	{ "type=NPIPE,src=x,dst=/e", "other x /e type=npipe" },
	{ "", "!empty" },
	{ "type=bind,src=/a", "!names no target" },
	{ "type=bind,src=/a,dst=", "!names no target" },
	{ "type=bind,dst=/b", "!needs a source" },
	{ "type=bind,src=,dst=/b", "!source is empty" },
	{ "type=bind,src=x,dst=/b", "!begins with '/'" },
	{ "type=bind,src=../x,dst=/b", "!'../x'" },
	{ "type=bind,src=.x,dst=/b", "!'.x'" },
	{ "type=bind,src=/a,dst=b", "!not an absolute path" },
	{ "type=,src=/a,dst=/b", "!type is empty" },
	{ "source=/,target=/h", "!neither a path" },
	{ "type=volume,src=a,dst=/h", "!name of a volume" },
	{ "type=tmpfs,src=x,dst=/t", "!no source" },
	{ "type=volume,src=ok,dst=/h,type=bind,src=/", "!'type' is given twice" },
	{ "type=bind,src=/a,source=/b,dst=/c", "!'source' is given twice" },
	{ "type=bind,src=/a,dst=/b,target=/c", "!'target' is given twice" },
	{ "type=bind,src=/a,dst=/b,ro,readonly=false", "!'readonly' is given twice" },
	{ "type=bind,src=/a,dst=/b,ro,ro", "!'ro' is given twice" },
	{ "type=tmpfs,dst=/b,tmpfs-size=1m,tmpfs-size=2m", "!'tmpfs-size' is given twice" },
	{ "type=bind,src=/,dst=/h,readonly=maybe", "!neither true nor false" },
	{ "type=bind,src=/,dst=/h,readonly=", "!neither true nor false" },
	{ "type=bind,src=/,dst=/h,tmpfs-size=1m", "!does not go with" },
	{ "type=volume,dst=/h,bind-propagation=shared", "!does not go with" },
	{ "type=tmpfs,dst=/h,volume-opt=a=b", "!does not go with" },
	{ "type=bind,src=/a,dst=/h,bind-propagation=sideways", "!'sideways'" },
	{ "type=bind,src=/a,dst=/h,consistency=none", "!'none'" },
	{ "type=bind,src=/a,dst=/h,bind-create-src", "!not a key" },
	{ "type=bind,src=/a,dst=/h,bind-create-src=true", "!not a key" },
	{ "type=bind,src=/a,dst=/h,sorce=/", "!did you mean 'source'" },
	{ "type=bind,src=/a,dst=/h,", "!'' is not a key" },
	{ "type=bind,,src=/a,dst=/h", "!'' is not a key" },
	{ "type=bind,src=/a,dst=/h,=x", "!'' is not a key" },
	{ " type=bind,src=/,dst=/h ", "!' type' is not a key" },
	{ "type=bind,src=/,dst=/h ", "!begins or ends with a blank" },
	{ "type=bind,src= /,dst=/h", "!begins or ends with a blank" },
	{ "type=bind,src,dst=/h", "!'src' needs a value" },
	{ "type=bind,src=/a,dst=/b,type", "!'type' needs a value" },
	{ "type=bind,\"src=/a,dst=/b", "!quotes" },
	{ "type=bind,src=\"/a\",dst=/b", "!quotes" },
	{ "type=bind,\"src=/a\"x,dst=/b", "!quotes" },
	{ "type=bind,\"src=/a\" ,dst=/b", "!quotes" },
	{ "\"", "!quotes" },
	{ "type=bind,src=/a,dst=/b\nro", "!line break" },
	{ "type=bind,src=/a,dst=/b\r\n", "!line break" },
	{ "type=tmpfs,dst=/t,tmpfs-size=0", "!no limit" },
	{ "type=tmpfs,dst=/t,tmpfs-size=-1", "!not a size" },
	{ "type=tmpfs,dst=/t,tmpfs-size=50%", "!not a size" },
	{ "type=tmpfs,dst=/t,tmpfs-size=9223372036854775808", "!not a size" },
	{ "type=tmpfs,dst=/t,tmpfs-mode=888", "!not an octal mode" },
	{ "type=tmpfs,dst=/t,tmpfs-mode=", "!not an octal mode" },
	{ "type=tmpfs,dst=/t,tmpfs-mode=10000", "!not an octal mode" },
	{ "type=bind,src=/a,dst=/b,\xe2\x84\xaa=1", "!not a key" },
};

static struct mount_row tmpfs_rows[] = {
	{ "/t", "tmpfs - /t" },
	{ "/t:size=64m", "tmpfs - /t size=67108864" },
	{ "/run:rw,noexec,nosuid,size=65536k", "tmpfs - /run rw size=67108864" },
	{ "/t:ro,nodev", "tmpfs - /t ro" },
	{ "/t:exec,suid,dev", "tmpfs - /t exec suid dev" },
	{ "/t:mode=1777,uid=0,gid=2147483647", "tmpfs - /t mode=1777 uid=0 gid=2147483647" },
	{ "/t:mode=04755", "tmpfs - /t mode=4755" },
	{ "/t:nr_inodes=10,mpol=bind:0,noatime", "tmpfs - /t +nr_inodes=10 +mpol=bind:0 +noatime" },
	{ "/t:remount,bind", "tmpfs - /t +remount +bind" },
	{ "", "!names no target" },
	{ ":size=1m", "!names no target" },
	{ "t", "!not an absolute path" },
	{ "../../x", "!not an absolute path" },
	{ "/t:", "!'' is not an option" },
	{ "/t:size=1m,", "!'' is not an option" },
	{ "/t:noexec,nosuid,nodev,mode=4755,uid=0,size=1m,exec", "!'exec' repeats or contradicts" },
	{ "/t:exec,noexec", "!contradicts" },
	{ "/t:noexec,noexec", "!repeats" },
	{ "/t:suid,nosuid", "!contradicts" },
	{ "/t:dev,nodev", "!contradicts" },
	{ "/t:ro,rw", "!contradicts" },
	{ "/t:size=1m,size=64g", "!contradicts" },
	{ "/t:mode=700,mode=777", "!contradicts" },
	{ "/t:size=0", "!'size=0' has no value" },
	{ "/t:size=", "!has no value" },
	{ "/t:size=50%", "!has no value" },
	{ "/t:size=-1", "!has no value" },
	{ "/t:size=1e9", "!has no value" },
	{ "/t:size", "!is not an option" },
	{ "/t:exec=1", "!is not an option" },
	{ "/t:EXEC", "!is not an option" },
	{ "/t: exec", "!is not an option" },
	{ "/t:mode=9", "!has no value" },
	{ "/t:mode=0x1ff", "!has no value" },
	{ "/t:mode=17777", "!has no value" },
	{ "/t:uid=root", "!has no value" },
	{ "/t:uid=-1", "!has no value" },
	{ "/t:uid=2147483648", "!has no value" },
	{ "/t:gid=00", "!has no value" },
	{ "/t:context=x", "!is not an option" },
	{ "/t:tmpcopyup", "!is not an option" },
	{ "/t:U", "!is not an option" },
};

static void test_volume(void **state)
{
	check(*state, request_parse_volume);
}

static void test_mount(void **state)
{
	check(*state, request_parse_mount);
}

static void test_tmpfs(void **state)
{
	check(*state, request_parse_tmpfs);
}

static void test_volume_names_have_a_length(void **state)
{
	struct arena *arena = arena_new();
	struct mount_request mount;
	const char *reason;
	char text[300];

	(void)state;
	memset(text, 'v', sizeof(text));
	memcpy(text + 255, ":/x", sizeof(":/x"));
	assert_true(request_parse_volume(arena, text, &mount, &reason));
	memset(text, 'v', sizeof(text));
	memcpy(text + 256, ":/x", sizeof(":/x"));
	assert_false(request_parse_volume(arena, text, &mount, &reason));
	arena_free(arena);
}

static void add_rows(struct row_tests *rows, struct mount_row *table, size_t count, const char *flag,
CMUnitTestFunction function)
{
	for (size_t i = 0; i < count; i++) {
		char name[400];

		snprintf(name, sizeof(name), "%s %s", flag, table[i].text);
		rows_add(rows, name, function, &table[i]);
	}
}

int main(void)
{
	static struct row_tests rows;

	add_rows(&rows, volume_rows, ARRAY_COUNT(volume_rows), "-v", test_volume);
	add_rows(&rows, mount_rows, ARRAY_COUNT(mount_rows), "--mount", test_mount);
	add_rows(&rows, tmpfs_rows, ARRAY_COUNT(tmpfs_rows), "--tmpfs", test_tmpfs);
	ROWS_TEST(&rows, test_volume_names_have_a_length);
	return rows_run("mount", &rows);
}
