"""A proxy, the endpoints behind it and the load before it: started, broken and watched."""

import json
import os
import re
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "peers"))
sys.path.insert(0, str(HERE.parent))

import peers
from measure import Lab, Process
from series import Series
from subject import NotMeasured, wait_until

BASE = 26000
ENDPOINT_BASE = BASE + 100
LEAD_SECONDS = 1.0  # from starting the load generator until its first request is due
GRACE_SECONDS = 20
READY_SECONDS = 60
BIN_MS = 250
COMMAND_SECONDS = 2
STOP_SECONDS = 5
COMMAND_END = " up -f {conf}"  # after what stands before it


@dataclass(frozen=True)
class Subject:
    """A proxy under test: its command, and how its configuration files are called."""

    name: str
    command: str
    template: str  # {scenario} is filled in
    warm_up_s: int
    place: int

    def conf(self, scenario: str) -> Path:
        return HERE / self.template.format(scenario=scenario)

    @property
    def port(self) -> int:
        return BASE + 1 + self.place

    @property
    def admin(self) -> int:
        return BASE + 51 + self.place


HAPROXY = Subject("haproxy", "haproxy -db -f {conf}", "conf/haproxy-{scenario}.cfg", 1, 1)
NGINX = Subject("nginx", "nginx -c {conf}", "conf/nginx-{scenario}.conf", 1, 2)


def parley(command: str, warm_up_s: int, name: str = "parley", place: int = 0) -> Subject:
    return Subject(name, command + COMMAND_END, "{scenario}.yaml", warm_up_s, place)


@dataclass
class ShieldedLab(Lab):
    """A lab whose processes have a niceness of their own, each as a whole (sched(7), autogroup): it starts each in its own session."""

    nice: int = 0

    def start(self, name: str, command: str | list[str], cpu: int, environment: dict[str, str] | None = None) -> Process:
        process = super().start(name, command, cpu, environment)
        if self.nice:
            os.setpriority(os.PRIO_PGRP, process.popen.pid, self.nice)
            Path(f"/proc/{process.popen.pid}/autogroup").write_text(str(self.nice))
        return process


class Endpoint:
    """A server of endpoint.c, or another that is told the port in the same way, that can be ended, started again and told to misbehave."""

    def __init__(self, lab: Lab, number: int, service_us: int = 0, workers: int = 0, command: list[str] | None = None):
        self.lab, self.number, self.port = lab, number, ENDPOINT_BASE + number
        self.command = [*(command or [str(peers.CACHE / "bin/endpoint")]), str(self.port)]
        self.command += [] if command else ["-u", str(service_us), "-w", str(workers)]
        self.start()

    def start(self) -> None:
        self.process = self.lab.start(f"endpoint-{self.number}", self.command, self.lab.LOAD_CPU)
        self.lab.backends.append(self.process)
        wait_until(lambda: ("tcp", self.port) in peers.listening_ports(), 10, self.process)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.reap()

    def restart(self) -> None:
        """As an orchestrator does it: SIGTERM, the end awaited, and a new one."""
        self.signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while not self.process.ended() and time.monotonic() < deadline:
            time.sleep(0.01)
        self.reap()
        self.start()

    def signal(self, number: int) -> None:
        os.kill(self.process.popen.pid, number)

    def reap(self) -> None:
        self.lab.backends.remove(self.process)
        self.lab.stop(self.process)

    def tell(self, command: str) -> dict:
        """Changes its ways; its counters."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            datagrams.settimeout(COMMAND_SECONDS)
            datagrams.sendto(command.encode(), ("127.0.0.1", self.port))
            return json.loads(datagrams.recv(1024))


@dataclass(frozen=True)
class Call:
    """A request as a proxy's log has it: when it began, and how often it was sent to an endpoint or tried to be."""

    began_s: float
    path: str
    attempts: int


@dataclass
class Run:
    """What one proxy did under one load."""

    series: Series
    calls: list[Call]  # as far as they are logged, by the clock of the series
    cpu_us: float  # of the proxy, per request
    others: float  # of one CPU, used by other processes
    notes: dict = field(default_factory=dict)

    def retried(self, begin_s: float, end_s: float) -> int:
        """Requests that were tried more than once."""
        return sum(call.attempts > 1 and begin_s <= call.began_s < end_s for call in self.calls)

    def why_failed(self) -> str:
        reasons = "".join(f"; {reason}: {count}" for reason, count in self.notes.get("reasons", {}).items())
        return self.series.window().what_failed() + reasons

    def attempts(self, path: str, begin_s: float, end_s: float) -> int:
        """Of all requests for a path; needs all of them to be logged."""
        return sum(call.attempts for call in self.calls if call.path == path and begin_s <= call.began_s < end_s)


@dataclass(frozen=True)
class Traffic:
    """Stretches of requests a second and for how many, evenly spaced; classes as openload takes them."""

    stretches: tuple[tuple[int, float], ...]
    classes: tuple[str, ...] = ("all 1 1000 GET /",)
    timeout_ms: int = 5000

    @property
    def seconds(self) -> float:
        return sum(seconds for _, seconds in self.stretches)

    def warm_up(self, seconds: float) -> "Traffic":
        """The first rate alone."""
        return replace(self, stretches=((self.stretches[0][0], seconds),))

    def command(self, port: int, start_ns: int) -> list[str]:
        rates = ",".join(f"{rate}:{seconds:g}" for rate, seconds in self.stretches)
        kinds = [word for each in self.classes for word in ("-k", each)]
        return [str(peers.CACHE / "bin/openload"), str(port), "-r", rates, "-s", str(start_ns),
                "-w", str(self.timeout_ms), "-b", str(BIN_MS), *kinds]


