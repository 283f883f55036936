#!/usr/bin/env python3
"""Somebody who may run `sudo hardrun` and chooses where things are mounted, so that they land elsewhere. Prints TAP.

Each of these once gave that person what only root may have: the container's /dev made of links of theirs, and with it a file of root's
or a parameter of the kernel's, or a directory of root's in a place where nobody may write. The everyday lines beside them run.
"""
import os
import subprocess
import sys
import time

LIVE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, LIVE)
sys.dont_write_bytecode = True
import shared_machine as machine  # noqa: E402  (the path was set just above)

corpus = machine.corpus
GRANTS = """
  user: ["65534:65534"]
  mem_limit: 64m
  cpus: 1
  pids_limit: 32
  networks: [none]
  restart: ["no", "on-failure"]
  rootfs: [/srv/tree]
  tmpfs: {max_size: 16m}
  volumes:
    - {source: "/srv/ro", access: ro}
    - {source: "/srv/rw", access: rw}
    - {source: "/home/*/**", access: rw, owner: caller}
    - {volume: "v-*", access: rw}
"""
IMAGES = ["docker.io/library/tool", "docker.io/library/loose"]
CEILING = f"""version: 1
images: {IMAGES}
hazards: [writable-root]
allow:{GRANTS}
  verbs: [start, restart, rm]
"""
WITH_ENGINE = CEILING + f'engine: {{backend: docker, host: "unix://{machine.ENGINE}"}}\n'
POLICY = f"""version: 1
images: ["**"]
defaults: {{user: "65534:65534", mem_limit: 32m, cpus: 1, pids_limit: 16, network_mode: none}}
allow:{GRANTS}
"""
LOOSE = f"""version: 1
images: ["docker.io/library/loose"]
hazards: [writable-root]
defaults: {{user: "65534:65534", mem_limit: 32m, cpus: 1, pids_limit: 16, network_mode: none, read_only: false}}
allow:{GRANTS}
"""
SECRET = "/srv/rw/secret"
LOOT = "id -u >&4; head -c 200 <&2 >&4; echo TAKEN >&2"


class Scene:
    def __init__(self, tap, program):
        self.tap, self.program = tap, program

    def run(self, backend, *words):
        return machine.as_user(["sudo", self.program, "--backend", backend, "run", "--rm", *words])

    def verb(self, *words):
        return machine.as_user(["sudo", self.program, "docker", *words])

    def refused(self, what, done, sentence):
        said = (done.stdout + done.stderr).decode("utf-8", "replace")
        self.tap.check(what, done.returncode == 125 and sentence in said, done.returncode, said)

    def prints(self, what, done, text):
        self.tap.check(what, done.returncode == 0 and done.stdout == text, done.returncode, done.stdout, done.stderr)

    def unharmed(self, what):
        with open(SECRET, encoding="utf-8") as file:
            text = file.read()
        loot = open("/home/user/out/loot", encoding="utf-8").read() if os.path.exists("/home/user/out/loot") else ""
        made = sorted(os.listdir("/srv/rw"))
        self.tap.check(f"{what}: nothing of root's was read, written or made", text == "ROOT-ONLY\n" and "ROOT" not in loot and
                       made == ["pub", "secret"] and os.listdir("/home/user/dev") == ["null"], text, loot, made, os.listdir("/home/user/dev"))


def make_scene():
    corpus.mount("srv", "/srv", "tmpfs", 0, "mode=0755")
    machine.make_tree("/srv/tree")
    for name in ("run", "var", "w", "a", "srv", "out", "home/app/q/dev"):
        os.makedirs(f"/srv/tree/{name}")
    os.symlink("/run", "/srv/tree/var/run")
    os.symlink("/proc/self/fd/8", "/srv/tree/x8")
    os.symlink("/data/made", "/srv/tree/srv/app")
    for name in ("home/app", "home/app/q", "home/app/q/dev"):
        os.chown(f"/srv/tree/{name}", 65534, 65534)
    os.makedirs("/srv/ro")
    os.makedirs("/srv/rw/pub")
    os.chmod("/srv/rw/pub", 0o777)
    corpus.make_file(SECRET, "ROOT-ONLY\n", 0o600, 0)
    for name in ("w", "w/sub", "dev", "out"):
        corpus.make_directory(f"/home/user/{name}")
    os.chmod("/home/user/out", 0o777)
    link("/data/secret", "/home/user/dev/null")
    link("/proc/self/fd/8", "/home/user/w/x8")


