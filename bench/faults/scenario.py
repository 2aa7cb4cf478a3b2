"""What scenarios have in common: how long they last, where they run, what comes of them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from measure import NOISY_SHARE, Lab
from stage import Run, ShieldedLab
from subject import Verdict


@dataclass(frozen=True)
class Length:
    """Seconds of a scenario: healthy at first, broken, and mended again."""

    healthy_s: int
    broken_s: int
    mended_s: int

    @property
    def whole_s(self) -> int:
        return self.healthy_s + self.broken_s + self.mended_s

    @property
    def mended_at_s(self) -> int:
        return self.healthy_s + self.broken_s


QUICK, FULL = Length(3, 4, 3), Length(5, 6, 4)


@dataclass(frozen=True)
class Setting:
    """How a run of the bench goes, whatever the scenario."""

    quick: bool
    pin: bool
    quiet_budget_s: float
    nice: int
    baseline: str  # what stands before `up -f FILE` of the Parley that `cost` compares with; built by it where empty

    @property
    def length(self) -> Length:
        return QUICK if self.quick else FULL


@dataclass
class Outcome:
    """What came of a scenario: a table, by proxy and name of column, what is owed, and the raw series."""

    table: dict[str, dict[str, str]] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    runs: dict[str, Run] = field(default_factory=dict)


@contextmanager
def laboratory(setting: Setting) -> Iterator[Lab]:
    folder = Path(tempfile.mkdtemp(prefix="parley-faults-"))
    folder.chmod(0o755)  # nginx drops root and still reads its own
    with ShieldedLab(folder, setting.pin, setting.quiet_budget_s, nice=setting.nice) as lab:
        yield lab


def telling(run: Run) -> dict[str, str]:
    """What to know before believing a row: other processes' share of a CPU, and how late the generator itself was."""
    return {"CPU, us": f"{run.cpu_us:.0f}", "others' CPU": f"{run.others:.0%}", "load late p99, ms": f"{run.series.late_ms:.2f}"}


def disturbance(run: Run) -> str:
    return f"other processes used {run.others:.0%} of a CPU" if run.others > NOISY_SHARE else ""