Fault = tuple[float, Callable[[], object]]  # seconds after the first request


class Stage:
    """One proxy in one scenario, in a lab of its own that ends everything."""

    def __init__(self, lab: Lab, subject: Subject, conf: str, words: dict[str, str] | None = None):
        self.lab, self.subject = lab, subject
        words = {"port:edge": str(subject.port), "port:admin": str(subject.admin), "threads": "1" if lab.pin else str(os.cpu_count()),
                 **{f"endpoint:{number}": str(ENDPOINT_BASE + number) for number in range(1, 10)}, **(words or {})}
        command = peers.render(subject.name, subject.command, subject.conf(conf), lab.run, words)
        self.proxy: Process = lab.start(subject.name, command, lab.PROXY_CPU)
        wait_until(self.is_ready, READY_SECONDS, self.proxy)

    def is_ready(self) -> bool:
        port = self.subject.admin if self.is_parley() else self.subject.port
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as client:
                client.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                client.settimeout(5)
                return b" 200 " in client.recv(64)
        except OSError:
            return False

    def is_parley(self) -> bool:
        return self.subject not in {HAPROXY, NGINX}

    def warm_up(self, traffic: Traffic) -> None:
        self.drive(traffic.warm_up(self.subject.warm_up_s))

    def drive(self, traffic: Traffic, faults: list[Fault] | None = None) -> Run:
        """Runs a load to its end, and each fault at its instant."""
        self.lab.wait_until_quiet()
        others, used, began = self.lab.cpu_of_others(self.proxy), self.proxy.cpu(), time.monotonic()
        start_ns = time.monotonic_ns() + int(LEAD_SECONDS * 1e9)
        started_s = time.time() + LEAD_SECONDS
        tool = self.lab.start("load", traffic.command(self.subject.port, start_ns), self.lab.LOAD_CPU)
        for at_s, act in sorted(faults or [], key=lambda fault: fault[0]):
            time.sleep(max(0.0, (start_ns - time.monotonic_ns()) / 1e9 + at_s))
            act()
        deadline = start_ns / 1e9 + traffic.seconds + GRACE_SECONDS
        while not tool.ended() and time.monotonic() < deadline:
            time.sleep(0.02)
        in_time = tool.ended()
        self.lab.stop(tool)
        if self.proxy.ended():
            raise NotMeasured(f"{self.subject.name} ended and had printed: {self.proxy.last_words()}")
        if not in_time:
            raise NotMeasured(f"the load generator did not end within {GRACE_SECONDS} s of its last request")
        series = Series(json.loads(tool.log.read_text()))
        share = (self.lab.cpu_of_others(self.proxy) - others) / ((time.monotonic() - began) * 1e6)
        cpu_us = (self.proxy.cpu() - used).total_us / max(1, series.window().due)
        calls = self.calls_since(started_s)
        return Run(series, calls, cpu_us, max(0.0, share), {"reasons": self.reasons_since(started_s)})

    def calls_since(self, started_s: float) -> list[Call]:
        return [Call(call.began_s - started_s, call.path, call.attempts) for call in self.calls() if call.began_s >= started_s]

    def calls(self) -> Iterator[Call]:
        """What the proxy's own log tells, by the wall clock; of the peers those alone that were tried again, unless they log all."""
        if self.subject == HAPROXY:
            for began, path, server, retries in re.findall(r"^call (\S+) (\S+) (\S+) \+?(\d+)$", self.proxy.log.read_text(), re.MULTILINE):
                yield Call(float(began), path, 0 if server == "<NOSRV>" else 1 + int(retries))
        elif self.subject == NGINX:
            for ended, took, path, addresses in re.findall(r"^call (\S+) (\S+) (\S+) (.*)$", (self.lab.run / "nginx-calls.log").read_text(), re.MULTILINE):
                yield Call(float(ended) - float(took), path, addresses.count(":"))
        else:
            time.sleep(0.2)  # its log is written within 100 ms
            log = (self.lab.run / "parley-access.log").read_text()
            for began, path, attempts in re.findall(r'^\{"time":"([^"]+)".*?"target":"([^"]*)".*"attempts":(\d+)', log, re.MULTILINE):
                yield Call(datetime.fromisoformat(began).timestamp(), path, int(attempts))

    def reasons_since(self, started_s: float) -> dict[str, int]:
        """Of Parley: why requests that began since then were not answered with 2xx, as its log says it, and how often."""
        if not self.is_parley():
            return {}
        found = re.findall(r'^\{"time":"([^"]+)".*"outcome":"([^"]*)"(?:.*"reason":"([^"]*)")?.*"status":[345]', (self.lab.run / "parley-access.log").read_text(), re.MULTILINE)
        return dict(Counter(f"{outcome} {reason}".strip() for began, outcome, reason in found if datetime.fromisoformat(began).timestamp() >= started_s))

    def metric(self, name: str) -> float:
        """Of Parley: the sum over all labels, 0 where there is none."""
        with socket.create_connection(("127.0.0.1", self.subject.admin), timeout=5) as client:
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            text = b"".join(iter(lambda: client.recv(65536), b"")).decode()
        return sum(map(float, re.findall(rf"^{name}(?:\{{.*\}})? (\S+)$", text, re.MULTILINE)))
