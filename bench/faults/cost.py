"""What all of it costs where nothing is wrong."""

import json
import shlex
import subprocess
import sys
from statistics import median

from peers import CACHE
from scenario import Outcome, Setting, laboratory
from stage import HERE, Subject
from subject import NotMeasured, Verdict

BASELINE = "1b31bcd"  # the last revision without ejection, budgets, breakers, limits
CPU_BOUND = 1.05
QUICK_OPTIONS, FULL_OPTIONS = ("--reps 4 --seconds 2", 6), ("--reps 8 --seconds 3", 14)


def cost(setting: Setting, subjects: list[Subject]) -> Outcome:
    """HTTP/1.1 by this revision and by the one before any of this, in turns: CPU for each request at saturation, and at half of it."""
    proxies = {"old": setting.baseline or built_baseline(), "new": subjects[0].command.removesuffix(" up -f {conf}")}
    options, warm_up_s = QUICK_OPTIONS if setting.quick else FULL_OPTIONS
    with laboratory(setting) as lab:
        results = lab.run / "cost.json"
        command = [str(HERE.parent / "peers/bench"), "--peers", "", "--workloads", "http1", *options.split(), "--json", str(results),
                   "--quiet-wait", f"{setting.quiet_budget_s:g}", *([] if setting.pin else ["--no-pin"])]
        for name, parley in proxies.items():
            command += ["--proxy", f"{name}={parley} up -f {{conf}}", "--conf", f"{name}={HERE / 'cost.yaml'}", "--warm-up", f"{name}={warm_up_s}"]
        ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if not results.exists():
            raise NotMeasured(f"{shlex.join(command)}: {(ran.stdout + ran.stderr).strip()[-500:]}")
        http1 = json.loads(results.read_text())["workloads"]["http1"]
    return judge(http1, list(proxies))


def judge(http1: dict, names: list[str]) -> Outcome:
    if http1["refused"]:
        raise NotMeasured(f"refused: {http1['refused']}")
    outcome = Outcome()
    for name in names:
        figures = {metric: median(values) for metric, values in http1["figures"][name].items()}
        outcome.table[name] = {"CPU a request, us": f"{figures['cpu']:.2f}", "at the fixed rate, us": f"{figures['rate_cpu']:.2f}",
                               "requests/s": f"{figures['rps']:.0f}", "p99 at the fixed rate, ms": f"{figures['rate_p99'] / 1e3:.2f}"}
    ratios = [new / old for new, old in zip(http1["figures"]["new"]["cpu"], http1["figures"]["old"]["cpu"])]
    noise = next((note for note in http1["notes"] if "other processes" in note), "")
    outcome.verdicts = [Verdict("cost", median(ratios) <= CPU_BOUND, f"{median(ratios):.3f} [{min(ratios):.3f}–{max(ratios):.3f}] of {BASELINE}'s CPU a request",
                                f"{CPU_BOUND:g}", noise)]
    return outcome


def built_baseline() -> str:
    """The revision's own launcher, built, in a folder beside what else the bench has prepared."""
    folder = CACHE / f"parley-{BASELINE}"
    if not (folder / "parley").exists():
        folder.mkdir(parents=True, exist_ok=True)
        archive = subprocess.Popen(["git", "archive", BASELINE], cwd=HERE.parent.parent, stdout=subprocess.PIPE)
        subprocess.run(["tar", "x", "-C", str(folder)], stdin=archive.stdout, check=True)
    built = subprocess.run([str(folder / "parley"), "version"], stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
    if built.returncode:
        raise NotMeasured(f"revision {BASELINE} in {folder} does not build")
    return str(folder / "parley")
