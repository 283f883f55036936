#!/bin/sh
# hardrun why run, why and the hint: which layer stopped a container, by which rule, and a remedy that works; hostile programs,
# a listener that dies, and records that are none.
live=$(cd "$(dirname "$0")" && pwd) || exit 1
# shellcheck source=tests/live/lib.sh
. "$live/lib.sh"
enter_private_place "$@"

tree=$work/rootfs
make_tree "$tree"
"${CC:-gcc}" -static -O1 -pthread -o "$tree/bin/needing" "$live/needing.c" > "$work/cc.log" 2>&1 || give_up "the program is built" "$work/cc.log"
"${CC:-gcc}" -O1 -x c -o "$tree/bin/dynamic" - > "$work/cc.log" 2>&1 <<- 'C' || give_up "another is built" "$work/cc.log"
	int main(void) { return 0; }
C
printf 'int main(void){return 0;}' | "${CC:-gcc}" -static -O1 -s -x c -o "$tree/bin/small" - > "$work/cc.log" 2>&1 || give_up "a small one is built" "$work/cc.log"
cp "$tree/bin/needing" "$tree/bin/setuid"
chmod 4755 "$tree/bin/setuid"
printf '#!/opt/nosuch -x\n' > "$tree/bin/script"
chmod 0755 "$tree/bin/script"
mkdir -p "$tree/mnt" "$tree/opt" "$tree/var/spool"
ln -s data "$tree/link"
echo here > "$tree/data/here"
echo secret > "$tree/etc/secret"
chmod 0600 "$tree/etc/secret"
echo of > "$tree/data/of1000"
chown 1000:1000 "$tree/data/of1000"
chmod 0600 "$tree/data/of1000"
mkdir -p "$work/binds/nobody" "$work/binds/of1000" "$work/binds/root" "$work/binds/keys" "$work/binds/closed/in"
chown 65534:65534 "$work/binds/nobody"
chown 1000:1000 "$work/binds/of1000"
echo key > "$work/binds/keys/key"
chmod 0600 "$work/binds/keys/key"
echo f > "$work/binds/closed/in/f"
chown 1000:1000 "$work/binds/closed/in"
chmod 0700 "$work/binds/closed/in"

# ---- the scenarios ----
python3 "$live/why.py" "$HARDRUN" "$work" crun runc || give_up "the scenarios run"
read -r count failures < "$work/count"

finish
