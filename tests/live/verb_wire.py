#!/usr/bin/env python3
"""Lines of exec, as a real client would send them and as hardrun does, against a recording socket. Prints TAP.

Whatever hardrun lets through must reach the daemon as the caller's own words would have, but for the user, who is told with his
group; and what is let through must keep within the policy. Arguments: how many lines, and the seed.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

LIVE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, LIVE)
sys.dont_write_bytecode = True
import recorder  # noqa: E402

CLIENTS = (("/usr/local/bin/docker", "1.50"), ("/usr/bin/docker", "1.41"))
HARDRUN = os.path.abspath(os.environ.get("HARDRUN", os.path.join(LIVE, "../../build/hardrun")))
ID = "0123456789abcdef" * 4
CONTAINER = {
    "Id": ID, "Name": "/web", "Image": "sha256:" + "a" * 64, "State": {"Running": True, "Status": "running"},
    "Config": {"Image": "docker.io/library/alpine:latest", "Tty": False,
               "Labels": {"io.hardrun.caller": "0", "io.hardrun.policy": "default"}},
}
POLICY = """version: 1
images: ["*"]
engine: {backend: docker, host: "unix://%s", client: %s}
defaults: {user: "1000:1000"}
allow: {user: ["1000-1999:1000-1999", "node=1500:1500"], environment: ["APP_*", PASSED], env_file: ["%s/**"]}
"""
# Fragments of lines; what is meant to be let through stands first.
FRAGMENTS = [
    "-t", "-d", "-u 1000", "-u1234", "-u=1001:1002", "--user 1999", "--user=node", "-w /srv", "-w/tmp", "-w=/srv/", "--workdir=/a/b",
    "-e APP_A=1", "-eAPP_B=2", "-e=APP_C=3", "-e APP_A=4", "--env APP_D==", "--env=APP_E=a,b", "-e PASSED", "-e APP_NONE", "-dt",
    "-te APP_F=5", "-tdu 1000", "--tty=false", "--detach=t", "--interactive=0", "--privileged=false", "--detach-keys ctrl-a",
    "--env-file {variables}", "--env-file={variables}", "-e APP_G=\u00e9 x", "-u 1000 -u 1000",
    "-u 0", "-u root", "-u +1000", "-u 01000", "-u 1000:0", "-u=", "--user=", "-u 2000", "-u :1000", "--privileged", "--privileged=T",
    "-e LD_PRELOAD=x", "-e HOME", "-e APP_*", "-e =x", "-e B=1", "-w /proc/self/fd/3", "-w ..", "-w rel", "--detach-keys=x,y,,",
    "--env-file /etc/passwd", "--env-file /nonexistent", "-x", "--use 1000", "--USER=1000", "-d=true", "-t=", "-v /:/h", "--tty=maybe",
    "-test.v", "--", "-", "-H x", "--debug", "--cap-add SYS_ADMIN", "-e", "-u", "--env", "-itu0", "-ut 1000",
]
COMMANDS = [["id"], ["sh", "-c", "exit 3"], ["-u", "0"], ["--", "x"], ["x\ty"], [""], []]


class Handler(recorder.Handler):
    def answer(self):
        path = self.path.split("?")[0]
        if path.startswith("/v1."):
            path = "/" + path[1:].split("/", 1)[1]
        if path in (f"/containers/{ID}/json", "/containers/web/json"):
            self.reply(200, CONTAINER)
        elif path.endswith("/exec") and self.command == "POST":
            self.server.created.append((path.split("/")[2], json.loads(self.read_body())))
            self.reply(409, {"message": "the recorder executes nothing"})
        else:
            super().answer()

    do_GET = do_HEAD = do_POST = answer


def call(program, words, environment):
    return subprocess.run([program, *words], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=30, check=False)


def canonical(body):
    """What a process is given: variables by name, the last one winning; the group only where it was said."""
    names = {line.split("=", 1)[0]: line for line in body.get("Env") or []}
    wanted = {key: value for key, value in body.items() if value not in (None, "", False, [], 0) and key not in ("Env", "User", "ConsoleSize")}
    return {**wanted, "Env": sorted(names.values())}


def user_differs(theirs, ours):
    """ours: uid:gid. theirs: what was typed, with or without the group, or a name that the policy knows."""
    if theirs in ("", None):
        return ours not in ("", None)
    theirs = "1500:1500" if theirs == "node" else theirs
    uid, _, gid = theirs.partition(":")
    return ours.split(":")[0] != uid or (gid != "" and ours.split(":")[1] != gid)


def problems(theirs, ours):
    if not ours:
        return
    container, body = ours[0]
    if len(ours) != 1 or container != ID:
        yield f"{len(ours)} requests, the first for {container}"
    if body.get("Privileged"):
        yield "privileged"
    if body.get("User"):
        ids = body["User"].split(":")
        if len(ids) != 2 or not all(word.isdigit() and 1000 <= int(word) <= 1999 for word in ids):
            yield f"the user {body['User']}"
    for variable in body.get("Env") or []:
        if not variable.startswith(("APP_", "PASSED=")):
            yield f"the variable {variable}"
    place = body.get("WorkingDir") or "/"
    if place.startswith("/proc") or not place.startswith("/"):
        yield f"the directory {place}"
    if not theirs:
        yield "the client itself refuses it"
    elif canonical(theirs[0][1]) != canonical(body) or user_differs(theirs[0][1].get("User"), body.get("User")):
        yield f"the client sends {theirs[0][1]}, hardrun {body}"


def make_line(chance, variables):
    words = []
    for _ in range(chance.choice((0, 1, 1, 2, 2, 3, 4))):
        fragment = chance.choice(FRAGMENTS[:31] if chance.random() < 0.7 else FRAGMENTS)
        words += fragment.format(variables=variables).split(" ", 1)
    return [*words, "web", *chance.choice(COMMANDS)]


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 150
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    directory = tempfile.mkdtemp()
    os.chmod(directory, 0o755)
    variables, policy, socket = (os.path.join(directory, name) for name in ("variables", "policy.yaml", "docker.sock"))
    with open(variables, "w", encoding="utf-8") as file:
        file.write("# a comment\nAPP_FILE=1\nAPP_A=file\n\nAPP_Q=\" x \"\n")
    number = failures = 0
    for client, api in CLIENTS:
        if not os.path.exists(client):
            print(f"# {client} is not installed")
            continue
        with open(policy, "w", encoding="utf-8") as file:
            file.write(POLICY % (socket, client, directory))
        os.chmod(policy, 0o644)
        server = recorder.Recorder(socket, api)
        server.RequestHandlerClass = Handler
        environment = {"HOME": directory, "PATH": "/usr/bin:/bin", "PASSED": "on", "XDG_RUNTIME_DIR": directory}
        chance = random.Random(seed)
        passed = 0
        for _ in range(count):
            line = make_line(chance, variables)
            call(client, ["--config", directory, "-H", f"unix://{socket}", "exec", *line], environment)
            theirs = server.take()[0]
            call(HARDRUN, ["docker", "--policy", policy, "exec", *line], environment)
            ours = server.take()[0]
            passed += bool(ours)
            found = list(problems(theirs, ours))
            number += 1
            failures += bool(found)
            print(f"{'not ok' if found else 'ok'} {number} - {client} exec {line!r}"[:200], flush=True)
            for problem in found:
                print(f"#   {problem}")
        server.close()
        number += 1
        failures += passed < count // 4
        print(f"{'ok' if passed >= count // 4 else 'not ok'} {number} - {client}: {passed} of {count} lines are let through")
    print(f"1..{number}")
    return 1 if failures or not number else 0


if __name__ == "__main__":
    sys.exit(main())
