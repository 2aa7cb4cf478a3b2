"""One of three endpoints fails, is slow, or is restarted."""

import signal
from collections.abc import Callable

from scenario import Length, Outcome, Setting, disturbance, laboratory, telling
from stage import Endpoint, Fault, Run, Stage, Subject, Traffic
from subject import Verdict

SERVICE_US = 2000
RATE = 5000
ROLLING_RATE = 2000
RETRIED_BOUND, BACK_BOUND_S, SLOW_FACTOR = 0.01, 2.0, 2.0
SLOWER = 100
BEFORE_S = 0.1  # a request that a failure hits may have begun so long before it
SETTLED_S = 5  # after so long a slow endpoint is known


def before_three(subject: Subject, setting: Setting, traffic: Traffic, faults: Callable[[list[Endpoint]], list[Fault]],
                 service_us: int = SERVICE_US) -> Run:
    """A fresh proxy before three fresh endpoints, warmed up, then driven while `faults` happen."""
    with laboratory(setting) as lab:
        endpoints = [Endpoint(lab, number, service_us) for number in (1, 2, 3)]
        stage = Stage(lab, subject, "failover")
        stage.warm_up(traffic)
        return stage.drive(traffic, faults(endpoints))


# ---- one of three fails ----


def fail_one(setting: Setting, subjects: list[Subject], name: str, breaking: Callable[[Endpoint], object], mending: Callable[[Endpoint], object]) -> Outcome:
    length, outcome = setting.length, Outcome()
    for subject in subjects:
        run = before_three(subject, setting, Traffic(((RATE, length.whole_s),)), lambda endpoints: [
            (length.healthy_s, lambda: breaking(endpoints[0])), (length.mended_at_s, lambda: mending(endpoints[0]))])
        outcome.runs[subject.name] = run
        outcome.table[subject.name] = failure_row(run, length)
    run = outcome.runs[subjects[0].name]
    outcome.verdicts = failure_verdicts(name, run, length)
    return outcome


def failure_row(run: Run, length: Length) -> dict[str, str]:
    at, series = length.healthy_s, run.series
    whole = series.window()
    return {
        "failed": f"{whole.failed}" + (f" ({whole.what_failed()})" if whole.failed else ""),
        "retried in that second": f"{run.retried(at - BEFORE_S, at + 1)} ({run.retried(at - BEFORE_S, at + 1) / RATE:.2%})",
        "retried after it": f"{run.retried(at + 1, length.whole_s)}",
        "p99 healthy, ms": f"{series.window(0, at).quantile_ms(0.99):.1f}",
        "p99 in each second, ms": " ".join(f"{series.window(at + s, at + s + 1).quantile_ms(0.99):.1f}" for s in range(3)),
        "longest, ms": f"{series.window(at).quantile_ms(1):.0f}",
        "p99 back after, s": f"{series.back_after_s(at, length.mended_at_s):.2f}",
        **telling(run),
    }


def failure_verdicts(name: str, run: Run, length: Length) -> list[Verdict]:
    at, series = length.healthy_s, run.series
    failed, back = series.window().failed, series.back_after_s(at, length.mended_at_s)
    retried = run.retried(at - BEFORE_S, at + 1) / RATE
    return [
        Verdict(f"{name}-failed", failed == 0, f"{failed} of {series.window().due} requests", "0", disturbance(run)),
        Verdict(f"{name}-retried", retried <= RETRIED_BOUND, f"{retried:.2%} of the second's requests", f"{RETRIED_BOUND:.0%}", disturbance(run)),
        Verdict(f"{name}-back", back <= BACK_BOUND_S, f"{back:.2f} s", f"{BACK_BOUND_S:g} s", disturbance(run)),
    ]


def kill(setting: Setting, subjects: list[Subject]) -> Outcome:
    """kill -9 of one of three endpoints, which is started again later."""
    return fail_one(setting, subjects, "kill", Endpoint.kill, Endpoint.start)


def stop(setting: Setting, subjects: list[Subject]) -> Outcome:
    """SIGSTOP of one of three endpoints, whose kernel still accepts connections, then SIGCONT."""
    return fail_one(setting, subjects, "stop", lambda one: one.signal(signal.SIGSTOP), lambda one: one.signal(signal.SIGCONT))


