package dev.parley.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Breaks something on purpose, tells what should be seen, heals it after some seconds, and breaks the next: one at a time, in an
 * order that a seed decides. What takes its time, as starting a process does, runs beside the demo's own loop. For one thread.
 */
final class Chaos {
    /** From one fault to the next: ejections of some seconds end in between, so that each fault is seen by itself. */
    private static final Duration PAUSE = Duration.ofSeconds(3);

    private static final int SURGE_TIMES = 3;

    private final Cast cast;
    private final Load load;
    private final long seed;
    private final Random random;
    private final Executor hand;
    private final Consumer<String> tell;
    private final AtomicInteger busy = new AtomicInteger();
    private final List<Fault> left = new ArrayList<>();
    private Optional<Wound> wound = Optional.empty();
    private boolean on;
    private long nextNs;
    private int faults;

    /** What is broken now, until when, and how it is healed. */
    private record Wound(String healed, long untilNs, Healing healing) {}

    private interface Healing {
        void heal() throws IOException, InterruptedException;
    }

    /**
     * @param hand runs what takes its time, one after the other
     * @param tell told what happens, in one line
     */
    Chaos(Cast cast, Load load, long seed, Executor hand, Consumer<String> tell) {
        this.cast = cast;
        this.load = load;
        this.seed = seed;
        this.random = new Random(seed);
        this.hand = hand;
        this.tell = tell;
    }

    /** Breaks things by itself from now on, or stops that. */
    void toggle(long nowNs) {
        on = !on;
        nextNs = nowNs;
        tell.accept(on ? "chaos begins" : "chaos ends; what is broken is healed when its time is over");
    }

    boolean on() {
        return on;
    }

    /** What decides what is broken, and in which order. */
    long seed() {
        return seed;
    }

    /** Things that were broken so far. */
    int faults() {
        return faults;
    }

    /** Does what is due. */
    void turn(long nowNs) {
        if (wound.isPresent() && nowNs - wound.get().untilNs() >= 0) {
            heal(nowNs);
        }
        if (on && idle() && nowNs - nextNs >= 0) {
            strike(next(), nowNs);
        }
    }

    /** Heals what is broken now, however much of its time is left. */
    void healAll(long nowNs) {
        if (wound.isPresent()) {
            heal(nowNs);
        }
    }

    private boolean idle() {
        return wound.isEmpty() && busy.get() == 0;
    }

    /** Each fault once in a random order, and then again in another. */
    private Fault next() {
        if (left.isEmpty()) {
            left.addAll(List.of(Fault.values()));
        }
        return left.remove(random.nextInt(left.size()));
    }

    /** Breaks this, unless something is broken. */
    void strike(Fault fault, long nowNs) {
        if (!idle()) {
            tell.accept("one thing at a time: something is broken still");
            return;
        }
        faults++;
        long untilNs = nowNs + Duration.ofSeconds(fault.seconds()).toNanos();
        wound = Optional.of(
                switch (fault) {
                    case KILL -> kill(untilNs);
                    case FREEZE -> freeze(untilNs);
                    case SLOW -> behave(fault, Behaviour.SLOW, untilNs);
                    case ERRORS -> behave(fault, Behaviour.ERRORS, untilNs);
                    case RESETS -> behave(fault, Behaviour.RESETS, untilNs);
                    case ZONE -> zone(untilNs);
                    case SURGE -> surge(untilNs);
                });
    }

    private Wound kill(long untilNs) {
        ServiceProcess victim = any(cast.all());
        announce(Fault.KILL, victim.name());
        run(victim::kill);
        return new Wound(victim.name() + " runs again", untilNs, victim::start);
    }

    private Wound freeze(long untilNs) {
        // What a conversation had under way when its endpoint froze nobody can carry on elsewhere: it waits. Requests
        // need not.
        ServiceProcess victim = any(cast.of(Protocol.HTTP, Protocol.GRPC));
        announce(Fault.FREEZE, victim.name());
        run(victim::freeze);
        return new Wound(victim.name() + " thaws", untilNs, victim::thaw);
    }

    private Wound behave(Fault fault, Behaviour behaviour, long untilNs) {
        ServiceProcess victim = any(cast.of(Protocol.HTTP).stream()
                .filter(process -> process.zone().equals(Cast.OWN_ZONE))
                .toList());
        announce(fault, victim.name());
        run(() -> victim.behave(behaviour));
        return new Wound(victim.name() + " is well again", untilNs, () -> victim.behave(Behaviour.NORMAL));
    }

    private Wound zone(long untilNs) {
        List<ServiceProcess> victims = cast.all().stream()
                .filter(process -> process.zone().equals(Cast.OWN_ZONE))
                .toList();
        announce(Fault.ZONE, "zone " + Cast.OWN_ZONE);
        run(() -> {
            for (ServiceProcess victim : victims) {
                victim.kill();
            }
        });
        return new Wound("zone " + Cast.OWN_ZONE + " is back", untilNs, () -> {
            for (ServiceProcess victim : victims) {
                victim.start();
            }
        });
    }

    private Wound surge(long untilNs) {
        announce(Fault.SURGE, "http");
        Runnable end = load.surge(SURGE_TIMES);
        return new Wound("load is as before", untilNs, end::run);
    }

    private ServiceProcess any(List<ServiceProcess> processes) {
        return processes.get(random.nextInt(processes.size()));
    }

    private void announce(Fault fault, String victim) {
        tell.accept("%s %s for %d s".formatted(victim, fault.what(), fault.seconds()));
        tell.accept("  expected: " + fault.expected());
    }

    private void heal(long nowNs) {
        Wound healing = wound.orElseThrow();
        wound = Optional.empty();
        nextNs = nowNs + PAUSE.toNanos();
        run(() -> {
            healing.healing().heal();
            tell.accept(healing.healed());
        });
    }

    private void run(Healing act) {
        busy.incrementAndGet();
        hand.execute(() -> {
            try {
                act.heal();
            } catch (IOException failed) {
                tell.accept("that did not work: " + failed.getMessage());
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
            } finally {
                busy.decrementAndGet();
            }
        });
    }
}
