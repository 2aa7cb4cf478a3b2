package dev.parley.telemetry.events;

import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The last events, at most {@link #KEPT}; the oldest go. Changes are rare beside requests, so a lock is cheap enough, and
 * it is held for no longer than it takes to add one. Any thread.
 */
public final class RecentEvents {
    /** A zone of a hundred endpoints that goes and returns is still seen whole; some 50 KB of text at most. */
    public static final int KEPT = 256;

    /** Longer reasons are cut: they may quote what an endpoint said. Characters. */
    private static final int LONGEST_REASON = 200;

    private final Clock clock;
    private final Deque<Event> events = new ArrayDeque<>(KEPT);

    /** @param clock the time of day that events are told with */
    public RecentEvents(Clock clock) {
        this.clock = clock;
    }

    /**
     * Adds what happened now.
     *
     * @param service empty where it concerns none
     * @param endpoint empty where it concerns none or all
     * @param reason cut at {@value #LONGEST_REASON} characters
     */
    public void add(Event.Kind kind, String service, String endpoint, String reason) {
        String told = reason.length() <= LONGEST_REASON ? reason : reason.substring(0, LONGEST_REASON - 1) + "…";
        Event event = new Event(clock.instant(), kind, service, endpoint, told);
        synchronized (events) {
            if (events.size() == KEPT) {
                events.removeFirst();
            }
            events.addLast(event);
        }
    }

    /** All that are kept, the latest first. */
    public List<Event> latestFirst() {
        synchronized (events) {
            return List.copyOf(events.reversed());
        }
    }
}
