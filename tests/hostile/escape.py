"""Attempts to get out: over the network, through sockets, and by processes that stay."""

from tests.hostile import Case


def escapes(name: str, code: str, **options) -> Case:
    """A case that tries to get out behind the last test; its own answers are right."""
    head = "import os, socket, subprocess, sys, time\n"
    return Case(name, last=f'{head}{code}\nprint("tried", flush=True)\n', **options)


def sends(name: str, opening: str, **options) -> Case:
    """A case that sends its mark over a socket and tells what comes back."""
    return escapes(
        name,
        f"""
try:
    {opening}
    out.settimeout(1)
    out.send(b"@MARK@")
    print(out.recv(1000))
except OSError as error:
    print(type(error).__name__)
""",
        **options,
    )


STAYS = '[sys.executable, "-c", "import time; time.sleep(600)", "@MARK@"]'

CASES = [
    sends(
        "connects to a server on this machine",
        'out = socket.create_connection(("127.0.0.1", @PORT@), timeout=1)',
    ),
    sends(
        "connects to a server by IPv6",
        'out = socket.create_connection(("::ffff:127.0.0.1", @PORT@), timeout=1)',
    ),
    sends(
        "sends a datagram as if it asked for a name",
        "out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
        'out.connect(("127.0.0.1", @PORT@))',
    ),
    sends(
        "connects to a unix socket of another program",
        'out = socket.socket(socket.AF_UNIX); out.connect("@SOCKET@")',
    ),
    sends(
        "connects to an abstract unix socket",
        'out = socket.socket(socket.AF_UNIX); out.connect("\\0@SOCKET@")',
    ),
    escapes(
        "fetches a page and asks the container's host",
        """
import urllib.request

for address in ("http://127.0.0.1:@PORT@/@MARK@", "http://localhost:@PORT@/@MARK@"):
    try:
        print(urllib.request.urlopen(address, timeout=1).read())
    except Exception as error:
        print(type(error).__name__)
for path in ("/var/run/docker.sock", "/run/docker.sock", "/run/dbus/system_bus_socket"):
    print(path, os.path.exists(path))
""",
    ),
    escapes(
        "opens raw and kernel sockets",
        """
for family in (socket.AF_INET, socket.AF_PACKET, socket.AF_NETLINK):
    try:
        socket.socket(family, socket.SOCK_RAW, 1).sendto(b"@MARK@", ("127.0.0.1", @PORT@))
    except (OSError, TypeError, OverflowError) as error:
        print(type(error).__name__)
""",
    ),
    escapes(
        "leaves a process behind",
        f"subprocess.Popen({STAYS})",
    ),
    escapes(
        "leaves a process behind in a session of its own",
        f"subprocess.Popen({STAYS}, start_new_session=True)",
    ),
    escapes(
        "leaves a process behind by forking twice",
        f"""
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in range(256):
            try:
                os.close(number)
            except OSError:
                pass
        os.execv(sys.executable, {STAYS})
    os._exit(0)
os.wait()
""",
    ),
    escapes(
        "leaves a process behind that writes later",
        """
code = \"\"\"
import signal, time
for number in (1, 2, 13, 15):
    signal.signal(number, signal.SIG_IGN)
time.sleep(3)
open("@ROOT@/@MARK@", "w").write("@MARK@")
time.sleep(600)
\"\"\"
subprocess.Popen([sys.executable, "-c", code, "@MARK@"], start_new_session=True,
                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
""",
    ),
    escapes(
        "leaves a process behind that answers no signal and holds its output",
        """
code = "import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 3, 15)]; "
code += "time.sleep(600)"
subprocess.Popen([sys.executable, "-c", code, "@MARK@"])
""",
    ),
    escapes(
        "leaves threads behind",
        """
import threading

for _ in range(20):
    threading.Thread(target=time.sleep, args=(600,)).start()
""",
    ),
    escapes(
        "asks the system's clocks to run something later",
        """
job = b"* * * * * touch /tmp/@MARK@\\n"
for command in (["crontab", "-"], ["at", "now"], ["batch"], ["systemd-run", "id", "@MARK@"]):
    try:
        print(subprocess.run(command, input=job, timeout=1).returncode)
    except (OSError, subprocess.SubprocessError) as error:
        print(type(error).__name__)
""",
        dangerous=True,
    ),
    escapes(
        "replaces its process by another program",
        """
print("tried", flush=True)
code = "import time; print(1000); time.sleep(1)"
os.execv(sys.executable, [sys.executable, "-c", code, "@MARK@"])
""",
        tries=False,
    ),
    escapes(
        "gives another process its place in the conversation",
        """
if os.fork():
    os._exit(0)
""",
        tries=False,
    ),
]
