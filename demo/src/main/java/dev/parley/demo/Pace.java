package dev.parley.demo;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Says when to send: number n is due n intervals after the start, whichever client is free takes it, and its latency
 * counts from when it was due, so that a stall shows in all that it held up, as it would to real users. What is due for
 * more than a second is not sent, so that a stall is not followed by a flood. Many clients ask at once.
 */
final class Pace {
    private static final long GIVEN_UP_NS = Duration.ofSeconds(1).toNanos();

    /** How long a client may sleep before it looks whether the load is stopping. */
    private static final long LONGEST_PARK_NS = Duration.ofMillis(100).toNanos();

    private final long intervalNs;
    private final long startNs = System.nanoTime();
    private final AtomicLong next = new AtomicLong();
    private volatile boolean stopped;

    /** @param perSecond how many are due in a second, at least 1 */
    Pace(int perSecond) {
        this.intervalNs = Duration.ofSeconds(1).toNanos() / perSecond;
    }

    /** Waits until the next one is due, and answers when that was; empty once nothing more is to be sent. */
    OptionalLong next() {
        while (!stopped) {
            long dueNs = startNs + next.getAndIncrement() * intervalNs;
            if (awaitDue(dueNs)) {
                return OptionalLong.of(dueNs);
            }
        }
        return OptionalLong.empty();
    }

    private boolean awaitDue(long dueNs) {
        long waitNs = dueNs - System.nanoTime();
        while (waitNs > 0 && !stopped) {
            LockSupport.parkNanos(Math.min(waitNs, LONGEST_PARK_NS));
            waitNs = dueNs - System.nanoTime();
        }
        return !stopped && waitNs > -GIVEN_UP_NS;
    }

    void stop() {
        stopped = true;
    }
}