def reset(setting: Setting, subjects: list[Subject]) -> Outcome:
    """One of three endpoints resets the connections that it has, and each new one once it has accepted it; then it serves again."""
    return fail_one(setting, subjects, "reset", lambda one: one.tell("reset"), lambda one: one.tell("serve"))


# ---- one of three is slow ----


def slow(setting: Setting, subjects: list[Subject]) -> Outcome:
    """One of three endpoints takes 100 times as long, then as long as before."""
    length, outcome = setting.length, Outcome()
    length = Length(length.healthy_s, SETTLED_S + length.broken_s, length.mended_s)
    at, settled, mended = length.healthy_s, length.healthy_s + SETTLED_S, length.mended_at_s
    for subject in subjects:
        asked: list[int] = []
        run = before_three(subject, setting, Traffic(((RATE, length.whole_s),)), lambda endpoints: [
            (at, lambda: endpoints[0].tell(f"service {SERVICE_US * SLOWER}")),
            (settled, lambda: asked.append(endpoints[0].tell("count")["requests"])),
            (mended, lambda: asked.append(endpoints[0].tell(f"service {SERVICE_US}")["requests"]))])
        outcome.runs[subject.name] = run
        healthy, after = run.series.window(0, at), run.series.window(settled, mended)
        outcome.table[subject.name] = {
            "failed": f"{run.series.window().failed}",
            "p99 healthy, ms": f"{healthy.quantile_ms(0.99):.1f}",
            "p99 in the first second, ms": f"{run.series.window(at, at + 1).quantile_ms(0.99):.1f}",
            "p99 after 5 s, ms": f"{after.quantile_ms(0.99):.1f}",
            "times healthy": f"{after.quantile_ms(0.99) / healthy.quantile_ms(0.99):.2f}",
            "p99.9 after 5 s, ms": f"{after.quantile_ms(0.999):.1f}",
            "sent to the slow one": f"{after.share(asked[1] - asked[0]):.2%}",
            "p99 back after, s": f"{run.series.back_after_s(at, mended):.2f}",
            **telling(run),
        }
    outcome.verdicts = slow_verdicts(outcome.runs, at, settled, mended)
    return outcome


def slow_verdicts(runs: dict[str, Run], at: int, settled: int, mended: int) -> list[Verdict]:
    (name, own), *peers = runs.items()
    healthy, after = own.series.window(0, at).quantile_ms(0.99), own.series.window(settled, mended).quantile_ms(0.99)
    verdicts = [Verdict("slow-p99", after <= SLOW_FACTOR * healthy, f"{after:.1f} ms, {after / healthy:.2f} times healthy", f"{SLOW_FACTOR:g} times", disturbance(own))]
    for peer, run in peers:
        theirs = run.series.window(settled, mended).quantile_ms(0.99)
        verdicts.append(Verdict(f"slow-p99-{peer}", after < theirs, f"{after:.1f} ms, {peer} {theirs:.1f} ms", f"below {peer}'s", disturbance(own)))
    return verdicts


# ---- all are restarted ----


def rolling(setting: Setting, subjects: list[Subject]) -> Outcome:
    """The three endpoints are restarted one after another: SIGTERM, which lets each finish what it has, then a new process. One
    request in five is a POST, which may not be sent twice."""
    length, outcome = setting.length, Outcome()
    traffic = Traffic(((ROLLING_RATE, length.whole_s),), ("get 4 1000 GET /", "post 1 1000 POST /"))
    every = (length.whole_s - 2) / 3
    for subject in subjects:
        run = before_three(subject, setting, traffic, lambda endpoints: [
            (1 + at * every, endpoint.restart) for at, endpoint in enumerate(endpoints)])
        outcome.runs[subject.name] = run
        outcome.table[subject.name] = {
            **{f"{name.upper()} failed": f"{window.failed}" + (f" ({window.what_failed()})" if window.failed else "")
               for name in ("get", "post") for window in (run.series.window(only=[name]),)},
            "retried": f"{run.retried(0, length.whole_s)}",
            "p99, ms": f"{run.series.window().quantile_ms(0.99):.1f}",
            "longest, ms": f"{run.series.window().quantile_ms(1):.0f}",
            **telling(run),
        }
    run = outcome.runs[subjects[0].name]
    whole = run.series.window()
    outcome.verdicts = [Verdict("rolling-failed", whole.failed == 0, f"{whole.failed} of {whole.due} requests", "0", disturbance(run))]
    return outcome