def link(to, path):
    os.symlink(to, path)
    os.lchown(path, 1000, 1000)


def image_of(backend):
    return ["tool"] if backend == "docker" else ["--rootfs", "/srv/tree"]


def links_into_mounts(scene, backend):
    """/var/run -> /run is in every Debian: what is mounted below it lies in what is mounted at /run."""
    image = image_of(backend)
    loot = ["-v", "/srv/rw:/data", "-v", "/home/user/out:/out"]
    done = scene.run(backend, "-v", "v-a:/nw", *image, "sh", "-c", "ln -sfn /dev /nw/sub && echo made")
    # docker gives a volume that the image has no owner for to root.
    if backend != "docker":
        scene.prints(f"{backend}: a container writes a link into a volume", done, b"made\n")
    for outer in ("v-a", "/home/user/w"):
        scene.refused(f"{backend}: a bind that a link of the image takes into {outer}",
                      scene.run(backend, *loot, "-v", f"{outer}:/run", "-v", "/home/user/dev:/var/run/sub", *image, "sh", "-c", f"exec 4>/out/loot; {LOOT}"),
                      "would take /var/run/sub to /run/sub, and that lies inside the mount at /run")
        scene.refused(f"{backend}: a tmpfs as well, {outer}",
                      scene.run(backend, "-v", f"{outer}:/run", "--tmpfs", "/var/run/sub:size=1m", *image, "true"), "that lies inside the mount at /run")
        scene.refused(f"{backend}: a volume as well, {outer}",
                      scene.run(backend, "-v", f"{outer}:/run", "-v", "v-b:/var/run/sub", *image, "true"), "that lies inside the mount at /run")
    scene.unharmed(backend)
    scene.prints(f"{backend}: everyday: below that link when nothing is mounted at /run",
                 scene.run(backend, "-v", "/home/user/w:/var/run/x", *image, "ls", "/run/x"), b"sub\nx8\n")
    scene.prints(f"{backend}: everyday: and with a tmpfs there",
                 scene.run(backend, "--tmpfs", "/run:size=1m,mode=755", "-v", "/home/user/w:/var/run/x", *image, "ls", "/run/x"), b"sub\nx8\n")


def working_directories(scene, backend):
    """Runtimes make the directory that is missing, as root, and follow links to it."""
    image = image_of(backend)
    scene.refused(f"{backend}: no directory is made in what is root's",
                  scene.run(backend, "-v", "/srv/rw:/data", "-w", "/data/planted/deep", *image, "pwd"), "the mount at /data has no directory planted")
    scene.refused(f"{backend}: nor by a link of the image",
                  scene.run(backend, "-v", "/srv/rw:/data", "-w", "/srv/app/deep", *image, "pwd"), "the mount at /data has no directory made")
    scene.refused(f"{backend}: nor read-only", scene.run(backend, "-v", "/srv/ro:/data:ro", "-w", "/data/x", *image, "pwd"), "has no directory x")
    scene.refused(f"{backend}: nor in the person's own", scene.run(backend, "-v", "/home/user/w:/w", "-w", "/w/new", *image, "pwd"), "has no directory new")
    scene.refused(f"{backend}: nor in a volume", scene.run(backend, "-v", "v-a:/a", "-w", "/a/x", *image, "pwd"), "inside the named volume v-a")
    scene.refused(f"{backend}: a link of the person's to a descriptor",
                  scene.run(backend, "-v", "/home/user/w:/w", "-w", "/w/x8", *image, "pwd"), "the working directory /w/x8 ")
    scene.refused(f"{backend}: a link of the image's to one", scene.run(backend, "-w", "/x8", *image, "pwd"), "the working directory /x8 ")
    scene.refused(f"{backend}: one that could become a link while root's is mounted",
                  scene.run(backend, "-v", "/home/user/w:/w", "-v", "/srv/rw:/data", "-w", "/w/sub", *image, "pwd"), "could lead root into the mount at /data")
    scene.unharmed(backend)
    for directory in ("/w", "/w/sub"):
        scene.prints(f"{backend}: everyday: {directory}", scene.run(backend, "-v", "/home/user/w:/w", "-w", directory, *image, "pwd"), directory.encode() + b"\n")
    scene.prints(f"{backend}: everyday: the place of a volume", scene.run(backend, "-v", "v-a:/a", "-w", "/a", *image, "pwd"), b"/a\n")
    scene.prints(f"{backend}: everyday: one that the image lacks", scene.run(backend, "-w", "/tmp/new", "--tmpfs", "/tmp:size=1m", *image, "pwd"), b"/tmp/new\n")


