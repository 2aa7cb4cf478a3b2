package dev.parley.proxy.loop;

import dev.parley.proxy.resilience.LoopPressure;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One event loop: its thread, its place among the others, its timers. What belongs to it is touched by its thread alone. */
public final class Worker {
    private final int index;
    private final EventLoop loop;
    private final Transport transport;
    private long nowNs = System.nanoTime();
    private long dueNs;
    private volatile long longestTurnNs;
    private final FlushQueue flushes;
    private final @Nullable RawSockets rawSockets;
    private final TimerWheel timers = new TimerWheel(System.nanoTime(), TimerWheel.TICK_NS);
    private final TimerWheel fineTimers = new TimerWheel(System.nanoTime(), TimerWheel.FINE_TICK_NS);
    private final LoopPressure pressure = new LoopPressure();
    private boolean fineTicking;

    private Worker(int index, EventLoop loop, Transport transport, @Nullable SteadyEpoll epoll) {
        this.index = index;
        this.loop = loop;
        this.transport = transport;
        this.flushes = new FlushQueue(loop);
        this.rawSockets = epoll == null ? null : new RawSockets(epoll);
    }

    /** The loops of one Parley; closing the group ends them. */
    public record Group(MultiThreadIoEventLoopGroup threads, List<Worker> workers) {
        /** Starts {@code count} loops, or one for each CPU where it is 0. */
        public static Group start(int count, Transport transport) {
            int loops = count > 0 ? count : Runtime.getRuntime().availableProcessors();
            IoHandlerFactory handlers = transport.ioHandlers();
            var threads =
                    new MultiThreadIoEventLoopGroup(loops, new DefaultThreadFactory("parley-loop", true), handlers);
            List<Worker> workers = new ArrayList<>(loops);
            for (int index = 0; index < loops; index++) {
                EventLoop loop = (EventLoop) threads.next();
                SteadyEpoll epoll = handlers instanceof SteadyEpoll.Factory made ? made.of(loop) : null;
                Worker worker = new Worker(index, loop, transport, epoll);
                workers.add(worker);
                worker.tick();
            }
            return new Group(threads, List.copyOf(workers));
        }
    }

    /**
     * Nanoseconds of the monotonic clock as they were when this event began: what happens within one event happens at one
     * time, and the clock is not read for each step of it.
     */
    public long nowNs() {
        return nowNs;
    }

    /** An event begins: reads the clock. */
    public long beginEvent() {
        nowNs = System.nanoTime();
        return nowNs;
    }

    public int index() {
        return index;
    }

    public EventLoop loop() {
        return loop;
    }

    public Transport transport() {
        return transport;
    }

    public TimerWheel timers() {
        return timers;
    }

    /** Sets or moves a timer that the time of a single request depends on: at most {@link TimerWheel#FINE_TICK_NS} late. */
    public void setFine(Timer timer, long deadlineNs) {
        if (!fineTicking) {
            fineTicking = true;
            fineTimers.advance(nowNs);
            fineTick();
        }
        fineTimers.set(timer, deadlineNs);
    }

    /** Switches such a timer off. */
    public void clearFine(Timer timer) {
        fineTimers.remove(timer);
    }

    /** Where sockets wait for the end of the turn to be flushed. */
    public FlushQueue flushes() {
        return flushes;
    }

    /** Where sockets are read and written past Netty; null where the transport is not epoll. */
    public @Nullable RawSockets rawSockets() {
        return rawSockets;
    }

    /** The latest that the loop has come to its timers: how long a turn kept its traffic waiting. In nanoseconds. */
    public long longestTurnNs() {
        return longestTurnNs;
    }

    /** How far the loop is over capacity. */
    public LoopPressure pressure() {
        return pressure;
    }

    private void tick() {
        dueNs = nowNs() + TimerWheel.TICK_NS;
        var _ = loop.scheduleWithFixedDelay(this::turn, TimerWheel.TICK_NS, TimerWheel.TICK_NS, TimeUnit.NANOSECONDS);
    }

    private void fineTick() {
        var _ = loop.schedule(this::fineTurn, TimerWheel.FINE_TICK_NS, TimeUnit.NANOSECONDS);
    }

    /** Ticks only while a fine timer is set, so that a loop without work sleeps. */
    private void fineTurn() {
        fineTimers.advance(beginEvent());
        fineTicking = !fineTimers.empty();
        if (fineTicking) {
            fineTick();
        }
    }

    private void turn() {
        long now = beginEvent();
        if (now - dueNs > longestTurnNs) {
            longestTurnNs = now - dueNs;
        }
        pressure.turn(now - dueNs);
        dueNs = now + TimerWheel.TICK_NS;
        timers.advance(now);
    }
}
