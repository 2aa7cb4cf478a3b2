"""Parley under measurement: started as the side-by-side bench starts it, before the same backend, and asked from outside.

Shared by the measurements of this folder. What they print is for people, except the lines that `Verdict` writes, which
`bench/run` gathers: `figure NAME: met|missed, MEASURED (bound BOUND)`. They exit with 0 where every figure is met, 1 where one is
missed, 2 where nothing could be measured.
"""

import sys

sys.dont_write_bytecode = True  # before the bench's own modules, so that no cache lands beside the sources

import argparse
import os
import re
import resource
import signal
import subprocess
import tempfile
import time
import traceback
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "peers"))

import peers
from measure import NOISY_SHARE, Lab, Process
from peers import Proxy
from workloads import LoadFailed

LAUNCHER = HERE.parent / "parley"
PARLEY = Proxy("parley", "", peers.PLUGGED_BASE, template=HERE / "parley.yaml", plugged_in=True)
LISTENER = "http1"
READY_SECONDS = 60
POLL_SECONDS = 0.02
UNITS = {"B": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


class NotMeasured(Exception):
    """Why there is no figure."""


@dataclass(frozen=True)
class Verdict:
    """One figure against its bound. `disturbed` says what else the machine did meanwhile; empty where it was quiet."""

    name: str
    met: bool
    measured: str
    bound: str
    disturbed: str = ""

    def __str__(self) -> str:
        aside = f"; disturbed: {self.disturbed}" if self.disturbed else ""
        return f"figure {self.name}: {'met' if self.met else 'missed'}, {self.measured} (bound {self.bound}){aside}"


class Parley:
    """A running Parley and the backend behind it, in a lab that ends both."""

    def __init__(self, lab: Lab, process: Process, listener: str = LISTENER):
        self.lab, self.process = lab, process
        self.pid = process.popen.pid
        self.port = self.port_of(listener)
        self.admin = f"http://127.0.0.1:{PARLEY.port('admin', 'admin')}"

    def port_of(self, listener: str) -> int:
        return PARLEY.port(listener, listener)

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.admin}/readyz", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def metric(self, name: str, service: str = "") -> float:
        """A metric that has no labels, or the sum of one over the endpoints of a service."""
        with urllib.request.urlopen(f"{self.admin}/metrics", timeout=10) as answer:
            labels = rf'\{{[^}}]*service="{service}"[^}}]*\}}' if service else ""
            found = re.findall(rf"^{name}{labels} (\S+)$", answer.read().decode(), re.MULTILINE)
        if not found:
            raise NotMeasured(f"Parley has no metric {name}{f' of the service {service}' if service else ''}.")
        return sum(map(float, found))

    def jcmd(self, *command: str) -> str:
        tool = Path(os.readlink(f"/proc/{self.pid}/exe")).parent / "jcmd"
        ran = subprocess.run([tool, str(self.pid), *command], capture_output=True, text=True, check=False)
        if ran.returncode:
            raise NotMeasured(f"jcmd {' '.join(command)}: {(ran.stdout + ran.stderr).strip()}")
        return ran.stdout

    def live_heap_bytes(self) -> int:
        """What is reachable: the histogram's total, which the JVM counts after a full collection."""
        return int(re.search(r"^Total\s+\d+\s+(\d+)$", self.jcmd("GC.class_histogram"), re.MULTILINE).group(1))

    def direct_bytes(self) -> int:
        return int(self.metric("parley_direct_memory_bytes"))

    def allocated_bytes(self) -> int:
        """What the event loops' threads have allocated in their lives, as the JVM counts it for each thread."""
        threads = re.findall(r'^"parley-loop-.*?allocated=(\d+)([BKMG])', self.jcmd("Thread.print", "-e"), re.MULTILINE)
        if not threads:
            raise NotMeasured("no thread is called parley-loop-*")
        return sum(int(number) * UNITS[unit] for number, unit in threads)

    def rss_mib(self) -> float:
        return self.process.rss_mib()


