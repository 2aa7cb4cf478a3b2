"""docs/benchmarks.md: what was measured, put into words and tables. It measures nothing itself."""

import os
import platform
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

# Bounds on ratios to the peers, as peers/bench takes them, and what they say.
CHECKS = {
    "http1.cpu<=0.95": ("HTTP/1.1: CPU a request, of the better of nginx and HAProxy", "0.95"),
    "http1.rate_p99<=1.0": ("HTTP/1.1: p99 at a fixed moderate rate, of the better one's", "1.0"),
    "tcp-bulk.cpu/haproxy<=0.5": ("TCP: CPU a byte, of HAProxy's", "0.5"),
    "tcp-bulk.rps/haproxy>=1.8": ("TCP: bytes a second, of HAProxy's", "at least 1.8"),
    "tcp-pingpong.cpu/haproxy<=1.0": ("TCP ping-pong: CPU a round trip, of HAProxy's", "1.0"),
    "tcp-pingpong.cpu/nginx<=1.0": ("TCP ping-pong: CPU a round trip, of nginx's", "1.0"),
    "tcp-pingpong.rate_p99/haproxy<=1.0": ("TCP ping-pong: p99 at a fixed moderate rate, of HAProxy's", "1.0"),
    "https.cpu/nginx<=1.0": ("TLS 1.3 to HTTP/1.1: CPU a request, of nginx's", "1.0"),
    "handshakes.rps/nginx>=1.0": ("Full TLS 1.3 handshakes a second, of nginx's", "at least 1.0"),
    "handshakes.cpu/nginx<=1.0": ("Full TLS 1.3 handshakes: CPU each, of nginx's", "1.0"),
    "mtls.cpu/nginx<=1.0": ("Mutual TLS on both sides: CPU a request, of nginx's", "1.0"),
    "h2c.cpu/haproxy+nginx<=0.5": ("HTTP/2 on both sides: CPU a request, of the better of HAProxy and nginx", "0.5"),
    "h2c.cpu/nghttpx<=1.2": ("HTTP/2 on both sides: CPU a request, of nghttpx's", "1.2"),
    "h2-tls.cpu/haproxy+nginx<=0.5": ("HTTP/2 over TLS to HTTP/1.1: CPU a request, of the better of HAProxy and nginx", "0.5"),
    "h2-tls.cpu/nghttpx<=1.2": ("HTTP/2 over TLS to HTTP/1.1: CPU a request, of nghttpx's", "1.2"),
    "udp.cpu/nginx<=0.75": ("UDP: CPU a datagram there and back, of nginx's", "0.75"),
}
RSS_BOUND_MIB = 160
# What the project's own measurements print as `figure NAME: ...`, in words.
FIGURES = {
    "allocation": "Allocation on the event loops",
    "rss": "Resident memory over a million requests",
    "flat": "Memory flat over a million requests",
    "idle-connection": "Heap and direct memory of an idle keep-alive connection",
    "idle-http2": "Resident memory of an idle HTTP/2 connection with one open stream",
    "tunnel": "WebSocket tunnel ping-pong: CPU a round trip, of plain TCP's through Parley",
    "startup": "From process start to the first answer",
    "warm": "Slowest answer in ten seconds after ready, at 5 000/s",
    "changes": "1 000 configuration changes under load: failed requests",
    "route-match": "Cost of matching at 10 000 routes, of that at 10",
    "faults": "While things break, beside HAProxy and nginx",
    "kill-failed": "kill -9 of one of three endpoints at 5 000/s: failed requests",
    "kill-retried": "kill -9 of one of three: retried in that second",
    "kill-back": "kill -9 of one of three: until p99 is as before",
    "stop-failed": "SIGSTOP of one of three endpoints at 5 000/s: failed requests",
    "stop-retried": "SIGSTOP of one of three: retried in that second",
    "stop-back": "SIGSTOP of one of three: until p99 is as before",
    "reset-failed": "One of three endpoints resets each connection, at 5 000/s: failed requests",
    "reset-retried": "One of three resets each connection: retried in that second",
    "reset-back": "One of three resets each connection: until p99 is as before",
    "rolling-failed": "Rolling restart of three endpoints at 2 000/s: failed requests",
    "slow-p99": "One of three endpoints 100 times slower, after 5 s: p99",
    "slow-p99-haproxy": "One of three 100 times slower: p99 beside HAProxy's",
    "slow-p99-nginx": "One of three 100 times slower: p99 beside nginx's",
    "overload-goodput": "Load of three times the capacity: answered within the budget",
    "overload-critical": "Load of three times the capacity: critical requests",
    "chain-killed": "A dead dependency behind a chain, killed: amplification",
    "chain-hanging": "A dead dependency behind a chain, hanging: amplification",
    "chain-503": "A dead dependency behind a chain, answering 503: amplification",
    "cost": "Failover, breakers, budgets and limits: CPU a request over HTTP/1.1, of the revision's before",
}
# Bounds of the programs that tell their verdict by their exit status alone.
BOUNDS = {"startup": "500 ms", "warm": "50 ms", "changes": "0"}


