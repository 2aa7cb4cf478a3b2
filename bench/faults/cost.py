"""What all of it costs where nothing is wrong."""

import subprocess
import sys
from statistics import median

from measure import NOISY_SHARE, Sample, measure
from peers import CACHE
from scenario import Outcome, Setting, laboratory
from stage import COMMAND_END, HERE, Endpoint, Stage, Subject, parley
from subject import NotMeasured, Verdict
from workloads import Load, Target, wrk

BASELINE = "1b31bcd"  # the last revision without ejection, budgets, breakers, limits
CPU_BOUND = 1.05
ROUNDS, SECONDS = {True: 6, False: 12}, 3  # rounds by whether it is quick


def cost(setting: Setting, subjects: list[Subject]) -> Outcome:
    """HTTP/1.1 GETs over 64 connections at saturation, by this revision and by the one before any of this, both up and in turns: CPU
    for each request."""
    command = subjects[0].command.removesuffix(COMMAND_END)
    old, new = (parley(each, subjects[0].warm_up_s, name, place) for place, (name, each) in
                enumerate((("old", setting.baseline or built_baseline()), ("new", command))))
    samples: dict[str, list[Sample]] = {"old": [], "new": []}
    with laboratory(setting) as lab:
        Endpoint(lab, 1, command=[str(CACHE / "bin/http1_backend")])
        stages = [Stage(lab, old, "cost"), Stage(lab, new, "cost")]
        for stage in stages:
            lab.run_load(saturate(stage, stage.subject.warm_up_s), stage.subject.warm_up_s)
        for number in range(ROUNDS[setting.quick]):
            for stage in stages if number % 2 else stages[::-1]:
                samples[stage.subject.name].append(measure(lab, stage.proxy, saturate(stage, SECONDS), SECONDS))
    return judge(samples)


def saturate(stage: Stage, seconds: int) -> Load:
    return wrk("http")(Target(stage.subject.port, stage.lab.run), seconds, None)


def judge(samples: dict[str, list[Sample]]) -> Outcome:
    outcome = Outcome()
    for name, taken in samples.items():
        if wrong := next((sample.first_error for sample in taken if sample.errors), ""):
            raise NotMeasured(f"{name}: {wrong}")
        outcome.table[name] = {"CPU a request, us": spread([sample.figures["cpu"] for sample in taken]),
                               "requests/s": spread([sample.figures["rps"] for sample in taken]),
                               "others' CPU": f"{max(sample.others_share for sample in taken):.0%} at most"}
    ratios = [new.figures["cpu"] / old.figures["cpu"] for old, new in zip(samples["old"], samples["new"])]
    noise = max(sample.others_share for taken in samples.values() for sample in taken)
    outcome.verdicts = [Verdict("cost", median(ratios) <= CPU_BOUND, f"{median(ratios):.3f} [{min(ratios):.3f}–{max(ratios):.3f}] of {BASELINE}'s CPU a request",
                                f"{CPU_BOUND:g}", f"other processes used up to {noise:.0%} of a CPU" if noise > NOISY_SHARE else "")]
    return outcome


def spread(values: list[float]) -> str:
    return f"{median(values):.1f} [{min(values):.1f}–{max(values):.1f}]"


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
