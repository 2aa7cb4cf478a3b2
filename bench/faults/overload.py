"""Three times as much as the endpoints can do."""

from scenario import Outcome, Setting, disturbance, laboratory, telling
from stage import Endpoint, Run, Stage, Subject, Traffic
from subject import Verdict

WORKERS, SERVICE_US = 4, 10_000
CAPACITY = 3 * WORKERS * 1_000_000 // SERVICE_US  # requests a second
BUDGET_MS = 250
FACTOR = 3
CRITICAL, SHEDDABLE = 1, 5  # shares: at three times capacity, what is critical is half of it
LIMIT = "parley_service_concurrency_limit"
GOODPUT_BOUND, WITHIN_BOUND = 0.9, 0.99


def overload(setting: Setting, subjects: list[Subject]) -> Outcome:
    """Three endpoints of four workers and 10 ms each, which can do 1 200 requests a second and queue without bound, get 3 600, of
    which 600 are critical; before and after it 600. Goodput is what is answered within 250 ms."""
    length, outcome = setting.length, Outcome()
    traffic = Traffic(((CAPACITY // 2, length.healthy_s), (FACTOR * CAPACITY, length.broken_s), (CAPACITY // 2, length.mended_s)),
                      (f"critical {CRITICAL} {BUDGET_MS} GET /critical", f"sheddable {SHEDDABLE} {BUDGET_MS} GET /batch"))
    for subject in subjects:
        outcome.runs[subject.name] = run = drive(subject, setting, traffic)
        outcome.table[subject.name] = row(run, setting)
    run = outcome.runs[subjects[0].name]
    during = run.series.window(length.healthy_s, length.mended_at_s)
    critical = run.series.window(length.healthy_s, length.mended_at_s, ["critical"])
    goodput, within = during.within / during.seconds / CAPACITY, critical.share(critical.within)
    outcome.verdicts = [
        Verdict("overload-goodput", goodput >= GOODPUT_BOUND, f"{goodput:.1%} of capacity", f"at least {GOODPUT_BOUND:.0%}", disturbance(run)),
        Verdict("overload-critical", within >= WITHIN_BOUND, f"{within:.2%} of critical requests within {BUDGET_MS} ms, p99 of those answered "
                f"{critical.quantile_ms(0.99):.0f} ms", f"at least {WITHIN_BOUND:.0%}", disturbance(run)),
    ]
    return outcome


def drive(subject: Subject, setting: Setting, traffic: Traffic) -> Run:
    words = {"workers": str(WORKERS), "connections": str(3 * WORKERS),
             "sheddable": str(CAPACITY - CAPACITY * FACTOR * CRITICAL // (CRITICAL + SHEDDABLE))}
    with laboratory(setting) as lab:
        endpoints = [Endpoint(lab, number, SERVICE_US, WORKERS) for number in (1, 2, 3)]
        stage = Stage(lab, subject, "overload", words)
        stage.warm_up(traffic)
        limits: list[tuple[float, float]] = []
        watching = [(at / 4, lambda at=at: limits.append((at / 4, stage.metric(LIMIT)))) for at in range(int(4 * traffic.seconds))]
        run = stage.drive(traffic, watching if stage.is_parley() else [])
        run.notes["limit"] = limits
        run.notes["most_queued"] = [endpoint.tell("count")["most_queued"] for endpoint in endpoints]
        return run


def row(run: Run, setting: Setting) -> dict[str, str]:
    length, series = setting.length, run.series
    begin, end = length.healthy_s, length.mended_at_s
    during, first = series.window(begin, end), series.window(begin, begin + 1)
    critical, sheddable = (series.window(begin, end, [name]) for name in ("critical", "sheddable"))
    after = series.window(end)
    return {
        "goodput, of capacity": f"{during.within / during.seconds / CAPACITY:.1%}",
        "in the first second": f"{first.within / CAPACITY:.1%}",
        "critical within budget": f"{critical.share(critical.within):.2%}",
        "critical p99, ms": f"{critical.quantile_ms(0.99):.0f}",
        "critical, not 2xx": critical.what_failed(),
        "sheddable within budget": f"{sheddable.share(sheddable.within):.2%}",
        "sheddable, not 2xx": sheddable.what_failed(),
        "refused after, p50 and p99, ms": f"{during.refusal_ms(0.5):.1f} {during.refusal_ms(0.99):.1f}",
        "answered, but too late": f"{during.share(during.answered - during.within):.2%}",
        "longest queue of an endpoint": f"{max(run.notes['most_queued'])}",
        "within budget afterwards": f"{after.share(after.within):.2%}",
        **telling(run),
    }
