"""A socket that both docker clients take for a daemon. It runs nothing; it keeps what it was asked to create."""
import http.server
import json
import os
import socketserver
import threading
import urllib.parse

CONTAINER = "c0ffee" + "0" * 58
NETWORK = {
    "Name": "hardrun-isolated", "Id": "d" * 64, "Scope": "local", "Driver": "bridge", "EnableIPv6": False, "Internal": False,
    "Attachable": False, "Ingress": False, "ConfigOnly": False, "IPAM": {"Driver": "default", "Config": []}, "Containers": {},
    "Options": {"com.docker.network.bridge.enable_icc": "false"}, "Labels": {"io.hardrun.network": "isolated"},
}
INFO = {
    "MemoryLimit": True, "SwapLimit": True, "CpuCfsQuota": True, "CpuCfsPeriod": True, "PidsLimit": True, "OSType": "linux",
    "SecurityOptions": ["name=seccomp,profile=default"], "Architecture": "x86_64", "ServerVersion": "28.2.2", "Swarm": {},
}
IMAGE = {
    "Id": "sha256:" + "a" * 64, "Architecture": "amd64", "Os": "linux", "RepoTags": [], "RepoDigests": [], "Size": 1,
    "Config": {"User": "", "Env": ["PATH=/bin"], "Cmd": ["sh"], "WorkingDir": "/", "Volumes": None},
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        self.client_address = ("socket", 0)
        super().setup()

    def log_message(self, *_):
        pass

    def reply(self, status, document=None, text=None):
        body = (text if text is not None else json.dumps(document) if document is not None else "").encode()
        self.send_response(status)
        self.send_header("Api-Version", self.server.api)
        self.send_header("Docker-Experimental", "false")
        self.send_header("OSType", "linux")
        self.send_header("Server", "Docker/28.2.2 (linux)")
        self.send_header("Content-Type", "text/plain" if text is not None else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def read_body(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def hijack(self):
        """attach: the stream stays open until the container has been started, and then ends."""
        self.connection.sendall(b"HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n"
                                b"Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
        self.server.started.wait(10)
        self.close_connection = True

    def wait(self):
        """The head at once, as the client expects before it starts the container; the status when it has been started."""
        body = b'{"StatusCode":0}\n'
        self.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body))
        self.server.started.wait(10)
        self.connection.sendall(body)

    def answer(self):
        url = urllib.parse.urlsplit(self.path)
        path = url.path
        if path.startswith("/v1."):
            path = "/" + path[1:].split("/", 1)[1]
        body = self.read_body()
        self.server.asked.append((self.command, path))
        if path == "/_ping":
            self.reply(200, text="OK")
        elif path == "/info":
            self.reply(200, INFO)
        elif path == "/version":
            self.reply(200, {"Version": "28.2.2", "ApiVersion": self.server.api, "MinAPIVersion": "1.24", "Os": "linux", "Arch": "amd64"})
        elif path.startswith("/images/") and path.endswith("/json"):
            self.reply(200, IMAGE)
        elif path == "/images/create":
            self.reply(200, text="")
        elif path == "/networks/hardrun-isolated":
            self.reply(200, NETWORK)
        elif path == "/containers/create":
            self.server.started.clear()
            self.server.created.append((urllib.parse.parse_qs(url.query), json.loads(body)))
            self.reply(201, {"Id": CONTAINER, "Warnings": []})
        elif path.endswith("/attach"):
            self.hijack()
        elif path.endswith("/wait"):
            self.wait()
        elif path.endswith("/start"):
            self.reply(204)
            self.server.started.set()
        elif path == f"/containers/{CONTAINER}/json":
            self.reply(200, {"Id": CONTAINER, "Config": {"Tty": False}, "State": {"Running": False, "ExitCode": 0}})
        elif path.startswith("/containers/"):
            self.reply(200)
        else:
            self.reply(404, {"message": "the recorder does not know " + path})

    do_GET = do_HEAD = do_POST = do_DELETE = answer


class Recorder(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, path, api):
        self.api = api
        self.created, self.asked = [], []
        self.started = threading.Event()
        if os.path.exists(path):
            os.unlink(path)
        super().__init__(path, Handler)
        os.chmod(path, 0o666)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def handle_error(self, *_):
        pass

    def take(self):
        """What has been created since the last time, and everything that was asked."""
        created, asked = self.created, self.asked
        self.created, self.asked = [], []
        return created, asked

    def close(self):
        self.shutdown()
        self.server_close()
