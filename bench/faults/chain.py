"""A dependency that is dead behind a chain of services, all of whose calls go through the proxy."""

from collections.abc import Callable

from scenario import Outcome, Setting, disturbance, laboratory, telling
from stage import HERE, Endpoint, Run, Stage, Subject, Traffic
from subject import Verdict

RATE = 300
AMPLIFICATION_BOUND = 1.2
C = (3, 4)  # the endpoints of the service that dies
PATHS = ("/a", "/b", "/c")
# How it dies.
DEATHS: dict[str, Callable[[Endpoint], object]] = {
    "killed": Endpoint.kill,
    "hanging": lambda one: one.tell("hang"),
    "answering 503": lambda one: one.tell("fail"),
}


def chain(setting: Setting, subjects: list[Subject]) -> Outcome:
    """Client, A, B and C, each call through the same proxy. Both endpoints of C are killed; hang; answer 503. Amplification is how
    often a service was called or tried to be, as the proxy's log has it, for each request of the client."""
    outcome = Outcome()
    for subject in subjects:
        outcome.table[subject.name] = {}
        for death, act in DEATHS.items():
            run = drive(subject, setting, act)
            outcome.runs[f"{subject.name}, {death}"] = run
            outcome.table[subject.name] |= {f"{death}: {name}": cell for name, cell in row(run, setting).items()}
    for death in DEATHS:
        run = outcome.runs[f"{subjects[0].name}, {death}"]
        worst = max(amplification(run, path, setting) for path in PATHS)
        outcome.verdicts.append(Verdict(f"chain-{death.split()[-1]}", worst <= AMPLIFICATION_BOUND,
                                        f"{worst:.2f} calls of a service for each request", f"{AMPLIFICATION_BOUND:g}", disturbance(run)))
    return outcome


def drive(subject: Subject, setting: Setting, act: Callable[[Endpoint], object]) -> Run:
    length = setting.length
    with laboratory(setting) as lab:
        service = str(HERE / "service")
        Endpoint(lab, 1, command=[service, "--call", f"{subject.port}/b"])
        Endpoint(lab, 2, command=[service, "--call", f"{subject.port}/c"])
        dying = [Endpoint(lab, number, service_us=2000) for number in C]
        stage = Stage(lab, subject, "chain")
        stage.warm_up(Traffic(((RATE, 1),), ("all 1 2000 GET /a",)))
        traffic = Traffic(((RATE, length.mended_at_s),), ("all 1 2000 GET /a",))
        return stage.drive(traffic, [(length.healthy_s, lambda: [act(endpoint) for endpoint in dying])])


def amplification(run: Run, path: str, setting: Setting) -> float:
    begin, end = setting.length.healthy_s, setting.length.mended_at_s
    return run.attempts(path, begin, end) / run.series.window(begin, end).due


def row(run: Run, setting: Setting) -> dict[str, str]:
    length = setting.length
    broken = run.series.window(length.healthy_s)
    return {
        "calls of A, B and C": " ".join(f"{amplification(run, path, setting):.2f}" for path in PATHS),
        "in the first second": " ".join(f"{run.attempts(path, length.healthy_s, length.healthy_s + 1) / RATE:.2f}" for path in PATHS),
        "clients got": broken.what_failed(),
        "p50 and p99, ms": f"{broken.refusal_ms(0.5):.0f} {broken.refusal_ms(0.99):.0f}",
        **({"others' CPU": telling(run)["others' CPU"]}),
    }