@contextmanager
def running(command: list[str], pin: bool = True, listener: str = LISTENER) -> Iterator[Parley]:
    """Parley on CPU 0, the backend and the load on CPU 1, unless `pin` is false. Parley is ready on entering; its `port` is the listener's."""
    with lab_of_its_own(pin) as lab:
        start_backend(lab, listener)
        yield start_parley(lab, command, listener)


@contextmanager
def lab_of_its_own(pin: bool) -> Iterator[Lab]:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    folder = Path(tempfile.mkdtemp(prefix="parley-bench-"))
    folder.chmod(0o755)
    with Lab(folder, pin, quiet_budget_s=30) as lab:
        yield lab


def start_backend(lab: Lab, listener: str = LISTENER) -> None:
    """What stands behind a listener of the bench's configuration."""
    if not (lab.run / "www").exists():
        peers.make_backend_files(lab.run)
    port = peers.backend_port(listener)
    command = peers.render(f"backend-{listener}", peers.BACKEND_COMMANDS[listener], peers.BACKEND_TEMPLATES.get(listener), lab.run, {})
    lab.backends.append(lab.start(f"backend-{listener}", command, lab.LOAD_CPU))
    wait_until(lambda: peers.port_of(listener, port) in peers.listening_ports(), 10, lab.backends[-1])


def start_parley(lab: Lab, command: list[str], listener: str = LISTENER) -> Parley:
    """Starts Parley on the bench's own configuration and waits until it says that it is ready."""
    words = PARLEY.placeholders()
    filled = peers.render("parley", "{conf}", PARLEY.template, lab.run, words)
    parley = Parley(lab, lab.start("parley", [*command, "up", "-f", filled], lab.PROXY_CPU), listener)
    wait_until(parley.is_ready, READY_SECONDS, parley.process)
    return parley


def wait_until(condition: Callable[[], bool], seconds: float, process: Process) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if process.ended() or time.monotonic() > deadline:
            raise NotMeasured(f"{process.name} is not ready after {seconds:g} s. It printed:\n{process.last_words()}")
        time.sleep(POLL_SECONDS)


class Quiet:
    """Waits for a quiet machine, then watches how much of it others use until `disturbance` is asked for."""

    def __init__(self, lab: Lab, parley: Process | None = None):
        lab.wait_until_quiet()
        self.lab, self.started = lab, time.monotonic()
        self.others_us = lab.cpu_of_others(parley)

    def disturbance(self, parley: Process) -> str:
        used_us = self.lab.cpu_of_others(parley) - self.others_us
        share = used_us / ((time.monotonic() - self.started) * 1e6)
        return f"other processes used {share:.0%} of a CPU" if share > NOISY_SHARE else ""


def arguments(doc: str, add: Callable[[argparse.ArgumentParser], None]) -> argparse.Namespace:
    """The options of a measurement; what follows them is the command that stands before `up -f FILE`."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    add(parser)
    parser.add_argument("command", nargs="*", default=[str(LAUNCHER)], help="what stands before `up -f FILE` (default: ./parley)")
    return parser.parse_args()


def measure_and_exit(measurement: Callable[[], list[Verdict]]) -> None:
    """Runs a measurement to its verdicts, prints them and exits accordingly."""
    os.environ["PATH"] += os.pathsep + "/usr/sbin"
    _, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))
    try:
        verdicts = measurement()
    except (NotMeasured, LoadFailed, peers.SetupError) as why:
        print(f"not measured: {why}")
        sys.exit(2)
    except Exception as bug:  # else its exit status would say that a figure is missed
        traceback.print_exc()
        print(f"not measured: {bug!r}")
        sys.exit(2)
    for verdict in verdicts:
        print(verdict)
    sys.exit(not all(verdict.met for verdict in verdicts))