@dataclass(frozen=True)
class Measured:
    """A program that was run: its output, and 0 for met, 1 for missed, anything else for not measured."""

    name: str
    command: str
    output: str
    status: int


@dataclass(frozen=True)
class Section:
    """A part of the page; `results` are those of peers/bench, none where it could not measure; `tables` what a program wrote as such."""

    measured: Measured
    beside_peers: bool = False
    results: dict | None = None
    tables: str = ""


@dataclass(frozen=True)
class Row:
    """A figure's line in the table of verdicts."""

    what: str
    bound: str
    measured: str
    met: bool
    known: bool = True
    disturbed: str = ""
    step: str = ""  # what `bench/run --only` calls it

    def outcome(self) -> str:
        return "not measured" if not self.known else "met" if self.met else "missed"

    def line(self) -> str:
        return f"{self.outcome():12} {self.what}: {self.measured}" + (f" (bound {self.bound})" if self.bound else "")

    def cells(self) -> str:
        outcome = self.outcome() if self.met else f"**{self.outcome()}**"
        return " | ".join(["", self.what, self.bound, self.measured, outcome, self.disturbed, f"`{self.step}`", ""]).strip()


def verdicts(sections: list[Section]) -> list[Row]:
    return [replace(row, step=section.measured.name) for section in sections for row in rows_of(section)]


def rows_of(section: Section) -> Iterator[Row]:
    if section.results:
        yield from rows_beside_peers(section)
    elif section.beside_peers:
        yield Row(f"Comparison with the peers ({section.measured.name})", "", last_line(section.measured.output), False, known=False)
    else:
        yield from rows_of_own(section.measured)


def rows_beside_peers(section: Section) -> Iterator[Row]:
    pattern = r"^check (\S+): (met|missed)( \(.*\))?, (?:\S+ / (\S+), )?.*?(\[.*\])?: (\S+)$"
    for expression, outcome, caveat, peer, spread, figure in re.findall(pattern, section.measured.output, re.MULTILINE):
        what, bound = CHECKS[expression]
        measured = f"{figure} {spread} of {peer}{caveat}" if peer else "one of the two was refused; the notes below say why"
        yield Row(what, bound, measured, outcome == "met", bool(peer), disturbance(section, expression.partition(".")[0]))
    sizes = {name: max(result["figures"]["parley"]["rss"]) for name, result in section.results["workloads"].items()
             if "rss" in result["figures"].get("parley", {})}
    if sizes:
        yield Row(f"Resident memory after the runs of {', '.join(sizes)}", f"{RSS_BOUND_MIB} MiB",
                  f"{max(sizes.values()):.0f} MiB at most", max(sizes.values()) < RSS_BOUND_MIB)


def disturbance(section: Section, workload: str) -> str:
    noise = [float(share) for note in section.results["workloads"][workload]["notes"]
             for share in re.findall(r"other processes used (\d+)%", note)]
    return f"they used up to {max(noise):.0f} % of a CPU" if noise else ""


def rows_of_own(measured: Measured) -> Iterator[Row]:
    pattern = r"^figure (\S+): (met|missed), (.*?) \(bound ([^)]*)\)(?:; disturbed: (.*))?$"
    printed = re.findall(pattern, measured.output, re.MULTILINE)
    for name, outcome, text, bound, disturbed in printed:
        yield Row(FIGURES.get(name, name), bound, text, outcome == "met", disturbed=disturbed)
    if not printed:
        yield Row(FIGURES[measured.name], BOUNDS.get(measured.name, ""), last_line(measured.output),
                  measured.status == 0, known=measured.status in {0, 1})


def last_line(output: str) -> str:
    return (output.strip().splitlines() or ["it printed nothing"])[-1]


def page(sections: list[Section], command: str, parley: str, seconds: float) -> str:
    return "\n".join([*opening(sections, command, parley, seconds), *table(verdicts(sections)), *comparisons(sections), *broken(sections), *own(sections)])


