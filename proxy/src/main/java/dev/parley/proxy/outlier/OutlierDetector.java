package dev.parley.proxy.outlier;

import dev.parley.model.OutlierDetection;
import dev.parley.proxy.balance.FastRandom;
import dev.parley.proxy.upstream.Endpoint;
import dev.parley.telemetry.metrics.EjectionCause;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Ejects those endpoints of one service that do worse than the others, and lets them return. It has no clock and no thread: event
 * loops report through the endpoints, and somebody calls {@link #sweep} each second and {@link #endEjections} when the next is
 * due.
 *
 * <p>What ejects: {@code consecutive_failures}, at once; success and latency against the others ({@link Comparison}), in a sweep.
 * What keeps from it, always:
 *
 * <ul>
 *   <li>{@code most_ejected}: at most that share of the pool is out, those being tried among them; one may be where there are two.
 *   <li>The last endpoint that takes its full share is never ejected, and where health takes the last one away, all that are
 *       ejected return at once: an answer that may fail is better than none.
 *   <li>Who fails is ejected only while another does better, one whose last answer was a success, or in a sweep one that is no
 *       outlier itself. Where all fail alike it is not the endpoints, and fewer of them help nobody.
 *   <li>Failures in a row count only where they are more than chance makes of what fails everywhere: where half of all requests
 *       fail, five in a row happen to everybody, and ejecting for them would halve the pool.
 *   <li>Failures in a row count only within {@code window}, shares and latencies only from {@code minimum_requests} on.
 * </ul>
 *
 * <p>The nth ejection lasts {@code ejection * 2^(n - 1)}, at most {@code longest_ejection}, give or take a tenth, so that
 * endpoints that went out together do not return together. In the rotation n falls by one whenever as much time has passed as the
 * nth ejection lasted. Then single requests try it ({@link Track}).
 *
 * <p>A lock guards what is decided. Loops never wait for it: one that finds it taken leaves the decision to its next failure.
 */
public final class OutlierDetector {
    private static final String NOBODY_ELSE = "no other endpoint is left";
    private static final double JITTER = 0.1;
    /** Rows of failures that chance makes so often in a window, or more, say nothing. */
    private static final double BY_CHANCE = 0.01;
    /** What an answer counts at most before the others are known, unless {@code latency_floor} is above. */
    private static final long FIRST_COUNTED_AT_MOST_NS = 100_000_000L;

    private final Consumer<Transition> listener;
    private final FastRandom random;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile OutlierDetection settings;
    private volatile List<Track> pool = List.of();

    /**
     * @param seed of the jitter, so that a simulation can be run again
     * @param listener told of each transition after the endpoint says so itself, under the lock and on whatever thread decided:
     *     it may not block, nor call back
     */
    public OutlierDetector(OutlierDetection settings, long seed, Consumer<Transition> listener) {
        this.settings = settings;
        this.random = new FastRandom(seed);
        this.listener = listener;
    }

    OutlierDetection settings() {
        return settings;
    }

    /**
     * Follows these settings and endpoints from now on. What is known of an endpoint stays; one that is ejected stays out for its
     * time. Those that it follows no more return, and so do all where detection is off.
     *
     * @param endpoints that may get traffic: those without weight do not count in any share
     */
    public void follow(OutlierDetection next, List<Endpoint> endpoints, long nowNs) {
        lock.lock();
        try {
            settings = next;
            Map<Endpoint, Track> before = new HashMap<>();
            pool.forEach(track -> before.put(track.endpoint, track));
            List<Track> after = new ArrayList<>();
            for (Endpoint endpoint : next.enabled() ? endpoints : List.<Endpoint>of()) {
                Track known = before.remove(endpoint);
                after.add(known == null ? begin(endpoint, nowNs) : known);
            }
            pool = List.copyOf(after);
            before.values().forEach(track -> {
                track.endpoint.judge(null);
                giveBack(track, "it is watched no more", nowNs);
            });
            returnAllWhereNoneIsLeft(nowNs);
        } finally {
            lock.unlock();
        }
    }

    private Track begin(Endpoint endpoint, long nowNs) {
        Track track = new Track(this, endpoint, nowNs);
        long floorNs = settings.latencyFloor().toNanos();
        endpoint.outcomes().countAtMost(Math.max(floorNs, FIRST_COUNTED_AT_MOST_NS));
        endpoint.judge(track);
        return track;
    }

    // ---- in time ----

    /** One look at the whole pool. Called each second or so; costs n log n of the endpoints. */
    public void sweep(long nowNs) {
        lock.lock();
        try {
            OutlierDetection by = settings;
            Lengths lengths = Lengths.of(by);
            endDue(nowNs);
            for (Track track : pool) {
                track.window.advance(nowNs, by.window().toNanos());
                track.mellow(lengths, nowNs);
                if (track.probing() && track.settleProbe(nowNs)) {
                    passed(track, nowNs);
                }
            }
            ejectWorst(Comparison.of(by, pool), nowNs);
            returnAllWhereNoneIsLeft(nowNs);
        } finally {
            lock.unlock();
        }
    }

    /** Lets those be tried whose time is over. */
    public void endEjections(long nowNs) {
        lock.lock();
        try {
            endDue(nowNs);
        } finally {
            lock.unlock();
        }
    }

    /** When {@link #endEjections} is due next, or {@code Long.MAX_VALUE} where nobody is ejected. */
    public long nextEndNs() {
        lock.lock();
        try {
            long next = Long.MAX_VALUE;
            for (Track track : pool) {
                if (track.ejected()) {
                    next = next == Long.MAX_VALUE || track.untilNs() - next < 0 ? track.untilNs() : next;
                }
            }
            return next;
        } finally {
            lock.unlock();
        }
    }

    /** The endpoints that were ejected, so far as that is not forgotten. */
    public Map<Endpoint, Ejection> ejections() {
        Map<Endpoint, Ejection> ejections = new HashMap<>();
        lock.lock();
        try {
            for (Track track : pool) {
                if (track.level() > 0) {
                    ejections.put(track.endpoint, new Ejection(track.level(), track.untilNs()));
                }
            }
        } finally {
            lock.unlock();
        }
        return ejections;
    }

    /** Health took an endpoint away or brought one back. */
    public void healthChanged(long nowNs) {
        lock.lock();
        try {
            returnAllWhereNoneIsLeft(nowNs);
        } finally {
            lock.unlock();
        }
    }

    private void endDue(long nowNs) {
        for (Track track : pool) {
            if (track.ejected() && nowNs - track.untilNs() >= 0) {
                track.tryIt(nowNs);
                listener.accept(new Transition.Tried(track.endpoint));
            }
        }
    }

    private void returnAllWhereNoneIsLeft(long nowNs) {
        for (Track track : pool) {
            if (track.up()) {
                return;
            }
        }
        for (Track track : pool) {
            if (track.endpoint.health().available()) {
                giveBack(track, NOBODY_ELSE, nowNs);
            }
        }
    }

    // ---- from loops ----

    /** One has failed so often in a row: false where it may not be ejected for that now. */
    boolean ejectForStreak(Track track, int inARow, long nowNs) {
        if (!lock.tryLock()) {
            // Somebody decides about this pool just now. The next failure is soon enough.
            return true;
        }
        try {
            boolean may = mayEject(track) && someoneSucceeds(track) && tells(track, inARow);
            if (may) {
                eject(track, EjectionCause.CONSECUTIVE_FAILURES, inARow + " failures in a row", nowNs);
            }
            return may;
        } finally {
            lock.unlock();
        }
    }

    void probePassed(Track track, long nowNs) {
        if (lock.tryLock()) {
            try {
                if (track.probing()) {
                    passed(track, nowNs);
                }
            } finally {
                lock.unlock();
            }
        }
    }

    void probeFailed(Track track, String why, long nowNs) {
        if (!lock.tryLock()) {
            return;
        }
        try {
            if (track.probing() && anotherIsUp(track)) {
                eject(track, EjectionCause.PROBE, why, nowNs);
            } else if (track.probing()) {
                giveBack(track, NOBODY_ELSE, nowNs);
            }
        } finally {
            lock.unlock();
        }
    }

    // ---- under the lock ----

    private void passed(Track track, long nowNs) {
        int enough = settings.probes();
        if (track.pass(enough)) {
            giveBack(track, enough == 1 ? "its probe went well" : enough + " probes went well", nowNs);
        }
    }

    private void giveBack(Track track, String reason, long nowNs) {
        if (track.out()) {
            track.restore(nowNs);
            listener.accept(new Transition.Returned(track.endpoint, reason));
        }
    }

    /** Whether the bounds leave room to eject this one. */
    private boolean mayEject(Track track) {
        int out = 0;
        for (Track each : pool) {
            out += each.out() ? 1 : 0;
        }
        return track.up() && out < mostOut() && anotherIsUp(track);
    }

    private boolean anotherIsUp(Track than) {
        for (Track each : pool) {
            if (each != than && each.up()) {
                return true;
            }
        }
        return false;
    }

    private int mostOut() {
        // A hair more, so that a third of three is one.
        return Math.max(1, (int) (settings.mostEjected().fraction() * pool.size() + 1e-6));
    }

    private boolean someoneSucceeds(Track failing) {
        for (Track each : pool) {
            if (each != failing && each.up() && each.endpoint.outcomes().streak() == 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether so many failures in a row are more than chance makes of what fails everywhere: with n requests in the window, or
     * {@code minimum_requests} where it had fewer, of which the others' share f fails, a row of k is to be expected
     * {@code n * f^k} times. f is the mean of what the others failed in the last second or so, or the share of those whose last
     * answer was a failure where that is more, since that is known at once. One that had no requests counts as one that fails
     * none.
     */
    private boolean tells(Track track, int inARow) {
        double shares = 0;
        int failing = 0;
        int others = 0;
        for (Track each : pool) {
            if (each != track && each.up()) {
                others++;
                shares += each.window.recentFailures();
                failing += each.endpoint.outcomes().streak() > 0 ? 1 : 0;
            }
        }
        double share = Math.max(shares, failing) / others;
        long requests = Math.max(settings.minimumRequests(), track.window.requests());
        return requests * Math.pow(share, inARow) < BY_CHANCE;
    }

    private void ejectWorst(List<Finding> findings, long nowNs) {
        Set<Track> worse = new HashSet<>();
        findings.forEach(finding -> worse.add(finding.track()));
        if (pool.stream().noneMatch(track -> track.up() && !worse.contains(track))) {
            return;
        }
        for (Finding finding : findings) {
            if (mayEject(finding.track())) {
                eject(finding.track(), finding.cause(), finding.reason(), nowNs);
            }
        }
    }

    private void eject(Track track, EjectionCause cause, String reason, long nowNs) {
        Lengths lengths = Lengths.of(settings);
        int nth = Math.min(track.level() + 1, lengths.last());
        double jitter = 1 + JITTER * (2 * ((random.nextLong() >>> 11) * 0x1p-53) - 1);
        long lastsNs = (long) ((double) lengths.ofNs(nth) * jitter);
        track.eject(cause, nth, reason, nowNs, nowNs + lastsNs);
        listener.accept(new Transition.Ejected(track.endpoint, cause, reason, Duration.ofNanos(lastsNs), nth));
    }
}
