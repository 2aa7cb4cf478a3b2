"""What the load generator saw, bin by bin, and what can be said of a stretch of it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

STEADY_BINS = 4  # so many bins in a row, a second of them, have to be as before for a service to be back


@dataclass
class Window:
    """A stretch of time: requests that were due in it, and what became of them. Latencies are of answers with 2xx, refusals those of others, in ns."""

    seconds: float = 0
    due: int = 0
    within: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    latencies: Counter[float] = field(default_factory=Counter)
    refusals: Counter[float] = field(default_factory=Counter)

    @property
    def answered(self) -> int:
        return sum(count for status, count in self.statuses.items() if status // 100 == 2)

    @property
    def failed(self) -> int:
        return self.due - self.answered

    def share(self, count: float) -> float:
        return count / self.due if self.due else 0.0

    def quantile_ms(self, quantile: float) -> float:
        return quantile_ms(self.latencies, quantile)

    def refusal_ms(self, quantile: float) -> float:
        return quantile_ms(self.refusals, quantile)

    def what_failed(self) -> str:
        kinds = Counter({str(status): count for status, count in self.statuses.items() if status // 100 != 2}) + self.failures
        return ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "none"


def quantile_ms(latencies: Counter[float], quantile: float) -> float:
    """Not a number where there are none."""
    wanted = min(int(latencies.total() * quantile), latencies.total() - 1)
    for latency, count in sorted(latencies.items()):
        wanted -= count
        if wanted < 0:
            return latency / 1e6
    return float("nan")


class Series:
    """All bins of a run, by class of request."""

    def __init__(self, printed: dict):
        self.raw = printed
        self.bin_s: float = printed["bin_s"]
        self.late_ms: float = printed["late_p99_us"] / 1e3
        self.classes: dict[str, list[dict]] = printed["classes"]
        self.seconds = (max(map(len, self.classes.values())) - 1) * self.bin_s

    def window(self, begin_s: float = 0, end_s: float | None = None, only: Iterable[str] | None = None) -> Window:
        """What was due from one instant until before another, of all classes or of those named."""
        end_s = self.seconds if end_s is None else end_s
        window = Window(end_s - begin_s)
        for name in only or self.classes:
            for each in self.classes[name][round(begin_s / self.bin_s) : round(end_s / self.bin_s)]:
                window.due += each["due"]
                window.within += each["within"]
                window.statuses.update({int(status): count for status, count in each["statuses"].items()})
                window.failures.update(each["failures"])
                window.latencies.update(dict(each["latencies"]))
                window.refusals.update(dict(each["refusals"]))
        return window

    def p99s(self, begin_s: float, end_s: float) -> list[float]:
        """Of each bin, in ms."""
        count = round((end_s - begin_s) / self.bin_s)
        return [self.window(begin_s + at * self.bin_s, begin_s + (at + 1) * self.bin_s).quantile_ms(0.99) for at in range(count)]

    def back_after_s(self, fault_s: float, end_s: float, healthy_from_s: float = 0) -> float:
        """Seconds from a fault until p99 was as before for a second on end; infinite where it was not before `end_s`.

        As before is at most 1.5 times the median of the bins before the fault, or what a tenth of those bins exceeded: machines are noisy.
        """
        healthy = sorted(self.p99s(healthy_from_s, fault_s))
        bound = max(1.5 * median(healthy), healthy[int(len(healthy) * 0.9)])
        fine = [p99 <= bound for p99 in self.p99s(fault_s, end_s)]
        for at in range(len(fine) - STEADY_BINS + 1):
            if all(fine[at : at + STEADY_BINS]):
                return at * self.bin_s
        return float("inf")