def image_directory(scene, engine):
    tree = subprocess.Popen(["tar", "-C", "/srv/tree", "-c", "."], stdout=subprocess.PIPE)
    subprocess.run(engine.command("import", "-c", "ENV PATH=/bin", "-c", "WORKDIR /srv/app/deep", "-", "docker.io/library/tool:there"),
                   stdin=tree.stdout, stdout=subprocess.DEVNULL, check=True)
    scene.refused("docker: an image's own directory", scene.run("docker", "-v", "/srv/rw:/data", "tool:there", "pwd"), "the mount at /data has no directory made")
    scene.unharmed("docker")


def started_again(scene, engine):
    """What can write its root file system moves the way to a mount, and is started again."""
    move = "if [ ! -L /home/app/q ]; then cd /home/app && mv q r && ln -s / q; exit 3; fi; exec 4>/out/loot; " + LOOT
    mounts = ["-v", "/srv/rw:/data", "-v", "/home/user/out:/out", "-v", "/home/user/dev:/home/app/q/dev"]
    scene.refused("docker: the engine is not told to start it again",
                  machine.as_user(["sudo", scene.program, "run", "-d", "--restart", "on-failure:3", "-v", "v-c:/home/app/q/dev", "loose", "sh", "-c", move]),
                  "--restart on-failure:3 does not go with a root file system that can be written")
    done = machine.as_user(["sudo", scene.program, "run", "-d", "--name", "loose", *mounts, "loose", "sh", "-c", move])
    scene.tap.check("docker: once it runs", done.returncode == 0, done)
    for _ in range(100):
        if engine.call("inspect", "-f", "{{.State.Status}}", "loose") == "exited\n":
            break
        time.sleep(0.1)
    for verb in ("start", "restart"):
        scene.refused(f"docker: {verb} is refused", scene.verb(verb, "loose"), "may have changed the way to what is mounted there")
    scene.unharmed("docker")
    done = machine.as_user(["sudo", scene.program, "run", "-d", "--name", "tight", "-v", "/home/user/w:/w", "tool", "true"])
    done = scene.verb("restart", "tight")
    scene.tap.check("docker: everyday: with a read-only root it is started again", done.returncode == 0, done)
    scene.verb("rm", "-f", "loose", "tight")


def main():
    machine.enter()
    tap = machine.Tap()
    scene = Scene(tap, machine.furnish(CEILING, {"default": POLICY, "loose": LOOSE}))
    make_scene()
    for backend in ("crun", "runc"):
        links_into_mounts(scene, backend)
        working_directories(scene, backend)
    engine = machine.Engine()
    try:
        corpus.make_file("/etc/hardrun/ceiling.yaml", WITH_ENGINE, 0o644, 0)
        for image in IMAGES:
            tree = subprocess.Popen(["tar", "-C", "/srv/tree", "-c", "."], stdout=subprocess.PIPE)
            subprocess.run(engine.command("import", "-c", "ENV PATH=/bin", "-", image + ":latest"), stdin=tree.stdout, stdout=subprocess.DEVNULL, check=True)
        links_into_mounts(scene, "docker")
        working_directories(scene, "docker")
        image_directory(scene, engine)
        started_again(scene, engine)
    finally:
        engine.stop()
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
