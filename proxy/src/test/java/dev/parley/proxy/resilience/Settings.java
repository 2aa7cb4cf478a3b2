package dev.parley.proxy.resilience;

import dev.parley.model.Breaker;
import dev.parley.model.Concurrency;
import dev.parley.model.Factor;
import dev.parley.model.Percent;
import dev.parley.model.Retries;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The defaults of the settings that these tests vary. */
final class Settings {
    static final long MS = 1_000_000;
    static final long SECOND = 1_000 * MS;

    private Settings() {}

    static Breaker breaker() {
        return breaker(Duration.ZERO, 90, 100);
    }

    static Breaker breaker(Duration slowCall, int errorPercent, int minimumCalls) {
        return new Breaker(
                0,
                10_000,
                100_000,
                100_000,
                new Percent(errorPercent),
                slowCall,
                new Percent(90),
                Duration.ofSeconds(10),
                minimumCalls,
                Duration.ofSeconds(1),
                Duration.ofSeconds(30),
                5,
                true);
    }

    /** With bounds on connections, on requests that wait for one, and on those under way. */
    static Breaker bounds(int connections, int pending, int inFlight) {
        Breaker rest = breaker();
        return new Breaker(
                connections,
                pending,
                inFlight,
                inFlight,
                rest.errorRate(),
                rest.slowCall(),
                rest.slowRate(),
                rest.window(),
                rest.minimumCalls(),
                rest.open(),
                rest.longestOpen(),
                rest.probes(),
                true);
    }

    static Retries retries() {
        return Retries.times("2");
    }

    static Retries retries(Duration backoff, Duration longest) {
        Retries rest = retries();
        return new Retries(
                rest.attempts(),
                List.of(),
                List.of(),
                false,
                backoff,
                longest,
                rest.longestRetryAfter(),
                Optional.empty(),
                rest.budget(),
                rest.budgetFloor(),
                rest.bodyBytes());
    }

    static Concurrency concurrency(int initial, int least) {
        return new Concurrency(true, initial, least, 100_000, new Factor(2));
    }

    static ServiceGuard.Settings guard(Breaker breaker, Concurrency concurrency) {
        return new ServiceGuard.Settings(breaker, concurrency, retries(), Optional.empty());
    }
}
