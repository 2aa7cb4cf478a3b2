package dev.parley.simulation.world;

import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The virtual clock and what is to happen when: a heap of four children a node in parallel arrays, so that millions of
 * events leave no garbage. Events of the same instant happen in the order in which they were put down, which makes a run a
 * function of its seed.
 *
 * <p>Nothing is ever taken off: an actor that no longer waits for an event knows it by its ticket. The heap is bounded by
 * {@link #MOST_EVENTS}, which only a scenario without an end would reach.
 */
public final class Agenda {
    static final int MOST_EVENTS = 1 << 26;

    /** Where virtual time begins. Not zero, which code under test could mistake for "never". */
    public static final long START_NS = Duration.ofHours(1).toNanos();

    private static final int CHILDREN = 4;

    private long[] times = new long[1024];
    private long[] orders = new long[1024];
    private int[] whats = new int[1024];
    private int[] tickets = new int[1024];
    private @Nullable Actor[] actors = new @Nullable Actor[1024];
    private int size;
    private long nowNs = START_NS;
    private long happened;
    private long nextOrder;

    /** The virtual time, as {@code System.nanoTime} would tell it. */
    public long nowNs() {
        return nowNs;
    }

    /** How many events have happened. */
    public long happened() {
        return happened;
    }

    /** Has {@code actor} act at {@code timeNs}, or now if that has passed. */
    public void at(long timeNs, Actor actor, int what, int ticket) {
        if (size == times.length) {
            grow();
        }
        long time = Math.max(timeNs, nowNs);
        rise(size++, time, nextOrder++, actor, what, ticket);
    }

    /** Has {@code actor} act after {@code delayNs}. */
    public void after(long delayNs, Actor actor, int what, int ticket) {
        at(nowNs + delayNs, actor, what, ticket);
    }

    /** Lets everything happen that is due until {@code endNs}, and leaves the clock there. */
    public void runUntil(long endNs) {
        while (size > 0 && times[0] <= endNs) {
            Actor actor = actors[0];
            int what = whats[0];
            int ticket = tickets[0];
            nowNs = times[0];
            removeFirst();
            happened++;
            if (actor != null) {
                actor.act(what, ticket, nowNs);
            }
        }
        nowNs = Math.max(nowNs, endNs);
    }

    private void removeFirst() {
        int last = --size;
        Actor actor = actors[last];
        actors[last] = null;
        if (last > 0) {
            sink(times[last], orders[last], actor, whats[last], tickets[last]);
        }
    }

    private void rise(int from, long time, long order, Actor actor, int what, int ticket) {
        int at = from;
        while (at > 0) {
            int parent = (at - 1) / CHILDREN;
            // A new event is later in order than all others, so that times alone decide.
            if (times[parent] <= time) {
                break;
            }
            move(parent, at);
            at = parent;
        }
        put(at, time, order, actor, what, ticket);
    }

    private void sink(long time, long order, @Nullable Actor actor, int what, int ticket) {
        int at = 0;
        while (true) {
            int first = at * CHILDREN + 1;
            if (first >= size) {
                break;
            }
            int least = first;
            int end = Math.min(first + CHILDREN, size);
            for (int child = first + 1; child < end; child++) {
                if (before(times[child], orders[child], times[least], orders[least])) {
                    least = child;
                }
            }
            if (before(time, order, times[least], orders[least])) {
                break;
            }
            move(least, at);
            at = least;
        }
        put(at, time, order, actor, what, ticket);
    }

    private static boolean before(long time, long order, long otherTime, long otherOrder) {
        return time < otherTime || (time == otherTime && order < otherOrder);
    }

    private void move(int from, int to) {
        put(to, times[from], orders[from], actors[from], whats[from], tickets[from]);
    }

    private void put(int at, long time, long order, @Nullable Actor actor, int what, int ticket) {
        times[at] = time;
        orders[at] = order;
        actors[at] = actor;
        whats[at] = what;
        tickets[at] = ticket;
    }

    private void grow() {
        if (size >= MOST_EVENTS) {
            throw new IllegalStateException("More than " + MOST_EVENTS + " events wait: the scenario has no end.");
        }
        int length = size * 2;
        times = Arrays.copyOf(times, length);
        orders = Arrays.copyOf(orders, length);
        whats = Arrays.copyOf(whats, length);
        tickets = Arrays.copyOf(tickets, length);
        actors = Arrays.copyOf(actors, length);
    }
}