def opening(sections: list[Section], command: str, parley: str, seconds: float) -> list[str]:
    machines = [section.results["machine"] for section in sections if section.results]
    about = machines[0] if machines else {}
    versions = {name: version for machine in machines for name, version in machine["versions"].items()}
    return [
        "# Benchmarks", "",
        "Parley beside the HAProxy, nginx and nghttpx of Debian, on one machine, in one run, under the same load; then Parley by itself.",
        f"This page is what `{command}` wrote; run it on your machine, and read [how it measures](../bench/peers/README.md) before you quote it.",
        "Quote ratios: they were taken round by round, so that what the machine does hits both sides.", "",
        f"- measured: {datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC, in {seconds / 60:.0f} minutes, at revision {revision()}",
        f"- machine: {os.cpu_count()} CPUs, {about.get('cpu') or platform.machine()}; {memory()}; Linux {platform.release()}; {distribution()}",
        f"- Parley: {output_of([*shlex.split(parley), 'version'])}; metrics and access log on",
        *(f"- {name}: {version}; no access log" for name, version in versions.items()),
        "- beside the peers: each proxy alone on CPU 0, load and backends on CPU 1; cells are `median [min–max]` over the rounds", "",
    ]


def revision() -> str:
    changed = output_of(["git", "status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs"])
    return output_of(["git", "rev-parse", "--short", "HEAD"]) + (" with changes" if changed else "")


def memory() -> str:
    total = re.search(r"^MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text(), re.MULTILINE)
    return f"{int(total.group(1)) / (1 << 20):.0f} GiB of memory"


def distribution() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return "distribution unknown"


def output_of(command: list[str]) -> str:
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return ", ".join(ran.stdout.split("\n")).strip(", ")


def table(rows: list[Row]) -> list[str]:
    met = sum(row.met for row in rows)
    return ["## Verdict", "", f"{met} of {len(rows)} figures met. Ratios are `median [min–max]` over the rounds. `bench/run --only STEP` measures a step again.", "",
            "| figure | bound | measured | verdict | disturbed by others, as far as it was watched | step |", "|---|---|---|---|---|---|", *(row.cells() for row in rows), ""]


def comparisons(sections: list[Section]) -> list[str]:
    lines = ["## Beside HAProxy, nginx and nghttpx", "",
             "The last column is Parley over the best peer of that row, pair by pair within each round: below 1 is better, except for",
             "requests/s. A second number is worth nothing without its spread: ranges that overlap show no difference.", ""]
    for section in sections:
        if section.tables and section.beside_peers:
            lines += [f"Step {section.measured.name}: `{command_in_short(section.measured.command)}`", "",
                      section.tables[section.tables.index("### "):]]
    return lines if len(lines) > 5 else []


def command_in_short(command: str) -> str:
    """Without the checks, the output files and the proxy, which are the same for all."""
    words = shlex.split(command)
    words = words[:next(place for place, word in enumerate(words) if word in {"--check", "--proxy"})]
    return shlex.join(word.removeprefix(f"{ROOT}/") for word in words)


def broken(sections: list[Section]) -> list[str]:
    """Of a measurement that wrote tables of its own."""
    lines = []
    for section in sections:
        if section.tables and not section.beside_peers:
            command = command_of_own(section.measured.command).partition(" --markdown ")[0]
            lines += ["## While things break", "", *method(section.measured.name), f"Step {section.measured.name}: `{command}`", "", section.tables]
    return lines


def own(sections: list[Section]) -> list[str]:
    lines = []
    for measured in (section.measured for section in sections if not section.results and not section.tables):
        lines += ["", f"### {measured.name}", "", *method(measured.name), "```", f"$ {command_of_own(measured.command)}", measured.output.strip(), "```"]
    return ["## Parley by itself", *lines, ""] if lines else []


def command_of_own(command: str) -> str:
    return command.partition(" -- ")[0].replace(f"{ROOT}/", "")


def program_of(name: str) -> Path:
    """What measures a step: the program of that name, or the one called bench in the folder of that name."""
    program = HERE / name
    return program / "bench" if program.is_dir() else program


def method(name: str) -> list[str]:
    """The docstring of the program, without its usage."""
    program = program_of(name)
    found = re.search(r'^"""(.*?)"""', program.read_text(), re.MULTILINE | re.DOTALL) if program.exists() else None
    if not found:
        return []
    paragraphs = [" ".join(text.split()) for text in found.group(1).strip().split("\n\n") if not text.startswith("    ")]
    return [line for paragraph in paragraphs for line in (paragraph, "")]
