package dev.parley.proxy.health;

import dev.parley.model.HealthCheck;
import java.time.Duration;
import java.util.Optional;

/**
 * The health of one endpoint: a state machine over what was seen, and when to look next. Pure: it has no clock and no
 * thread; {@link HealthMonitor}'s timer thread owns it.
 *
 * <pre>
 *   from           seen             when                     to
 *   UNKNOWN        passed                                    UP
 *   UNKNOWN, UP    failed           {@code fall} in a row    DOWN
 *   UNKNOWN, UP    connect failed   at once                  DOWN
 *   DOWN           passed           {@code rise} in a row    UP
 * </pre>
 *
 * All else changes the counts alone. Without a configured check rise and fall are 1.
 *
 * <p>When to look next, with a check: each {@code interval}; while it is unsettled, each quarter of that but no faster
 * than {@link #LEAST_FAST} (HAProxy's fastinter, which has no default there). Unsettled is UNKNOWN, UP with a failure, DOWN
 * with a pass, and DOWN by traffic's word until {@code fall} checks confirmed it.
 *
 * <p>Without a check: never while it is in the rotation. Once down it is connected to at once, since a full backlog or a
 * restart passes soon, then after 1 s, 1.5 s and so on up to 10 s. An endpoint that goes down again within
 * {@link #STABLE} of its return goes on where that backoff was, else one that half works would flap at the rate of its
 * failures.
 */
public final class HealthTrack {
    static final Duration LEAST_FAST = Duration.ofMillis(100);
    static final Duration FIRST_BACKOFF = Duration.ofSeconds(1);
    static final Duration MOST_BACKOFF = Duration.ofSeconds(10);
    static final Duration STABLE = Duration.ofSeconds(10);

    /** No probe is due until something is seen. */
    public static final long NEVER = -1;

    private Optional<HealthCheck> check = Optional.empty();
    private HealthState state;
    private int passes;
    private int failures;
    private long sinceNs;

    /** The next pause without a check; zero while the first probe is to be at once. */
    private Duration backoff = Duration.ZERO;

    public HealthTrack(HealthState state, long nowNs) {
        this.state = state;
        this.sinceNs = nowNs;
    }

    public HealthState state() {
        return state;
    }

    public Optional<HealthCheck> check() {
        return check;
    }

    /** Follows another check from now on. What was found stays true until the new check finds otherwise. */
    public void follow(Optional<HealthCheck> next) {
        check = next;
        passes = 0;
        failures = 0;
    }

    /** Takes in what was seen and answers the state after it. */
    public HealthState on(Seen seen, long nowNs) {
        HealthState before = state;
        state = switch (seen) {
            case Seen.Passed passed -> passed();
            case Seen.Failed failed -> failed();
            case Seen.ConnectFailed refused -> connectFailed(nowNs);
        };
        if (state != before) {
            passes = 0;
            sinceNs = nowNs;
        }
        return state;
    }

    private HealthState passed() {
        passes++;
        failures = 0;
        return switch (state) {
            case UNKNOWN, UP -> HealthState.UP;
            case DOWN -> passes >= rise() ? HealthState.UP : HealthState.DOWN;
        };
    }

    private HealthState failed() {
        passes = 0;
        failures = Math.min(failures + 1, fall());
        return switch (state) {
            case UNKNOWN, UP -> failures >= fall() ? HealthState.DOWN : state;
            case DOWN -> HealthState.DOWN;
        };
    }

    private HealthState connectFailed(long nowNs) {
        if (state == HealthState.DOWN) {
            return state;
        }
        failures = 0;
        if (state == HealthState.UNKNOWN || nowNs - sinceNs >= STABLE.toNanos()) {
            backoff = Duration.ZERO;
        }
        return HealthState.DOWN;
    }

    /**
     * How long from what was just seen until the next probe, in nanoseconds; {@link #NEVER} where none is due.
     *
     * @param jitter from -1 to 1: intervals differ by up to 10 % either way, so that probes spread
     */
    public long pauseNs(Seen seen, double jitter) {
        if (check.isEmpty()) {
            return state == HealthState.DOWN ? nextBackoff().toNanos() : NEVER;
        }
        if (seen instanceof Seen.ConnectFailed) {
            return 0;
        }
        Duration interval = check.get().interval();
        Duration pause = settled() ? interval : least(interval, most(interval.dividedBy(4), LEAST_FAST));
        return (long) ((double) pause.toNanos() * (1 + 0.1 * jitter));
    }

    private boolean settled() {
        return switch (state) {
            case UNKNOWN -> false;
            case UP -> failures == 0;
            case DOWN -> passes == 0 && failures >= fall();
        };
    }

    private Duration nextBackoff() {
        Duration pause = backoff;
        backoff =
                backoff.isZero() ? FIRST_BACKOFF : least(backoff.multipliedBy(3).dividedBy(2), MOST_BACKOFF);
        return pause;
    }

    private int rise() {
        return check.map(HealthCheck::rise).orElse(1);
    }

    private int fall() {
        return check.map(HealthCheck::fall).orElse(1);
    }

    private static Duration least(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }

    private static Duration most(Duration a, Duration b) {
        return a.compareTo(b) >= 0 ? a : b;
    }
}
